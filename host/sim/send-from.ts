import type { Readable } from 'node:stream';
import type { Wire } from '../emulator/wire.js';

/**
 * Sends all bytes of a stream to a terminal. Reads no faster than the line carries, so that the
 * rest stays with the sender.
 */
export function sendFrom(stream: Readable, wire: Wire): void {
  wire.onDrain = () => stream.resume();
  stream.on('data', (bytes: Uint8Array) => {
    wire.send(bytes);
    if (wire.isBusy) stream.pause();
  });
}
