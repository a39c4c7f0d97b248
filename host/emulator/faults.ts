import * as z from 'zod';
import { concat } from '../bytes.js';
import { type Random, seededRandom } from './random.js';

const direction = z.enum(['to-terminal', 'to-host', 'both']).default('both');
/**
 * To which bytes or chunks a fault happens: `at` once, to the one with this index; `every` nth; or
 * at random, with the chance `rate`. Without any of them, to all.
 */
const when = {
  rate: z.number().min(0).max(1).optional(),
  every: z.int().min(1).optional(),
  at: z.int().min(0).optional(),
};
const ms = z.number().min(0).max(60_000);

const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('drop'), direction, ...when }),
  z.strictObject({ kind: z.literal('flip'), direction, ...when }),
  z.strictObject({ kind: z.literal('duplicate'), direction, ...when }),
  z.strictObject({ kind: z.literal('split'), direction, ...when }),
  z.strictObject({ kind: z.literal('merge'), direction, ...when }),
  z.strictObject({ kind: z.literal('delay'), direction, ...when, ms }),
  z.strictObject({ kind: z.literal('unplug'), direction, ...when, ms }),
  z.strictObject({ kind: z.literal('tamper'), direction, ...when }),
]);

/**
 * One row of a table of faults. `drop`, `flip` (one bit) and `duplicate` happen to bytes. `split`
 * (in two), `merge` (with the next chunk), `delay` and `unplug` happen to chunks. `tamper` opens
 * the terminal's case when a chunk passes.
 */
export type Fault = z.infer<typeof faultSchema>;

export const faultTable = z.strictObject({
  /** The same seed and the same traffic give the same faults. */
  seed: z.int().min(0).default(1),
  faults: z.array(faultSchema),
});
/** A table of line faults, and the seed that makes them repeatable. README.md has an example. */
export type FaultTable = z.infer<typeof faultTable>;

export interface FaultyPiece {
  readonly bytes: Uint8Array;
  readonly delayMs: number;
}

/** The faults of one line, in both directions. */
export class LineFaults {
  /** Called when the line is unplugged, with the milliseconds until it is plugged in again. */
  onUnplug: ((ms: number) => void) | undefined;
  /** Called when the terminal's case is opened. */
  onTamper: (() => void) | undefined;
  readonly #random: Random;
  readonly #seen = new Map<Fault, number>();
  readonly #held = new Map<string, Uint8Array>();

  constructor(
    private readonly table: FaultTable,
    random?: Random,
  ) {
    this.#random = random ?? seededRandom(table.seed);
  }

  /** Returns what arrives of a chunk, in pieces. */
  apply(way: 'to-terminal' | 'to-host', chunk: Uint8Array): FaultyPiece[] {
    const held = this.#held.get(way);
    this.#held.delete(way);
    const spoiled = this.#spoil(way, chunk);
    let pieces = [held ? concat(held, spoiled) : spoiled];
    let delayMs = 0;
    for (const fault of this.table.faults) {
      if (fault.direction !== 'both' && fault.direction !== way) continue;
      if (fault.kind === 'drop' || fault.kind === 'flip' || fault.kind === 'duplicate') continue;
      if (!this.#strikes(fault)) continue;
      if (fault.kind === 'delay') delayMs += fault.ms;
      else if (fault.kind === 'split') pieces = pieces.flatMap((piece) => this.#split(piece));
      else if (fault.kind === 'tamper') this.onTamper?.();
      else if (fault.kind === 'unplug') {
        this.onUnplug?.(fault.ms);
        return [];
      } else if (!held) {
        // Not if a chunk is held back already: that one would never arrive.
        this.#held.set(way, concat(...pieces));
        return [];
      }
    }
    return pieces.map((bytes) => ({ bytes, delayMs }));
  }

  /** Drops what a `merge` holds back: the cable was pulled, or the line has another user now. */
  clear(): void {
    this.#held.clear();
  }

  #spoil(way: string, chunk: Uint8Array): Uint8Array {
    const bytes: number[] = [];
    for (const byte of chunk) {
      let now = [byte];
      for (const fault of this.table.faults) {
        if (fault.direction !== 'both' && fault.direction !== way) continue;
        if (fault.kind === 'drop') {
          if (this.#strikes(fault)) now = [];
        } else if (fault.kind === 'duplicate') {
          if (this.#strikes(fault)) now = [...now, ...now];
        } else if (fault.kind === 'flip' && this.#strikes(fault)) {
          now = now.map((value) => value ^ (1 << Math.floor(this.#random() * 8)));
        }
      }
      bytes.push(...now);
    }
    return Uint8Array.from(bytes);
  }

  #split(bytes: Uint8Array): Uint8Array[] {
    if (bytes.length < 2) return [bytes];
    const at = 1 + Math.floor(this.#random() * (bytes.length - 1));
    return [bytes.subarray(0, at), bytes.subarray(at)];
  }

  #strikes(fault: Fault): boolean {
    const count = this.#seen.get(fault) ?? 0;
    this.#seen.set(fault, count + 1);
    if (fault.at !== undefined) return count === fault.at;
    if (fault.every !== undefined) return count % fault.every === fault.every - 1;
    return this.#random() < (fault.rate ?? 1);
  }
}
