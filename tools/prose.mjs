// @ts-check
// Checks that prose ends before column 100, in Markdown and in comments of code. It does not look
// at the code itself: that is Prettier's work.
//   node tools/prose.mjs          prints lines that are too long, but not those in NOT_YET
//   node tools/prose.mjs PATH…    prints those of these files and folders, whatever NOT_YET says
//   node tools/prose.mjs --all    prints how many each folder has, those of NOT_YET too
import { readdirSync, readFileSync, statSync } from 'node:fs';

/** Prose ends before this column. */
const LIMIT = 100;
/** Folders that still have long lines. Take one out of this list once it has none. */
const NOT_YET = [
  'host/cli/',
  'host/emulator/',
  'host/fleet/',
  'host/session/',
  'host/sim/',
  'host/smp/',
  'test/board/',
  'test/support/',
  'test/unit/',
  'tools/',
];
/** Folders and files below them that have none. */
const HELD = [
  'test/unit/documents.test.ts',
  'test/unit/errors-page.test.ts',
  'test/unit/examples.test.ts',
  'test/unit/prose.test.ts',
  'tools/prose.mjs',
];
const SKIPPED = ['node_modules', 'build', '.git', '.octobind', 'goldens'];
const CODE = /\.(?:ts|mjs|js|c|h)$/;
/** Comments for tools, which cannot be broken. */
const DIRECTIVE = /^(?:\/\/|\/\*)\s*(?:eslint|@ts-|prettier-|clang-format)/;
/** An address cannot be broken either, so a long one is not counted. */
const LONG_ADDRESS = /\S*:\/\/\S{50,}/g;

/** @typedef {{ line: number, columns: number }} Long */

/** @param {string} text */
const columnsOf = (text) => [...text.replace(LONG_ADDRESS, '')].length;

/**
 * Lines of Markdown, but for tables, code and pictures.
 * @param {string} text
 * @returns {Long[]}
 */
function longInMarkdown(text) {
  let isCode = false;
  return text.split('\n').flatMap((content, index) => {
    const isFence = /^\s*```/.test(content);
    if (isFence) isCode = !isCode;
    if (isFence || isCode || /^\s*\|/.test(content) || content.startsWith('![')) return [];
    return [{ line: index + 1, columns: columnsOf(content) }];
  });
}

/**
 * Lines with a comment, up to its end.
 * @param {string} text
 * @returns {Long[]}
 */
function longInCode(text) {
  /** @type {Long[]} */
  const found = [];
  let line = 1;
  let counted = 0;
  for (const { from, to } of commentsOf(text)) {
    const isDirective = DIRECTIVE.test(text.slice(from, to));
    line += text.slice(counted, from).split('\n').length - 1;
    counted = from;
    const start = text.lastIndexOf('\n', from) + 1;
    text
      .slice(start, to)
      .split('\n')
      .forEach((content, index) => {
        if (!isDirective) found.push({ line: line + index, columns: columnsOf(content) });
      });
  }
  return found;
}

/**
 * Comments of TypeScript, JavaScript, AssemblyScript or C. What looks like one in a text or in a
 * regular expression is none.
 * @param {string} text
 */
function* commentsOf(text) {
  /**
   * For each template that is open, how many braces are open in its expression.
   * @type {number[]}
   */
  const templates = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at];
    const next = text[at + 1];
    if (char === '/' && (next === '/' || next === '*')) {
      const end = next === '/' ? text.indexOf('\n', at) : text.indexOf('*/', at + 2) + 2;
      const to = end < at + 2 ? text.length : end;
      yield { from: at, to };
      at = to;
    } else if (char === "'" || char === '"') {
      at = endOf(text, at, char);
    } else if (
      char === '/' &&
      /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case))\s*$/.test(text.slice(Math.max(at - 40, 0), at))
    ) {
      at = endOf(text, at, '/');
    } else if (char === '`' || (char === '}' && templates.at(-1) === 0)) {
      // A template, or what follows an expression in one.
      if (char === '}') templates.pop();
      at = endOf(text, at, '`');
      if (text[at - 1] === '{') templates.push(0);
    } else {
      const open = templates.length - 1;
      if (open >= 0 && char === '{') templates[open] = (templates[open] ?? 0) + 1;
      if (open >= 0 && char === '}') templates[open] = (templates[open] ?? 0) - 1;
      at++;
    }
  }
}

/**
 * The place behind a text or a regular expression. In a template, it may be the start of an
 * expression.
 * @param {string} text
 * @param {number} from
 * @param {string} quote
 */
function endOf(text, from, quote) {
  let isClass = false;
  for (let at = from + 1; at < text.length; at++) {
    const char = text[at];
    if (char === '\\') at++;
    else if (quote === '/' && char === '[') isClass = true;
    else if (quote === '/' && char === ']') isClass = false;
    else if (char === quote && !isClass) return at + 1;
    else if (quote === '`' && char === '$' && text[at + 1] === '{') return at + 2;
    else if (quote !== '`' && char === '\n') return at;
  }
  return text.length;
}

/**
 * Files with prose, of a folder or a file.
 * @param {string} path
 * @returns {string[]}
 */
function filesOf(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.includes(entry.name)) return [];
    const below = path === '.' ? entry.name : `${path.replace(/\/$/, '')}/${entry.name}`;
    return entry.isDirectory() || /\.md$/.test(below) || CODE.test(below) ? filesOf(below) : [];
  });
}

/**
 * @param {string} path
 * @param {readonly string[]} folders
 */
const isIn = (path, folders) => folders.some((folder) => path.startsWith(folder));

const [...arguments_] = process.argv.slice(2);
const all = arguments_[0] === '--all';
const paths =
  all || arguments_.length === 0
    ? filesOf('.').filter((path) => all || isIn(path, HELD) || !isIn(path, NOT_YET))
    : arguments_.flatMap(filesOf);
const long = paths.flatMap((path) => {
  const text = readFileSync(path, 'utf8');
  const lines = CODE.test(path) ? longInCode(text) : longInMarkdown(text);
  return lines.filter(({ columns }) => columns >= LIMIT).map((line) => ({ path, ...line }));
});

if (all) {
  /** @type {Map<string, number>} */
  const folders = new Map();
  for (const { path } of long) {
    const folder = path.split('/').slice(0, -1).slice(0, 2).join('/') || path;
    folders.set(folder, (folders.get(folder) ?? 0) + 1);
  }
  for (const [folder, count] of [...folders].sort()) console.log(`${String(count).padStart(5)}  ${folder}`);
  console.log(`${String(long.length).padStart(5)}  lines in all end at column ${LIMIT} or behind it`);
} else {
  for (const { path, line, columns } of long) console.error(`${path}:${line}: prose ends at column ${columns}`);
  if (long.length > 0) process.exitCode = 1;
}
