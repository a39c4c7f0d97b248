import { systemCrypto } from '#crypto';
import type * as z from 'zod';
import {
  CardCommand,
  type FlashState,
  Group,
  LifeCycle,
  Op,
  OsCommand,
  type MenuUser,
  Refusal,
  Role,
  type Scheme,
  SessionCommand,
  Size,
  StatCommand,
} from '../../assembly/protocol.js';
import { fromHex, toHex } from '../bytes.js';
import { systemClock } from '../clock.js';
import { OctobindError } from '../error.js';
import type { Crypto } from '../crypto/crypto.js';
import { checkValueBy, split } from '../crypto/key-derivation.js';
import type { LinkFactory } from '../link/link.js';
import { type ClientOptions, type RequestOptions, SmpClient } from '../smp/client.js';
import type { Body } from '../smp/packet.js';
import { refusalError } from '../refusals.js';
import * as replies from './replies.js';
import { readReply } from './replies.js';
import { restart } from './restart.js';
import type { TerminalKey } from '../session/opening.js';
import { rethrowInClear } from '../session/claim.js';
import * as sessionReplies from '../session/replies.js';
import { SecureClient } from '../session/secure-client.js';
import { otherTerminal } from '../session/claim-errors.js';

export interface TerminalOptions extends ClientOptions {
  /** The terminal's master key, without which its cards are out of reach. */
  key?: TerminalKey | undefined;
  /** Gives up what is under way, and everything after it, with `ABORTED`. */
  signal?: AbortSignal | undefined;
}

/** What a terminal says of itself, before anybody proves a key. */
export interface TerminalStatus {
  readonly lifeCycle: LifeCycle;
  readonly serial: string;
  /** Of its master key, six hexadecimal digits; null where it has none. */
  readonly checkValue: string | null;
  /** Milliseconds until it lets a session be opened. */
  readonly waitMs: number;
}

/** A card as a person knows it. No terminal answers `pan` again once it is bound. */
export interface Card {
  /** 12 to 19 digits; spaces and hyphens may stand between them. */
  pan: string;
  /** 2 to 26 characters. */
  name: string;
  /** `Role.Payment` when absent. */
  role?: Role | undefined;
}

/** What a terminal shows of a bound card. */
export interface SlotView {
  /** First six and last four digits. */
  pan: string;
  scheme: Scheme;
  role: Role;
  /** First character of each word. */
  name: string;
}

export interface CardTable {
  generation: number;
  state: FlashState;
  /** Eight, the first of which is slot 1; null is empty. */
  slots: (SlotView | null | 'damaged')[];
}

/** What `replace` makes of a slot; null empties it. */
export type SlotWish = 'keep' | null | Card;

/** A change that was made, or whose outcome held already. */
export interface Change {
  /** The generation that holds now. */
  generation: number;
  changed: boolean;
}

const SLOTS: number = Size.Slots;
/** An erase of a sector takes a NOR up to two seconds, and a table has several. */
const FORMAT_TRY_MS = 10_000;
const FORMAT_DEADLINE_MS = 60_000;

/**
 * One terminal behind a link, which is opened by the first request and again whenever it was lost.
 *
 * Cards, keys and passwords are spoken of inside a session, which is opened when it is needed, under the key of the options.
 *
 * Every method fails with an OctobindError: `KEY_MISSING` where that key is needed and not given, `REFUSED` when the terminal refuses (`refusal` says why), `UNSUPPORTED`, `PROTOCOL` when
 * it answers what it should not, `ABORTED`, or a code of the link's. Slots are numbered 1 to 8; an array has slot 1 at
 * index 0. Where a change takes `expected`, it is the generation that the table must have: that of a `list()` made
 * just before when absent, any when null.
 */
export class Terminal {
  /** The client below, for its counters and for commands of other groups. */
  readonly smp: SmpClient;
  /** The client inside of a session; none without a key. */
  readonly secure: SecureClient | undefined;
  readonly #crypto: Crypto;

  constructor(
    link: LinkFactory,
    private readonly options: TerminalOptions = {},
  ) {
    this.smp = new SmpClient(link, options);
    this.#crypto = options.crypto ?? systemCrypto;
    this.secure = options.key && new SecureClient(this.smp, options.key, options);
  }

  async echo(text: string): Promise<string> {
    return (await this.#call(Op.Write, Group.Os, OsCommand.Echo, replies.echo, { d: text })).r;
  }

  /** The largest packet that the terminal takes, in bytes, and how many of them at once. */
  async params(): Promise<{ bufSize: number; bufCount: number }> {
    const { buf_size, buf_count } = await this.#os(OsCommand.Params, replies.params);
    return { bufSize: buf_size, bufCount: buf_count };
  }

  /** What the letters of `format` stand for, as of `uname`: docs/PROTOCOL.md, group 0. */
  async info(format = 'a'): Promise<string> {
    return (await this.#os(OsCommand.Info, replies.info, { format })).output;
  }

  async serial(): Promise<string> {
    return this.info('n');
  }

  async datetime(): Promise<Date> {
    const { datetime } = await this.#os(OsCommand.DateTime, replies.datetime);
    // The terminal names no zone: it is UTC.
    return new Date(datetime.replace(/Z?$/, 'Z'));
  }

  async setDatetime(date: Date): Promise<void> {
    if (Number.isNaN(date.getTime())) throw new OctobindError('USAGE', 'That is not a date. Give a valid one.');
    await this.#call(Op.Write, Group.Os, OsCommand.DateTime, replies.nothing, { datetime: date.toISOString() });
  }

  async bootloader(): Promise<string> {
    return (await this.#os(OsCommand.Bootloader, replies.bootloader)).bootloader;
  }

  /** Counters by their names, since the terminal's start. */
  async stats(group: string, options?: RequestOptions): Promise<Record<string, number>> {
    return (await this.#call(Op.Read, Group.Stat, StatCommand.Show, replies.stats, { name: group }, options)).fields;
  }

  /** Has the terminal try its cryptography on published vectors. Answers the number of the first that fails, 0 where all hold. */
  async selfTest(): Promise<number> {
    return (await this.#call(Op.Read, Group.Session, SessionCommand.SelfTest, sessionReplies.selfTest)).failed;
  }

  async statGroups(): Promise<string[]> {
    return (await this.#call(Op.Read, Group.Stat, StatCommand.List, replies.statGroups)).stat_list;
  }

  /** Restarts the terminal, and resolves once it answers again. Fails with `LINK_TIMEOUT` when it does not. */
  async reset(): Promise<void> {
    await restart(
      async (options) => (await this.stats('link', options))['rx_frames'] ?? 0,
      () => this.#call(Op.Write, Group.Os, OsCommand.Reset, replies.nothing),
      this.options.clock ?? systemClock,
    );
  }

  async list(): Promise<CardTable> {
    const { gen, state, slots } = await this.#inside(Op.Read, Group.Card, CardCommand.List, replies.list);
    return { generation: gen, state, slots: slots.map((entry) => (entry === false ? 'damaged' : entry)) };
  }

  /** Binds into the first empty slot, or into the one that is named. */
  async bind(card: Card & { slot?: number | undefined }, expected?: number | null): Promise<Change & { slot: number }> {
    const { pan, name, role, slot } = card;
    const known = await this.#expect(expected);
    const body = { gen: known, pan, name, ...(role !== undefined && { role }), ...(slot !== undefined && { slot }) };
    const answer = await this.#card(CardCommand.Bind, replies.bind, body);
    return { ...this.#change(answer, known, expected), slot: answer.slot };
  }

  /** Empties a slot, 1 to 8. */
  async unbind(slot: number, expected?: number | null): Promise<Change> {
    const known = await this.#expect(expected);
    return this.#change(await this.#card(CardCommand.Unbind, replies.change, { gen: known, slot }), known, expected);
  }

  /** Gives all eight slots at once: after it, and after a power cut during it, the table is the old one or the new one. */
  async replace(slots: readonly SlotWish[], expected?: number | null): Promise<Change> {
    if (slots.length !== SLOTS) {
      throw new OctobindError(
        'USAGE',
        `A table has ${Size.Slots} slots, not ${slots.length}. Give one entry for each.`,
      );
    }
    const known = await this.#expect(expected);
    const wire = slots.map((wish) => {
      if (wish === null || wish === 'keep') return wish && true;
      return { pan: wish.pan, name: wish.name, ...(wish.role !== undefined && { role: wish.role }) };
    });
    return this.#change(
      await this.#card(CardCommand.Replace, replies.change, { gen: known, slots: wire }),
      known,
      expected,
    );
  }

  /** The terminal's proof of what each slot holds, over a nonce of 8 to 32 bytes: docs/PROTOCOL.md, group 66, verify. */
  async verify(nonce: Uint8Array): Promise<{ generation: number; macs: (Uint8Array | null)[] }> {
    const body = { nonce: Uint8Array.from(nonce) };
    const { gen, macs } = await this.#inside(Op.Read, Group.Card, CardCommand.Verify, replies.verify, body);
    return { generation: gen, macs };
  }

  /** Gives up whatever the flash holds, and lays out an empty table. */
  async format(): Promise<{ generation: number }> {
    const { gen } = await this.#card(
      CardCommand.Format,
      replies.format,
      { confirm: 'format' },
      { timeoutMs: FORMAT_TRY_MS, deadlineMs: FORMAT_DEADLINE_MS },
    );
    return { generation: gen };
  }

  async status(): Promise<TerminalStatus> {
    const { state, serial, kcv, wait } = await this.#call(
      Op.Read,
      Group.Session,
      SessionCommand.Status,
      sessionReplies.status,
    );
    return { lifeCycle: state, serial, checkValue: kcv && toHex(kcv), waitMs: wait };
  }

  /**
   * Makes `tmk`, 32 bytes, the terminal's master key, in two random components, inside a session under
   * the key that is live. A terminal that says it has no live key gets both components in clear, and
   * anybody on the line can say that. So it gets them only if `inClear` is exactly its serial number;
   * if not, nothing is sent: `CONSENT_MISSING`. `serial` names the terminal that the key is for: any other one
   * gets nothing, and neither does one that proves another serial number than it claims (`NOT_AUTHENTIC`).
   * Returns check values: those of the components, as the terminal showed them, and that of the key.
   * A terminal that has this key already is left as it is.
   */
  async loadKey(
    tmk: Uint8Array,
    {
      serial: wantedSerial,
      inClear,
    }: { readonly serial?: string | undefined; readonly inClear?: string | undefined } = {},
  ): Promise<{ changed: boolean; parts: string[]; checkValue: string }> {
    const wanted = this.#checkValue(tmk);
    const { lifeCycle, serial, checkValue: held } = await this.status();
    const live = hasLiveKey(lifeCycle);
    if (!live && inClear !== serial) {
      throw new OctobindError(
        'CONSENT_MISSING',
        'The terminal says that it has no key, and nothing proves that. Nothing was sent. To send its key in clear, give its serial number as inClear.',
      );
    }
    if (wantedSerial !== undefined && serial !== wantedSerial) throw otherTerminal(wantedSerial);
    if (live && held === wanted) {
      await this.#prove(tmk, serial);
      return { changed: false, parts: [], checkValue: wanted };
    }
    if (live) {
      // What was said in clear may be another terminal's name, and the key would be known to whoever knows that one's.
      await this.#inside(Op.Read, Group.Session, SessionCommand.Status, sessionReplies.status);
      if (this.secure?.serial !== serial) throw otherTerminal(serial);
    }
    const components = split(this.#crypto, tmk);
    const parts: string[] = [];
    try {
      for (const [index, key] of components.entries()) {
        const body = { part: index + 1, key };
        const shown = await this.#key(SessionCommand.LoadPart, body, live);
        if (shown !== this.#checkValue(key)) throw refusalError(Refusal.CheckValueDiffers);
        parts.push(shown);
      }
    } finally {
      for (const key of components) key.fill(0);
    }
    try {
      await this.#key(SessionCommand.Commit, { kcv: fromHex(wanted) }, live);
    } catch (error) {
      // Its answer may be what was lost; and a repeat of it finds that the old key is none any more.
      if (!(error instanceof OctobindError) || !['LINK_TIMEOUT', 'KEY_WRONG'].includes(error.code)) throw error;
    }
    await this.#prove(tmk, serial);
    return { changed: true, parts, checkValue: wanted };
  }

  /** Sets the passwords of the terminal's menu, 6 to 16 characters each; with them it is in service. */
  async setPasswords({ operator, administrator }: { operator: string; administrator: string }): Promise<void> {
    await this.#inside(Op.Write, Group.Session, SessionCommand.Passwords, replies.nothing, {
      operator,
      admin: administrator,
    });
  }

  /** Fails with `REFUSED` where it is not that person's password; failures are counted, and slow down the next try. */
  async unlock(who: MenuUser, password: string): Promise<void> {
    await this.#inside(Op.Write, Group.Session, SessionCommand.Unlock, replies.nothing, { who, password });
  }

  /** Ends what is under way with `LINK_CLOSED`, and resolves when the link is released. */
  async close(): Promise<void> {
    await this.secure?.close();
    await this.smp.close();
  }

  /** The generation for the wire. Undefined stands for what the table has now. */
  async #expect(expected: number | null | undefined): Promise<number | null> {
    return expected === undefined ? (await this.list()).generation : expected;
  }

  /**
   * A change whose answer was lost is answered again, to the next try, as one that held already. Where the generation
   * before it was read here, it still tells.
   */
  #change(answer: { gen: number; changed: boolean }, known: number | null, expected?: number | null): Change {
    return { generation: answer.gen, changed: answer.changed || (expected === undefined && answer.gen !== known) };
  }

  #os<T>(command: OsCommand, answer: z.ZodType<T>, body?: Body): Promise<T> {
    return this.#call(Op.Read, Group.Os, command, answer, body);
  }

  #card<T>(command: CardCommand, answer: z.ZodType<T>, body: Body, options?: RequestOptions): Promise<T> {
    return this.#inside(Op.Write, Group.Card, command, answer, body, options);
  }

  #checkValue(key: Uint8Array): string {
    return checkValueBy(this.#crypto, key);
  }

  /** Opens a session under a key and is answered in it: what a terminal says of its key in clear proves nothing. */
  async #prove(tmk: Uint8Array, serial: string): Promise<void> {
    const { key, signal } = this.options;
    const usual = key !== undefined && this.#checkValue(await key(serial)) === this.#checkValue(tmk);
    // The session that is going to be used anyway will do, where it is yet to be opened.
    const kept = usual && !this.secure?.isOpen ? this.secure : undefined;
    const proof = kept ?? new SecureClient(this.smp, () => tmk, this.options);
    await proof.request({ op: Op.Read, group: Group.Session, command: SessionCommand.Status }, { signal });
    if (!kept) await proof.close();
    if (proof.serial !== serial) throw otherTerminal(serial);
  }

  /** Inside a session where a key is live, in clear where there is none yet. */
  async #key(command: SessionCommand, body: Body, live: boolean): Promise<string> {
    const { kcv } = live
      ? await this.#inside(Op.Write, Group.Session, command, sessionReplies.key, body)
      : await this.#call(Op.Write, Group.Session, command, sessionReplies.key, body);
    return toHex(kcv);
  }

  async #call<T>(
    op: Op.Read | Op.Write,
    group: Group,
    command: number,
    answer: z.ZodType<T>,
    body: Body = {},
    options?: RequestOptions,
  ): Promise<T> {
    const { signal } = this.options;
    const answered = this.smp.request({ op, group, command, body }, { signal, ...options });
    return readReply(answer, await (group === Group.Session ? answered.catch(rethrowInClear) : answered));
  }

  async #inside<T>(
    op: Op.Read | Op.Write,
    group: Group,
    command: number,
    answer: z.ZodType<T>,
    body: Body = {},
    options?: RequestOptions,
  ): Promise<T> {
    if (!this.secure) {
      throw new OctobindError(
        'KEY_MISSING',
        'Cards are spoken of inside a session, and that takes the key of the terminal. Give it in the options.',
      );
    }
    const { signal } = this.options;
    return readReply(answer, await this.secure.request({ op, group, command, body }, { signal, ...options }));
  }
}

/** Whether a terminal in this state takes another key only inside a session under the one it has. */
export function hasLiveKey(lifeCycle: LifeCycle): boolean {
  return lifeCycle === LifeCycle.Keyed || lifeCycle === LifeCycle.InService;
}
