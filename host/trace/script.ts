import { counted } from '../counted.js';
import { OctobindError } from '../error.js';
import { checkLines, TRACE_VERSION } from './lines.js';

/**
 * Thrown through the firmware if a trace ends in the middle of a step, because its recorder was
 * killed.
 */
export class EndOfTrace extends Error {
  override readonly name = 'EndOfTrace';
}

/**
 * Returns the lines of a trace. An error calls the trace `name`. Code: `TRACE_INVALID` if the
 * text is not a trace, or a trace of another version.
 */
export function traceLines(text: string, name: string): string[] {
  const lines = text.split('\n');
  // Whatever comes after the last line end was cut off when the recorder was killed.
  lines.pop();
  if (lines[0] !== `octobind-trace ${TRACE_VERSION}`) {
    throw new OctobindError('TRACE_INVALID', `${name} is not a trace of version ${TRACE_VERSION}.`, {
      subject: 'trace',
    });
  }
  return lines;
}

/** A trace that is read line by line. */
export class Script {
  #next = 0;

  /** Codes: `TRACE_INVALID`. */
  constructor(private readonly lines: readonly string[]) {
    checkLines(lines);
  }

  /** How many lines were read. */
  get count(): number {
    return this.#next;
  }

  /** The words of a line to come, 0 for the next one. Empty after the end. */
  peek(ahead = 0): string[] {
    return this.lines[this.#next + ahead]?.split(' ') ?? [];
  }

  /**
   * Reads the next line, which must be `line`. Code: `TRACE_DIFFERS` if it is another one. Throws
   * EndOfTrace if there is none.
   */
  readonly expect = (line: string): void => {
    const wanted = this.lines[this.#next];
    if (wanted === undefined) throw new EndOfTrace();
    if (wanted !== line) throw this.differs(line);
    this.#next++;
  };

  /**
   * The error if the firmware does something else than the trace. It quotes neither line, because
   * lines may hold card numbers and keys.
   */
  differs(line: string): OctobindError {
    const wanted = this.lines[this.#next] ?? '';
    const [one, other] = [describe(wanted), describe(line)];
    const where = one === other ? `: they differ from character ${firstDifference(wanted, line) + 1} on` : '';
    return new OctobindError(
      'TRACE_DIFFERS',
      `Line ${this.#next + 1} of the trace has ${one}, but this firmware did ${other}${where}. It does not behave like the firmware that was recorded, or the trace was changed.`,
    );
  }
}

function describe(line: string): string {
  const [kind = '', ...values] = line.split(' ');
  const bytes = values.find((value) => value.length > 10 && /^[0-9a-f]+$/.test(value));
  const address = kind === 'program' || kind === 'erase' ? ` at ${values[0] ?? ''}` : '';
  return `\`${kind}\`${address}${bytes === undefined ? '' : ` of ${counted(bytes.length / 2, 'byte')}`}`;
}

function firstDifference(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return at;
}
