import { expect, it } from 'vitest';
import type { Outcome } from '../../host/fleet/on-terminals.js';
import { type Info, infoText, manyInfosText } from '../../host/cli/info-view.js';

const [ONE, OTHER] = ['0123456789ab'.padEnd(64, 'c'), 'ba9876543210'.padEnd(64, 'c')];
const MACHINE = { architecture: 'arm', processor: 'cortex-m3', board: 'emcraft-sf2' };
const outcome = (name: string, build: string | null | undefined): Outcome<Info> => ({
  ...{ name, serial: `OB-${name}`, port: 'port', params: { bufSize: 2048, bufCount: 1 }, stats: {} },
  ...(build !== undefined && { info: { release: '1.2.3', hal: 7, runtime: 'board 1.2.3', ...MACHINE, build } }),
});

/** The cells of a row that begins with a text. */
const row = (text: string, first: string): string[] => {
  const found = text.split('\n').find((line) => line.startsWith(`│ ${first} `)) ?? '';
  return found
    .split('│')
    .slice(1, -1)
    .map((cell) => cell.trim());
};

it('a terminal shows its firmware, build, runtime and board', () => {
  const text = infoText(outcome('a', ONE));
  expect(row(text, 'firmware')).toEqual(['firmware', '1.2.3']);
  expect(row(text, 'build')).toEqual(['build', '0123456789ab']);
  expect(row(text, 'runtime')).toEqual(['runtime', 'board 1.2.3, HAL 7']);
  expect(row(text, 'board')).toEqual(['board', 'emcraft-sf2 (arm, cortex-m3)']);
});

it('a terminal that is too old to tell, or whose runtime does not know, has an unknown build', () => {
  for (const title of ['firmware', 'build', 'runtime', 'board']) {
    expect(row(infoText(outcome('a', undefined)), title)).toEqual([title, 'unknown']);
  }
  expect(row(infoText(outcome('a', null)), 'build')).toEqual(['build', 'unknown']);
});

it('terminals with one build need no remark', () => {
  const text = manyInfosText([outcome('a', ONE), outcome('b', ONE)]);
  expect(row(text, 'b').slice(0, 6)).toEqual(['b', 'OB-b', '1.2.3', '0123456789ab', 'board 1.2.3', 'emcraft-sf2']);
  expect(text).not.toContain('different builds');
});

it('terminals with different builds are counted by their builds, the most frequent first', () => {
  const text = manyInfosText([outcome('a', OTHER), outcome('b', ONE), outcome('c', ONE), outcome('d', undefined)]);
  expect(text.split('\n').at(-1)).toBe('3 different builds: 0123456789ab on 2, ba9876543210 on 1, unknown on 1');
});
