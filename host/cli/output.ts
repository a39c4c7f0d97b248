import CliTable3 from 'cli-table3';
import { SingleBar } from 'cli-progress';
import { Refusal } from '../../assembly/protocol.js';
import { OctobindError, reasonOf } from '../error.js';
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

  /** Prints text while a command goes on, but only for people. */
  say(text: string): void {
    if (!this.json) this.#write(process.stdout, text);
  }

  /** Prints a line with the time on standard error, about something that happens meanwhile. */
  event(text: string): void {
    this.#write(process.stderr, `${new Date().toISOString().slice(11, 23)}  ${text}`);
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
    if (stream.writable) stream.write(text.endsWith('\n') ? text : `${text}\n`);
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

/** Colours text on a screen, unless NO_COLOR is set (no-color.org). */
export function paint(text: string, color: keyof typeof COLORS, stream: NodeJS.WriteStream = process.stdout): string {
  if (!stream.isTTY || process.env.NO_COLOR) return text;
  return `\u001b[${COLORS[color]}m${text}\u001b[39m`;
}

/** A table for people. Each row has as many cells as `head`. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  // If every row is one line, the table needs no rules between rows.
  const compact = rows.every((row) => row.every((cell) => !cell.includes('\n')));
  const result = new CliTable3({ head: [...head], style: { head: [], border: [], compact } });
  result.push(...rows.map((row) => [...row]));
  return result.toString();
}
