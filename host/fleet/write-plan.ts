import { readFile } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse/sync';
import { stringify } from 'yaml';
import { problemsError } from '../document.js';
import { unreadable } from '../secret-file.js';
import { OctobindError } from '../error.js';
import { redact } from '../redact.js';
import { terminalProblems } from './plan-file.js';

/** A terminal as a plan file names it. */
export interface WrittenTerminal {
  readonly name: string;
  readonly serial?: string;
  readonly port?: string;
  /** By number: the label of a card, a card in a role, `empty` or `keep`. */
  readonly slots: Readonly<Record<string, string | { card: string; role: string }>>;
}

/** The text of a plan file. `cards` is the path of its card file, relative to it. */
export function planText(cards: string, terminals: readonly WrittenTerminal[]): string {
  const entries = terminals.map(({ name, ...terminal }) => [name, terminal] as const);
  return stringify({ cards, terminals: Object.fromEntries(entries) }, { singleQuote: true });
}

const SLOT = /^slot ?([1-8])$/;
const COLUMNS = 'name, serial, port, slot1 to slot8';

/**
 * Reads terminals from CSV (RFC 4180; semicolons and tabs are good too). The first line names the
 * columns: `name`, `serial`, `port`, `slot1` to `slot8`, in any order. `name` must be there, and
 * `serial` or `port`. A slot is the label of a card, `label:settlement`, `empty` or `keep`; a
 * blank one is not in the plan. Code: `PLAN_INVALID`, with all problems by their lines.
 */
export async function planFromCsv(path: string): Promise<WrittenTerminal[]> {
  const lines = rowsOf(await read(path), path);
  const [head, ...rows] = lines;
  const columns = (head?.cells ?? []).map((cell) => cell.toLowerCase());
  const strange = columns.filter((column) => !['name', 'serial', 'port'].includes(column) && !SLOT.test(column));
  const problems = [
    ...strange.map((column) => `there is no column "${column}"; the columns are ${COLUMNS}`),
    ...columns.filter((column, index) => columns.indexOf(column) < index).map((column) => `${column} is there twice`),
    ...(columns.includes('name') ? [] : ['the column name is missing']),
  ];
  if (problems.length > 0) throw problemsError('PLAN_INVALID', `The table ${path} cannot be read`, problems);
  const names = new Set<string>();
  const terminals = rows.map(({ cells, line }) => {
    const terminal = terminalOf(columns, cells);
    const { name, ...rest } = terminal;
    const own = terminalProblems(name, rest);
    if (names.has(name)) own.push('the name is there twice');
    names.add(name);
    problems.push(...own.map((problem) => `line ${line}: ${problem}`));
    return terminal;
  });
  if (rows.length === 0) problems.push('it has no terminals');
  if (problems.length > 0) throw problemsError('PLAN_INVALID', `The table ${path} cannot be planned`, problems);
  return terminals;
}

function terminalOf(columns: readonly string[], cells: readonly string[]): WrittenTerminal {
  const by = new Map(columns.map((column, index) => [column, cells[index] ?? '']));
  const some = (column: 'serial' | 'port') => (by.get(column) ? { [column]: by.get(column) } : {});
  const slots = [...by].flatMap(([column, text]) => {
    const slot = SLOT.exec(column)?.[1];
    return slot === undefined || text === '' ? [] : [[slot, slotOf(text)] as const];
  });
  return { name: by.get('name') ?? '', ...some('serial'), ...some('port'), slots: Object.fromEntries(slots) };
}

function slotOf(text: string): string | { card: string; role: string } {
  const [card = '', role] = text.split(':', 2).map((part) => part.trim());
  return role === undefined ? card : { card, role };
}

function rowsOf(text: string, path: string): { cells: string[]; line: number }[] {
  try {
    const rows = parse(text, {
      bom: true,
      delimiter: [',', ';', '\t'],
      info: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as { record: string[]; info: { lines: number } }[];
    return rows.map(({ record, info }) => ({ cells: record, line: info.lines }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // The library's message quotes the file, which may hold a number by mistake.
    throw problemsError('PLAN_INVALID', `The table ${path} is not CSV`, [
      `line ${String(error['lines'])}: ${error.code}`,
    ]);
  }
}

async function read(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw unreadable('PLAN_INVALID', path, cause);
  }
  if (redact(text) === text) return text;
  throw new OctobindError(
    'PLAN_INVALID',
    `The table ${path} holds what may be a card number. Nothing was written. A plan names cards by label; their numbers are in the card file.`,
  );
}
