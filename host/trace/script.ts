import { OctobindError } from '../error.js';
import { checkLines, TRACE_VERSION } from './lines.js';

/** Thrown through the firmware where a trace ends in the middle of what it does: whoever recorded it was killed. */
export class EndOfTrace extends Error {
  override readonly name = 'EndOfTrace';
}

/** The lines of a trace; `name` is what an error calls it. Code: `TRACE_INVALID` if it is none, or of another version. */
export function traceLines(text: string, name: string): string[] {
  const lines = text.split('\n');
  // Whoever recorded it was killed within a line, which then counts for nothing.
  lines.pop();
  if (lines[0] !== `octobind-trace ${TRACE_VERSION}`) {
    throw new OctobindError('TRACE_INVALID', `${name} is no trace of version ${TRACE_VERSION}.`, { subject: 'trace' });
  }
  return lines;
}

/** A trace that is gone through line by line. */
export class Script {
  #next = 0;

  /** Codes: `TRACE_INVALID`. */
  constructor(private readonly lines: readonly string[]) {
    checkLines(lines);
  }

  /** Lines that were gone through. */
  get count(): number {
    return this.#next;
  }

  /** The words of a line to come; none behind the end. */
  peek(ahead = 0): string[] {
    return this.lines[this.#next + ahead]?.split(' ') ?? [];
  }

  /** Goes past the next line, which is to be this one. Codes: `TRACE_DIFFERS`; throws EndOfTrace. */
  readonly expect = (line: string): void => {
    const wanted = this.lines[this.#next];
    if (wanted === undefined) throw new EndOfTrace();
    if (wanted !== line) throw this.differs(line);
    this.#next++;
  };

  /** What to say where the firmware does something else than the trace has; in no line's own words, which may hold numbers and keys. */
  differs(line: string): OctobindError {
    const wanted = this.lines[this.#next] ?? '';
    const [one, other] = [describe(wanted), describe(line)];
    const where = one === other ? `, which differ from character ${firstDifference(wanted, line) + 1} on` : '';
    return new OctobindError(
      'TRACE_DIFFERS',
      `Line ${this.#next + 1} of the trace has ${one}, and this firmware did ${other}${where}. It does not behave as the one that was recorded, or the trace was changed.`,
    );
  }
}

function describe(line: string): string {
  const [kind = '', ...values] = line.split(' ');
  const bytes = values.find((value) => value.length > 10 && /^[0-9a-f]+$/.test(value));
  const address = kind === 'program' || kind === 'erase' ? ` at ${values[0] ?? ''}` : '';
  return `\`${kind}\`${address}${bytes === undefined ? '' : ` of ${bytes.length / 2} bytes`}`;
}

function firstDifference(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return at;
}
