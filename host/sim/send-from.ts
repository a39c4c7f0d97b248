import type { Readable } from 'node:stream';
import type { Wire } from '../emulator/wire.js';

/** Carries what a terminal sends to the program at the other end. */
export interface Outflow {
  /** The program has not read what it was sent. */
  readonly isFull: boolean;
  /** Called when it has. */
  onDrain: (() => void) | undefined;
}

/**
 * Sends all bytes of a stream to a terminal. Reads no faster than the line carries, and than the
 * replies are read, so that the rest stays with the sender and no reply is lost.
 */
export function sendFrom(stream: Readable, wire: Wire, outflow: Outflow): void {
  const isBusy = (): boolean => wire.isBusy || outflow.isFull;
  const resume = (): void => {
    if (!isBusy()) stream.resume();
  };
  wire.onDrain = resume;
  outflow.onDrain = resume;
  stream.on('data', (bytes: Uint8Array) => {
    wire.send(bytes);
    if (isBusy()) stream.pause();
  });
}
