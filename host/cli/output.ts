import { randomInt } from 'node:crypto';
import { createRequire } from 'node:module';
import type { SingleBar as Bar } from 'cli-progress';
import { Refusal } from '../../assembly/protocol.js';
import { OctobindError, reasonOf } from '../error.js';
import { printable, printableLines } from '../printable.js';
import { redact } from '../redact.js';
import { messageWithHint } from './hints.js';

/** An error as `--json` prints it. */
export interface ErrorDocument {
  readonly code: string;
  readonly message: string;
  readonly refusal?: string;
  /** The refusal that somebody claimed without proof. */
  readonly claim?: string;
}

export function errorDocument(error: unknown): ErrorDocument {
  if (!(error instanceof OctobindError)) {
    const text = error instanceof Error ? error.message : String(error);
    return { code: 'INTERNAL', message: redact(`octobind failed unexpectedly: ${text} (INTERNAL)`) };
  }
  const refusal = error.refusal === undefined ? {} : { refusal: refusalCode(error.refusal) };
  const claim = error.claim === undefined ? {} : { claim: refusalCode(error.claim) };
  return { code: error.code, message: redact(messageWithHint(error)), ...refusal, ...claim };
}

/** The name in the enum, which stays the same when the sentences change. */
export function refusalCode(refusal: Refusal): string {
  return (Refusal as Partial<Record<number, string>>)[refusal] ?? String(refusal);
}

/**
 * Prints what a command shows: one JSON document, or text for people. It is not an error if the
 * reader goes away (`| head`).
 */
export class Output {
  /** What the program printed could not be written, and not for want of a reader: `ENOSPC`. */
  failure: OctobindError | undefined;

  constructor(readonly json: boolean) {
    process.stdout.on('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EPIPE') this.failure ??= outputFailed(cause);
    });
    // Nothing is left to say it on.
    process.stderr.on('error', () => undefined);
  }

  /** Prints the outcome of a command, as JSON or as text. */
  result(document: unknown, text: () => string): void {
    this.#write(process.stdout, this.json ? JSON.stringify(document) : text());
  }

  /** Prints a line of JSON while a command goes on. */
  line(document: unknown): void {
    this.#write(process.stdout, JSON.stringify(document));
  }

  /** Prints text while a command goes on, but only for people. */
  say(text: string): void {
    if (!this.json) this.#write(process.stdout, text);
  }

  /** Prints a line with the time on standard error, about something that happens meanwhile. */
  event(text: string): void {
    this.#write(process.stderr, `${new Date().toISOString().slice(11, 23)}  ${redact(text)}`);
  }

  /** Prints an error: as JSON on standard output, as text on standard error. */
  error(error: unknown, asJson = this.json): void {
    const document = errorDocument(error);
    if (asJson) this.#write(process.stdout, JSON.stringify({ error: document }));
    else this.#write(process.stderr, `${paint('error:', 'red', process.stderr)} ${document.message}`);
  }

  /**
   * Draws a bar of `total` steps on standard error, if that is a screen. If not, draws nothing.
   */
  progress(total: number, unit: string): Progress {
    if (this.json || !process.stderr.isTTY) return { step() {}, stop() {} };
    // Loaded only here: most runs draw no bar, and it takes 0.02 s.
    const { SingleBar } = createRequire(import.meta.url)('cli-progress') as { SingleBar: typeof Bar };
    const bar = new SingleBar({
      stream: process.stderr,
      format: `{bar} {value}/{total} ${unit}`,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 30,
      hideCursor: true,
    });
    bar.start(total, 0);
    let drawn = true;
    return {
      step() {
        if (drawn) bar.increment();
      },
      stop() {
        drawn = false;
        bar.stop();
      },
    };
  }

  #write(stream: NodeJS.WriteStream, text: string): void {
    // Nothing steers the screen but the colours of `paint`. JSON alone leaves DEL and C1 as they
    // are.
    const shown = around(text, printableLines, (code) => `\u001b[${code}m`);
    if (stream.writable) stream.write(shown.endsWith('\n') ? shown : `${shown}\n`);
  }
}

function outputFailed(cause: unknown): OctobindError {
  return new OctobindError(
    'OUTPUT_FAILED',
    `The output could not be written: ${reasonOf(cause)}. The command itself went on: list the terminal's cards to see what it did.`,
    { cause },
  );
}

export interface Progress {
  /** Does nothing after `stop`. */
  step(): void;
  stop(): void;
}

const COLORS = { red: 31, green: 32, yellow: 33 };
const DEFAULT_COLOR = 39;

/** Marks the colours of `paint`. Nobody else knows it, so nobody else's text is coloured. */
const OWN = randomInt(2 ** 47);
const PAINTED = new RegExp(`\\u001b\\[(\\d+);${OWN}m`);
const own = (color: number | string): string => `\u001b[${color};${OWN}m`;

/** Colours text on a screen, unless NO_COLOR is set (no-color.org). */
export function paint(text: string, color: keyof typeof COLORS, stream: NodeJS.WriteStream = process.stdout): string {
  if (!stream.isTTY || process.env.NO_COLOR) return text;
  return `${own(COLORS[color])}${text}${own(DEFAULT_COLOR)}`;
}

/** Changes what `paint` painted, and all other text. */
function around(text: string, change: (text: string) => string, color: (code: string) => string): string {
  const parts = text.split(PAINTED);
  return parts.map((part, at) => (at % 2 === 0 ? change(part) : color(part))).join('');
}

/** A line of text for a table: no control character is left but the colours of `paint`. */
export const printableCell = (line: string): string => around(line, printable, own);
