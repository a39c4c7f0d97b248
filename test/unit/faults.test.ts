import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../host/emulator/index.js';
import { readFaults } from '../../host/sim/index.js';
import { LineFaults } from '../../host/emulator/faults.js';

const ABCD = Buffer.from('abcd');

/**
 * Passes chunks through a line. Returns the pieces of each as text, with `+` and the delay in ms,
 * if any.
 */
function through(faults: Fault[], chunks: Uint8Array[], way: 'to-host' | 'to-terminal' = 'to-host'): string[][] {
  const line = new LineFaults({ seed: 1, faults });
  return chunks.map((chunk) =>
    line
      .apply(way, chunk)
      .map(({ bytes, delayMs }) => Buffer.from(bytes).toString('latin1') + (delayMs > 0 ? `+${delayMs}` : '')),
  );
}

describe('faults of a line', () => {
  it('drop the byte at a place, or every n-th byte', () => {
    expect(through([{ kind: 'drop', direction: 'both', at: 2 }], [ABCD, ABCD])).toEqual([['abd'], ['abcd']]);
    expect(through([{ kind: 'drop', direction: 'both', every: 3 }], [ABCD, ABCD])).toEqual([['abd'], ['acd']]);
  });

  it('duplicate a byte', () => {
    expect(through([{ kind: 'duplicate', direction: 'both', at: 1 }], [ABCD])).toEqual([['abbcd']]);
  });

  it('flip one bit of a byte', () => {
    const [[flipped = ''] = []] = through([{ kind: 'flip', direction: 'both', at: 0 }], [ABCD]);
    const difference = flipped.charCodeAt(0) ^ 0x61;
    expect(difference).toBeGreaterThan(0);
    expect(difference & (difference - 1)).toBe(0);
    expect(flipped.slice(1)).toBe('bcd');
  });

  it('split a chunk, delay it, and merge it with the next', () => {
    const [pieces = []] = through([{ kind: 'split', direction: 'both' }], [ABCD]);
    expect(pieces).toHaveLength(2);
    expect(pieces.join('')).toBe('abcd');
    expect(through([{ kind: 'delay', direction: 'both', at: 1, ms: 30 }], [ABCD, ABCD])).toEqual([
      ['abcd'],
      ['abcd+30'],
    ]);
    expect(through([{ kind: 'merge', direction: 'both', at: 0 }], [ABCD, ABCD])).toEqual([[], ['abcdabcd']]);
  });

  it('unplug the line, and lose the chunk', () => {
    const line = new LineFaults({ seed: 1, faults: [{ kind: 'unplug', direction: 'both', at: 1, ms: 40 }] });
    const unplugged: number[] = [];
    line.onUnplug = (ms) => unplugged.push(ms);
    expect(line.apply('to-host', ABCD)).toHaveLength(1);
    expect(line.apply('to-host', ABCD)).toEqual([]);
    expect(unplugged).toEqual([40]);
  });

  it.each<Fault>([
    { kind: 'drop', direction: 'both', at: 1 },
    { kind: 'flip', direction: 'both', at: 1 },
    { kind: 'duplicate', direction: 'both', at: 1 },
    { kind: 'split', direction: 'both', at: 0 },
    { kind: 'merge', direction: 'both', at: 0 },
    { kind: 'delay', direction: 'both', at: 0, ms: 9 },
    { kind: 'unplug', direction: 'both', at: 0, ms: 9 },
  ])('act in their own direction only: $kind', (fault) => {
    const struck = through([fault], [ABCD]);
    expect(struck).not.toEqual([['abcd']]);
    for (const way of ['to-host', 'to-terminal'] as const) {
      expect(through([fault], [ABCD], way)).toEqual(struck);
      expect(through([{ ...fault, direction: way }], [ABCD], way)).toEqual(struck);
      const other = way === 'to-host' ? 'to-terminal' : 'to-host';
      expect(through([{ ...fault, direction: other }], [ABCD], way)).toEqual([['abcd']]);
    }
  });
});

describe('a fault table', () => {
  async function reading(text: string): Promise<unknown> {
    const folder = mkdtempSync(join(tmpdir(), 'octobind-faults-'));
    try {
      writeFileSync(join(folder, 'faults.yaml'), text);
      return await readFaults(join(folder, 'faults.yaml'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it('has a default for the direction and for the seed', async () => {
    expect(await reading('faults:\n  - { kind: drop, rate: 0.5 }\n')).toEqual({
      seed: 1,
      faults: [{ kind: 'drop', direction: 'both', rate: 0.5 }],
    });
  });

  it.each([
    ['faults: [{ kind: melt }]', /kind/],
    ['faults: [{ kind: drop, rate: 2 }]', /rate/],
    ['faults: [{ kind: delay }]', /ms/],
    ['faults: [{ kind: drop, often: yes }]', /line 1: .*no such key/],
    ['faults: [', /YAML/],
  ])('is refused if it is wrong, and the error names the mistake: %s', async (text, what) => {
    await expect(reading(text)).rejects.toThrow(what);
    await expect(reading(text)).rejects.toMatchObject({ code: 'FAULTS_INVALID' });
  });

  it('is refused with its path if the file does not exist', async () => {
    await expect(readFaults('/nowhere/faults.yaml')).rejects.toMatchObject({
      code: 'FAULTS_INVALID',
      message: expect.stringContaining('/nowhere/faults.yaml does not exist') as string,
    });
  });
});
