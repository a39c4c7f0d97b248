import * as z from 'zod';
import { Group, Key, Op, Refusal, RowLook, ScreenCommand } from '../../assembly/protocol.js';
import { OctobindError } from '../error.js';
import type { Body } from '../smp/packet.js';
import type { Requests } from './requests.js';

const uint = z.int().min(0);
const SCREEN = z.object({
  columns: uint,
  gen: uint,
  changes: uint,
  bench: uint,
  rows: z.array(z.tuple([uint, z.string(), uint])),
  cursor: z.union([z.tuple([uint, uint]), z.null()]),
});
const PRESSED = z.object({ gen: uint });

/** What a terminal shows. Digits that a person is typing are stars. */
export interface ScreenView {
  /** Half-width cells in a row. */
  readonly columns: number;
  /** From the top. */
  readonly rows: readonly { readonly text: string; readonly reversed: boolean }[];
  /** Where the person types. */
  readonly cursor: { readonly row: number; readonly column: number } | undefined;
  /** Rises with each change of a row, from 0 at the terminal's start. */
  readonly changes: number;
  /** It is a development terminal: keys may be pressed over the line. */
  readonly bench: boolean;
  /** It was read inside a session. Without one, anybody on the line could have made it up. */
  readonly proven: boolean;
}

/** The screen and the keypad of a terminal, over the line. */
export class FrontPanel {
  /** Keys that were pressed over the line, as the terminal counts them. */
  #pressed: number | undefined;

  constructor(private readonly requests: Requests) {}

  async read(): Promise<ScreenView> {
    const { reply, proven } = await this.#ask(Op.Read, ScreenCommand.Read, SCREEN);
    this.#pressed = reply.gen;
    const rows = [...reply.rows].sort(([a], [b]) => a - b);
    return {
      columns: reply.columns,
      rows: rows.map(([, text, look]) => ({ text, reversed: look === (RowLook.Reversed as number) })),
      cursor: reply.cursor ? { row: reply.cursor[0], column: reply.cursor[1] } : undefined,
      changes: reply.changes,
      bench: reply.bench === 1,
      proven,
    };
  }

  async press(key: keyof typeof Key): Promise<void> {
    if (this.#pressed === undefined) await this.read();
    const body = { gen: this.#pressed ?? 0, n: Key[key] };
    try {
      const { reply } = await this.#ask(Op.Write, ScreenCommand.Press, PRESSED, body);
      this.#pressed = reply.gen;
    } catch (error) {
      this.#pressed = undefined;
      throw error;
    }
  }

  /** In a session; in clear if the terminal says that it has no key for one. */
  async #ask<T>(
    op: Op.Read | Op.Write,
    command: ScreenCommand,
    shape: z.ZodType<T>,
    body: Body = {},
  ): Promise<{ reply: T; proven: boolean }> {
    const { requests } = this;
    try {
      return { reply: await requests.inside(op, Group.Screen, command, shape, body), proven: true };
    } catch (error) {
      if (!isKeyless(error)) throw error;
    }
    return { reply: await requests.inClear(op, Group.Screen, command, shape, body), proven: false };
  }
}

function isKeyless(error: unknown): boolean {
  if (!(error instanceof OctobindError)) return false;
  const said = error.refusal ?? error.claim;
  return error.code === 'KEY_MISSING' || said === Refusal.KeyMissing || said === Refusal.Tampered;
}
