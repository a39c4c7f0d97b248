import { firmwareModule } from '#firmware';
import { type Rc, Refusal, Role, Scheme, Size } from '../../assembly/protocol.js';
import { OctobindError } from '../error.js';
import type { Bank } from '../bank.js';
import { normalizedName } from '../holder-name.js';
import { type Policy, policyMap } from '../policy.js';
import { encodeCbor } from '../smp/cbor.js';
import { type Firmware, instantiateFirmware, romOf, romReader } from '../firmware/firmware.js';

/** What the firmware says of a number. */
export interface Verdict {
  /** `Refusal.None` if the number is good. */
  readonly refusal: Refusal;
  /** `Scheme.Unknown` if the number is refused. */
  readonly scheme: Scheme;
  /** Count of digits. 0 if the text is not a number of 12 to 19 digits. */
  readonly digits: number;
}

/** Size of a verdict of `panCheckBatch`: docs/HAL.md. */
const VERDICT_BYTES = 4;
/** Room for a result: a record, a masked number, or a bank. */
const RESULT_BYTES = 256;
const POLICY_BYTES: number = Size.Policy;
/** The batch functions read this far past the end of their input. */
const READ_AHEAD = 8;
const LINE_FEED = 0x0a;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Judges cards with the firmware's own code, so that host and terminal can never disagree. Its
 * instance of the firmware is never booted and has no terminal. Cards are wiped from its memory
 * after each call.
 */
export class CardJudge {
  readonly #firmware: Firmware;
  readonly #memory: Uint8Array;
  /** Offset of the memory that the firmware does not use. */
  readonly #free: number;

  constructor(module = firmwareModule()) {
    const hal = Object.fromEntries(
      WebAssembly.Module.imports(module).map(({ name }) => [name, () => unreachable(name)]),
    );
    const rom_read = romReader(romOf(module), () => this.#memory);
    this.#firmware = instantiateFirmware(module, { ...hal, rom_read });
    this.#memory = new Uint8Array(this.#firmware.memory.buffer);
    this.#free = this.#firmware.memoryEnd();
  }

  /**
   * Returns the record that a slot stores of this card (68 bytes: docs/PROTOCOL.md), or why the
   * card is refused.
   */
  record({
    pan,
    name,
    role = Role.Payment,
    warns = false,
  }: {
    pan: string;
    name: string;
    role?: Role | undefined;
    /** A UnionPay number may have a wrong check digit, as under a policy that only warns. */
    warns?: boolean | undefined;
  }): Uint8Array | Refusal {
    return this.#using([pan, normalizedName(name)], ([panAt = 0, nameAt = 0], [panLen = 0, nameLen = 0], out) => {
      const refusal = this.#firmware.cardRecord(panAt, panLen, nameAt, nameLen, role, Number(warns), out);
      return refusal === Refusal.None ? Uint8Array.from(this.#memory.subarray(out, out + Size.Record)) : refusal;
    });
  }

  /**
   * Returns the content that a terminal stores of a policy (352 bytes: docs/PROTOCOL.md), or why
   * it is refused.
   */
  policy(policy: Policy): Uint8Array | Refusal | Rc {
    const map = encodeCbor(policyMap(policy));
    const out = this.#free + map.length;
    if (out + POLICY_BYTES > this.#memory.length) return Refusal.PolicyText;
    try {
      this.#memory.set(map, this.#free);
      const refusal = this.#firmware.policyContent(this.#free, map.length, out);
      return (refusal as number) === 0 ? this.#memory.slice(out, out + POLICY_BYTES) : refusal;
    } finally {
      this.#memory.fill(0, this.#free, out + POLICY_BYTES);
    }
  }

  /**
   * Masks a number with stars: only the first six and last four digits show, and fewer of the
   * first if less than six would be hidden. A text that is not a number of 12 to 19 digits
   * becomes only stars.
   */
  mask(pan: string): string {
    return this.#using([pan], ([at = 0], [len = 0], out) => {
      const length = this.#firmware.panMask(at, len, out);
      return decoder.decode(this.#memory.subarray(out, out + length));
    });
  }

  /**
   * Returns the bank in China that issues a number; undefined if the number is refused, or if the
   * firmware's table of banks does not have it.
   */
  bank(pan: string): Bank | undefined {
    return this.#using([pan], ([at = 0], [len = 0], out) => {
      const end = out + this.#firmware.panBank(at, len, out);
      if (end === out) return undefined;
      const name = out + 1 + (this.#memory[out] ?? 0);
      return {
        code: decoder.decode(this.#memory.subarray(out + 1, name)),
        name: decoder.decode(this.#memory.subarray(name, end)),
      };
    });
  }

  /** Judges one number. */
  check(pan: string): Verdict {
    // A line feed would split the text into two numbers.
    const [verdict] = this.checkBatch([pan.replaceAll('\n', '\t')]);
    return verdict ?? { refusal: Refusal.PanLength, scheme: Scheme.Unknown, digits: 0 };
  }

  /** Judges many numbers. None of them may contain a line feed. */
  checkBatch(pans: readonly string[]): Verdict[] {
    const memory = new DataView(this.#firmware.memory.buffer);
    const verdicts: Verdict[] = [];
    this.#batches(pans, VERDICT_BYTES, this.#firmware.panCheckBatch, (out, end) => {
      for (let at = out; at < end; at += VERDICT_BYTES) {
        verdicts.push({
          /* eslint-disable @typescript-eslint/no-unsafe-enum-assignment -- firmware and host compile the same enumerations */
          refusal: memory.getUint16(at, true),
          scheme: memory.getUint8(at + 2),
          /* eslint-enable @typescript-eslint/no-unsafe-enum-assignment */
          digits: memory.getUint8(at + 3),
        });
      }
    });
    return verdicts;
  }

  /**
   * Whether each text has only digits and a correct check digit (ISO/IEC 7812-1, annex B). No
   * text may contain a line feed.
   */
  luhnBatch(numbers: readonly string[]): boolean[] {
    const memory = this.#memory;
    const good: boolean[] = [];
    this.#batches(numbers, 1, this.#firmware.luhnBatch, (out, end) => {
      for (let at = out; at < end; at++) good.push(memory[at] === 1);
    });
    return good;
  }

  /** Judges texts in batches that fit in the memory. `take` reads the verdicts of each batch. */
  #batches(
    texts: readonly string[],
    outBytes: number,
    judge: Firmware['luhnBatch'],
    take: (out: number, end: number) => void,
  ): void {
    const free = this.#free;
    const room = this.#memory.length - free - 1 - READ_AHEAD;
    // Most numbers need at most 20 bytes with their line feed. If a batch does not fit, it is
    // halved.
    let most = Math.floor(room / (20 + outBytes));
    for (let from = 0; from < texts.length;) {
      const batch = texts.slice(from, from + most);
      const length = this.#writeLines(batch, room - batch.length * outBytes);
      if (length === undefined) {
        if (batch.length === 1) throw new OctobindError('USAGE', 'The text is far too long for a card number.');
        most = batch.length >> 1;
        continue;
      }
      const out = free + length + READ_AHEAD;
      const end = out + batch.length * outBytes;
      try {
        if (judge(free, length, out) !== batch.length) {
          throw new OctobindError('USAGE', 'A text contains a line feed. Pass each number as a separate text.');
        }
        take(out, end);
      } finally {
        this.#memory.fill(0, free);
      }
      from += batch.length;
    }
  }

  /** Writes texts as lines. Returns the bytes written, or undefined if they do not fit. */
  #writeLines(texts: readonly string[], room: number): number | undefined {
    const text = texts.join('\n');
    const target = this.#memory.subarray(this.#free, this.#free + room);
    const { read, written } = encoder.encodeInto(text, target);
    if (read < text.length) {
      target.fill(0);
      return undefined;
    }
    this.#memory[this.#free + written] = LINE_FEED;
    return written + 1;
  }

  /** Calls `ask` with texts in the free memory, then wipes them and the result. */
  #using<T>(texts: string[], ask: (at: number[], lengths: number[], out: number) => T): T {
    let end = this.#free;
    const at: number[] = [];
    const lengths: number[] = [];
    try {
      for (const text of texts) {
        const { read, written } = encoder.encodeInto(text, this.#memory.subarray(end, -RESULT_BYTES));
        if (read < text.length) {
          end = this.#memory.length;
          throw new OctobindError('USAGE', 'The text is far too long for a card.');
        }
        at.push(end);
        lengths.push(written);
        end += written;
      }
      return ask(at, lengths, end);
    } finally {
      this.#memory.fill(0, this.#free, end + 128);
    }
  }
}

function unreachable(name: string): never {
  throw new OctobindError('FIRMWARE', `A pure function of the firmware called the import ${name}. Report this.`);
}
