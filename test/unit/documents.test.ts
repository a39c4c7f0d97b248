import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDERS = ['.ci', 'assembly', 'bench', 'device', 'docs', 'examples', 'host', 'test', 'tools'];
const PAGES = [
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'README.md',
  'examples/README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
/** Made by a build. */
const GENERATED = /^(build\/.*|terminal\.c)$/;

const files = [
  ...readdirSync(ROOT),
  ...FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length)),
  ),
];

const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

/** `device/boards/<board>/` stands for any board, `test/{unit,faults}/` for both. */
function exists(path: string): boolean {
  const pattern = path
    .replace(/\/$/, '')
    .replace(/\{([^}]*)\}/g, (_, names: string) => `(${names.replaceAll(',', '|')})`);
  const regExp = new RegExp(`^${pattern.replaceAll('.', '\\.').replace(/<\w+>|\*/g, '[^/]+')}(/|$)`);
  return files.some((file) => regExp.test(file));
}

/** Paths from the root. What follows `./`, or is the end of a longer path, is none. */
function rootedPaths(text: string): string[] {
  const pattern = new RegExp(`(?<![\\w./-])(?:${FOLDERS.join('|').replace('.', '\\.')})/[\\w./<>{},*-]*`, 'g');
  return [...text.matchAll(pattern)].map(([path]) => path.replace(/[.,]+$/, ''));
}

/** Sources named by the end of their path, as `link/frame.ts`, between backticks. */
function shortPaths(text: string): string[] {
  return [...text.matchAll(/`((?:[\w-]+\/)*[\w.-]+\.(?:ts|mjs|c|h))`/g)].map(([, path = '']) => path);
}

describe.each(PAGES)('%s', (page) => {
  it('names only files and folders that exist', () => {
    const text = read(page);
    const missing = rootedPaths(text).filter((path) => !exists(path));
    const unknown = shortPaths(text).filter(
      (path) => !GENERATED.test(path) && !files.some((file) => `/${file}`.endsWith(`/${path}`)),
    );
    expect([...missing, ...unknown]).toEqual([]);
  });

  it('links only to what exists', () => {
    const targets = [...read(page).matchAll(/\]\(([^)#:\s]+)[^)]*\)/g)].map(([, target = '']) => target);
    expect(targets.filter((target) => !existsSync(join(ROOT, dirname(page), target)))).toEqual([]);
  });

  it('names only functions that their files have', () => {
    const wrong: string[] = [];
    for (const [, path = '', names = ''] of read(page).matchAll(/`([\w./-]+\.ts)`: (`[^`]+`(?:, `[^`]+`)*)/g)) {
      const source = read(path);
      for (const [, name = ''] of names.matchAll(/(\w+)`/g)) {
        if (!new RegExp(`\\b${name}\\b`).test(source)) wrong.push(`${path}: ${name}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
