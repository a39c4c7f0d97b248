import { describe, expect, it } from 'vitest';
import { type Fault, type FaultTable, LineFaults } from '../../host/emulator/faults.js';
import { seededRandom } from '../../host/emulator/random.js';

const faults = (...rows: Fault[]): LineFaults => new LineFaults({ seed: 1, faults: rows });

/** Passes chunks through a line. Returns the chunks that arrive, as text. */
function through(line: LineFaults, way: 'to-terminal' | 'to-host', ...chunks: string[]): string[] {
  return chunks.flatMap((chunk) =>
    line.apply(way, Buffer.from(chunk)).map(({ bytes }) => Buffer.from(bytes).toString('latin1')),
  );
}

describe('a line with several faults', () => {
  it('changes nothing if its table is empty', () => {
    expect(through(faults(), 'to-host', 'abc', 'd')).toEqual(['abc', 'd']);
  });

  it('merges a chunk with the next one, and holds none back twice', () => {
    const line = faults({ kind: 'merge', direction: 'both' });
    expect(through(line, 'to-host', 'ab', 'cd', 'ef', 'gh')).toEqual(['abcd', 'efgh']);
  });

  it('counts a byte once, also if its chunk was held back', () => {
    const line = faults({ kind: 'drop', direction: 'both', at: 5 }, { kind: 'merge', direction: 'both', at: 0 });
    expect(through(line, 'to-host', '0123', '4567')).toEqual(['0123467']);
  });

  it('holds chunks back for each direction separately, and forgets them when it is cleared', () => {
    const line = faults({ kind: 'merge', direction: 'both' });
    expect(through(line, 'to-host', 'a')).toEqual([]);
    expect(through(line, 'to-terminal', 'b', 'c')).toEqual(['bc']);
    line.clear();
    expect(through(line, 'to-host', 'd', 'e')).toEqual(['de']);
  });

  it('splits a chunk into two parts, neither of them empty', () => {
    const line = faults({ kind: 'split', direction: 'both' });
    for (let i = 0; i < 50; i++) {
      const pieces = through(line, 'to-host', 'ab');
      expect(pieces).toEqual(['a', 'b']);
    }
    expect(through(line, 'to-host', 'a')).toEqual(['a']);
  });

  it('adds up the delays of its faults', () => {
    const line = faults(
      { kind: 'delay', direction: 'both', ms: 5 },
      { kind: 'delay', direction: 'both', ms: 20, every: 2 },
    );
    expect(line.apply('to-host', Buffer.from('a'))).toMatchObject([{ delayMs: 5 }]);
    expect(line.apply('to-host', Buffer.from('b'))).toMatchObject([{ delayMs: 25 }]);
  });

  it('makes the same errors with the same seed, and others with another seed', () => {
    const table = (seed: number): FaultTable => ({
      seed,
      faults: [
        { kind: 'flip', direction: 'both', rate: 0.1 },
        { kind: 'drop', direction: 'both', rate: 0.1 },
        { kind: 'split', direction: 'both', rate: 0.5 },
      ],
    });
    const run = (seed: number): string[] =>
      through(new LineFaults(table(seed)), 'to-host', 'x'.repeat(200), 'y'.repeat(200));
    expect(run(4)).toEqual(run(4));
    expect(run(4)).not.toEqual(run(5));
  });

  it('makes an error as often as its rate says', () => {
    const [left = ''] = through(faults({ kind: 'drop', direction: 'both', rate: 0.25 }), 'to-host', 'x'.repeat(40_000));
    expect(Math.abs(left.length / 40_000 - 0.75)).toBeLessThan(0.02);
  });
});

describe('seeded random numbers', () => {
  it('are not stuck for seed 0', () => {
    const next = seededRandom(0);
    expect(next()).not.toBe(next());
  });
});
