// @ts-check
// Checks that prose ends before column 100, in Markdown and in comments of code. Prettier checks
// the code itself. Prints the lines that are too long: `node tools/prose.mjs [PATH…]`; without a
// path, those of the whole project.
import { readdirSync, readFileSync, statSync } from 'node:fs';

/** Prose ends before this column. */
const LIMIT = 100;
const SKIPPED = ['node_modules', 'build', '.git', '.octobind', 'goldens'];
const CODE = /\.(?:ts|mjs|js|c|h)$/;
/** Comments for tools. They cannot be broken into lines. */
const DIRECTIVE = /^(?:\/\/|\/\*)\s*(?:eslint|@ts-|prettier-|clang-format)/;
/** A long address cannot be broken either, so it is not counted. */
const LONG_ADDRESS = /\S*:\/\/\S{50,}/g;

/** @typedef {{ line: number, columns: number }} Long */

/** @param {string} text */
const columnsOf = (text) => [...text.replace(LONG_ADDRESS, '')].length;

/**
 * The lines of Markdown, without tables, code and pictures.
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
 * The lines with a comment, up to its end.
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
 * The comments of TypeScript, JavaScript, AssemblyScript or C. What looks like a comment in a
 * string or in a regular expression is skipped.
 * @param {string} text
 */
function* commentsOf(text) {
  /**
   * For each open template, how many braces are open in its expression.
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
      // A template, or its rest after an expression.
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
 * Where a string, a template or a regular expression ends. In a template, this may be where an
 * expression begins.
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
 * A file itself, or all files with prose in a folder.
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

const [...paths] = process.argv.slice(2);
for (const path of (paths.length > 0 ? paths : ['.']).flatMap(filesOf)) {
  const text = readFileSync(path, 'utf8');
  const lines = CODE.test(path) ? longInCode(text) : longInMarkdown(text);
  for (const { line, columns } of lines) {
    if (columns < LIMIT) continue;
    console.error(`${path}:${line}: prose ends at column ${columns}`);
    process.exitCode = 1;
  }
}
