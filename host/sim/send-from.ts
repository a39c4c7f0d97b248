import type { Readable } from 'node:stream';
import type { Wire } from '../emulator/wire.js';

/** Sends a terminal all that a stream gives, no faster than the line carries it: what is not sent yet stays with the sender. */
export function sendFrom(stream: Readable, wire: Wire): void {
  wire.onDrain = () => stream.resume();
  stream.on('data', (bytes: Uint8Array) => {
    wire.send(bytes);
    if (wire.isBusy) stream.pause();
  });
}
