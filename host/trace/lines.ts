import { OctobindError } from '../error.js';

/** Version of the file format: docs/TRACE.md. */
export const TRACE_VERSION = 4;

/** Receives each line of a trace, without its line end: docs/TRACE.md. */
export type Observer = (line: string) => void;

const NUMBER = '\\d{1,10}';
const SIGNED = '-?\\d{1,16}';
const BYTES = bytes('+');

/** The pattern of each kind of line: docs/TRACE.md. */
const LINES: Readonly<Record<string, RegExp>> = Object.fromEntries(
  Object.entries({
    'octobind-trace': String(TRACE_VERSION),
    terminal: `${NUMBER} ${NUMBER} ${NUMBER} ${NUMBER} [ -~]{0,32}`,
    text: '[0-3] [ -~]{1,32}',
    build: `none|${bytes('{32}')}`,
    screen: `${NUMBER} ${NUMBER} [01]`,
    key: `[0-7] ${bytes('{32}')}`,
    register: `[0-7] ${bytes('{0,32}')}`,
    password: `[12] ${bytes('{16,17}')} (?:[1-9]\\d{0,5}|1000000) ${bytes('{32}')}`,
    flash: `${NUMBER} ${BYTES}`,
    boot: `[0-3] ${NUMBER} [0-3] ${NUMBER}`,
    receive: `${BYTES} [01]`,
    poll: NUMBER,
    wait: SIGNED,
    press: NUMBER,
    tamper: '',
    off: bytes('{32}'),
    random: BYTES,
    time: `none|${SIGNED}`,
    read: `${NUMBER} ${NUMBER} ${BYTES}`,
    answer: '-[1-9]',
    cut: '',
    trap: '',
    send: BYTES,
    program: `${NUMBER} ${BYTES}`,
    erase: NUMBER,
    'set-time': SIGNED,
    reset: '',
    row: `${NUMBER} [01] ${SIGNED}(?: ${BYTES})?`,
    contrast: NUMBER,
    qr: `${SIGNED} ${BYTES}`,
    beep: NUMBER,
    event: `[A-Z][A-Za-z]{1,31} ${NUMBER}`,
  }).map(([kind, values]) => [kind, new RegExp(`^${kind}${values === '' ? '' : ` (?:${values})`}$`)]),
);

/**
 * Throws `TRACE_INVALID` for the first line that no trace can have. The error quotes no word of
 * the line: if a space is missing, even its first word may contain a key.
 */
export function checkLines(lines: readonly string[]): void {
  const wrong = lines.findIndex((line) => !LINES[line.split(' ', 1)[0] ?? '']?.test(line));
  if (wrong >= 0) throw invalidLine(wrong + 1);
}

/**
 * The error for a line that is malformed, or that cannot come at its place. `line` counts from 1.
 */
export function invalidLine(line: number, cause?: unknown): OctobindError {
  return new OctobindError('TRACE_INVALID', `Line ${line} of the trace is malformed, or cannot come at this place.`, {
    subject: 'trace',
    cause,
  });
}

function bytes(count: string): string {
  return `(?:[0-9a-f]{2})${count}`;
}
