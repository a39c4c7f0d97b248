import type { Random } from '../../host/emulator/random.js';

/** Chooses by random numbers: the same ones make the same choices. */
export class Chooser {
  constructor(readonly random: Random) {}

  /** A whole number from 0. */
  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  pick<T>(list: readonly T[]): T {
    const one = list[this.below(list.length)];
    if (one === undefined) throw new RangeError('there is nothing to pick');
    return one;
  }

  bytes(count: number): number[] {
    return Array.from({ length: count }, () => this.below(256));
  }

  /** Changes a bit of the bytes. */
  flip(bytes: Uint8Array): void {
    const at = this.below(bytes.length);
    const mask = 1 << this.below(8);
    bytes[at] = (bytes[at] ?? 0) ^ mask;
  }
}
