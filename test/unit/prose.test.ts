import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'octobind-prose-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function run(...paths: string[]): { status: number | null; lines: string[] } {
  const { status, stderr } = spawnSync(process.execPath, ['tools/prose.mjs', ...paths], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return { status, lines: stderr.split('\n').filter((line) => line !== '') };
}

/** Numbers of the lines that are too long in a file with this content. */
function longLines(name: string, content: string): number[] {
  const path = join(dir, name);
  writeFileSync(path, content);
  return run(path).lines.map((line) => Number(/:(\d+): /.exec(line)?.[1]));
}

const LONG = 'word '.repeat(25).trim();

it('finds long lines of Markdown, but no tables, code, pictures and addresses', () => {
  const page = [
    LONG,
    `| ${LONG} |`,
    '```sh',
    LONG,
    '```',
    `- ${LONG}`,
    `![${LONG}](x.svg)`,
    `See https://example.org/${'a'.repeat(90)} for more.`,
    'x'.repeat(99),
    'x'.repeat(100),
  ];
  expect(longLines('page.md', page.join('\n'))).toEqual([1, 6, 10]);
});

it('finds long lines of comments, and none in code', () => {
  const code = [
    `// ${LONG}`,
    `const text = '// ${LONG}';`,
    `/** ${LONG} */`,
    '/**',
    ` * ${LONG}`,
    ' */',
    `const template = \`// \${'}'} ${LONG} \${{ a: \`/* ${LONG}\` }.a} // \`;`,
    `const expression = /["'\`]\\/* [/"] ${LONG}/; // short`,
    `const half = text.length / 2; // ${LONG}`,
    `/* short */ const long = '${LONG}';`,
    `// eslint-disable-next-line no-unused-vars -- ${LONG}`,
  ];
  expect(longLines('code.ts', code.join('\n'))).toEqual([1, 3, 5, 8, 9]);
});

it('finds long lines of comments in C', () => {
  expect(longLines('code.c', `char quote = '"'; /* ${LONG} */\nputs("// ${LONG}");\n`)).toEqual([1]);
});

it('finds none in this project', () => {
  expect(run()).toEqual({ status: 0, lines: [] });
});
