import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Refusal } from '../../assembly/protocol.js';
import { exitOf } from '../../host/cli/exit.js';
import { type ErrorCode, OctobindError } from '../../host/error.js';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** Rows of a page's tables whose first cell matches, as their cells without backticks. */
function rows(page: string, first: RegExp): string[][] {
  return read(page)
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    )
    .filter(([cell = '']) => first.test(cell));
}

/** Members of the type, which has none at run time. */
const CODES = [...(/type ErrorCode =(.*?);/s.exec(read('host/error.ts'))?.[1]?.matchAll(/'(\w+)'/g) ?? [])].map(
  ([, code]) => code as ErrorCode,
);

/** Number, name and text of each refusal; the firmware has the texts. */
const TEXTS = new Map(
  [...read('assembly/group/refusal.ts').matchAll(/case Refusal\.(\w+):\s+return rom\('([^']+)'\);/g)].map(
    ([, name = '', text]) => [name, text],
  ),
);
const REFUSALS = Object.entries(Refusal)
  .filter(([, number]) => typeof number === 'number' && number !== Refusal.None)
  .map(([name, number]) => [String(number), name, TEXTS.get(name)]);

it('docs/ERRORS.md has every code, in the order of host/error.ts, with its exit code', () => {
  const documented = rows('docs/ERRORS.md', /^[A-Z_]+$/).map(([code, exit]) => [code, Number(exit)]);
  expect(CODES.length).toBeGreaterThan(30);
  expect(documented).toEqual(CODES.map((code) => [code, exitOf(new OctobindError(code, ''))]));
});

it.each(['docs/ERRORS.md', 'docs/PROTOCOL.md'])('%s has every refusal, with its number and text', (page) => {
  const documented = rows(page, /^(2[5-9]\d|30\d)$/).map((cells) => cells.slice(0, 3));
  expect(documented).toEqual(REFUSALS);
});

it('docs/ERRORS.md says a cause and a cure for each', () => {
  const all = [...rows('docs/ERRORS.md', /^[A-Z_]+$/), ...rows('docs/ERRORS.md', /^\d+$/)];
  expect(all.filter((cells) => (cells.at(-1) ?? '').length < 5 || (cells.at(-2) ?? '').length < 10)).toEqual([]);
});
