// Finds tests by a part of a file's name or of a title.
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

export interface TestFile {
  readonly path: string;
  /** Without folder and endings: `pan`. */
  readonly name: string;
  readonly isFirmware: boolean;
  readonly titles: readonly Title[];
}

export interface Title {
  readonly text: string;
  /** It is the title of a group. All tests of the group are meant. */
  readonly isGroup: boolean;
}

export interface Match {
  readonly file: TestFile;
  /** The titles that match; undefined if the whole file is meant. */
  readonly titles?: readonly Title[];
}

const HOST_FOLDERS = ['unit', 'conformance', 'faults', 'security', 'board'];

/** All files with tests. */
export function testFiles(): TestFile[] {
  return [
    ...filesIn('test/firmware', '.spec.ts', true),
    ...HOST_FOLDERS.flatMap((folder) => filesIn(`test/${folder}`, '.test.ts', false)),
  ];
}

function filesIn(folder: string, ending: string, isFirmware: boolean): TestFile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => ({
      path: `${folder}/${name}`,
      name: basename(name, ending),
      isFirmware,
      titles: titlesIn(readFileSync(`${folder}/${name}`, 'utf8')),
    }));
}

/**
 * A title: a string, and then a function, that are passed to `it` and the like, or to what `each`
 * returns.
 */
const TITLE =
  /(?:\b(describe|onBoard|it|test)[\w.]*|\))\(\s*(['"`])((?:\\.|(?!\2).)+)\2,\s*(?:async\s*)?(?:\(|\w+ =>)/gs;

export function titlesIn(source: string): Title[] {
  return [...source.matchAll(TITLE)].map(([, caller = '', , text = '']) => ({
    text: text.replace(/\\(.)/gs, '$1'),
    isGroup: caller === 'describe' || caller === 'onBoard',
  }));
}

/** The files that have the piece in their name; if there are none, those with it in a title. */
export function matching(files: readonly TestFile[], piece: string): Match[] {
  const has = (text: string): boolean => text.toLowerCase().includes(piece.toLowerCase());
  const named = files.filter(({ name, path }) => has(name) || has(path));
  if (named.length > 0) return named.map((file) => ({ file }));
  return files.flatMap((file) => {
    const titles = file.titles.filter(({ text }) => has(text));
    return titles.length > 0 ? [{ file, titles }] : [];
  });
}

/** The file names and titles that are most like a piece. */
export function nearest(files: readonly TestFile[], piece: string, count: number): string[] {
  const candidates = files.flatMap(({ name, titles }) => [
    { text: name, likeness: likeness(piece, name) },
    ...titles.map(({ text }) => ({
      text,
      likeness: Math.max(...text.split(/\W+/).map((word) => likeness(piece, word)), likeness(piece, text)),
    })),
  ]);
  const best = candidates.filter(({ likeness }) => likeness > 0).sort((a, b) => b.likeness - a.likeness);
  return [...new Set(best.map(({ text }) => text))].slice(0, count);
}

/** The share of letter pairs that two texts have in common, 0 to 1 (Dice's coefficient). */
function likeness(one: string, other: string): number {
  const [a, b] = [pairsOf(one), pairsOf(other)];
  const common = a.filter((pair) => b.includes(pair)).length;
  return (2 * common) / Math.max(1, a.length + b.length);
}

function pairsOf(text: string): string[] {
  const lower = ` ${text.toLowerCase()} `;
  return Array.from({ length: lower.length - 1 }, (_, at) => lower.slice(at, at + 2));
}
