import type * as z from 'zod';
import {
  CardCommand,
  EnumerationCommand,
  Group,
  type Key,
  Op,
  OsCommand,
  type MenuUser,
  SessionCommand,
  Size,
  StatCommand,
} from '../../assembly/protocol.js';
import { counted } from '../counted.js';
import { OctobindError } from '../error.js';
import { normalizedName } from '../holder-name.js';
import type { LinkFactory } from '../link/link.js';
import { type Policy, policyMap, policyOf } from '../policy.js';
import type { RequestOptions, SmpClient } from '../smp/client.js';
import type { Body } from '../smp/packet.js';
import type { Card, CardTable, Change, HeldPolicy, SlotWish } from './card-table.js';
import { type ChangeMethod, reported, type TerminalChange } from './change-hook.js';
import { FrontPanel, type ScreenView } from './front-panel.js';
import { readInfo, type TerminalInfo } from './info.js';
import { type KeyRecipient, loadKey, type LoadedKey } from './key-loading.js';
import * as replies from './replies.js';
import { Requests, type TerminalOptions } from './requests.js';
import { restart } from './restart.js';
import { readStatus, type TerminalStatus } from './status.js';
import * as sessionReplies from '../session/replies.js';
import type { SecureClient } from '../session/secure-client.js';

const SLOTS: number = Size.Slots;
/** NOR flash may take two seconds to erase a sector, and a table has up to 16 sectors. */
const FORMAT_TRY_MS = 10_000;
const FORMAT_DEADLINE_MS = 60_000;

/**
 * One terminal behind a link. The first request opens the link, and a later one opens it again if
 * it was lost.
 *
 * Commands for cards, keys and passwords need a session. It opens when it is first needed, under
 * the key of the options.
 *
 * Every method fails with an OctobindError. Its code is `KEY_MISSING` if a session is needed and
 * the options have no key, `REFUSED` if the terminal refuses (`refusal` says why), `UNSUPPORTED`,
 * `PROTOCOL` if a reply has the wrong shape, `NOT_AUTHENTIC`, `KEY_WRONG`, `ABORTED`, or a code
 * of the link. A method that changes the terminal also fails with what `onChange` throws.
 *
 * Slots are numbered 1 to 8. An array has slot 1 at index 0. The `expected` of a change is the
 * generation that the table must have. When absent, it is read with `list()` just before the
 * change. Null means any generation.
 */
export class Terminal {
  /** The client that sends the requests, for its counters and for commands of other groups. */
  readonly smp: SmpClient;
  /** The client for requests inside a session. Undefined without a key. */
  readonly secure: SecureClient | undefined;
  readonly #requests: Requests;
  readonly #panel: FrontPanel;

  constructor(link: LinkFactory, options: TerminalOptions = {}) {
    this.#requests = new Requests(link, options);
    this.#panel = new FrontPanel(this.#requests);
    this.smp = this.#requests.smp;
    this.secure = this.#requests.secure;
  }

  /**
   * Returns `text` as the terminal echoes it. It proves that something replies in SMP, and
   * nothing more.
   */
  async echo(text: string): Promise<string> {
    return (await this.#requests.inClear(Op.Write, Group.Os, OsCommand.Echo, replies.echo, { d: text })).r;
  }

  /** The largest packet that the terminal accepts, in bytes, and how many it accepts at once. */
  async params(): Promise<{ bufSize: number; bufCount: number }> {
    const { buf_size, buf_count } = await this.#os(OsCommand.Params, replies.params);
    return { bufSize: buf_size, bufCount: buf_count };
  }

  /**
   * What the terminal is made of: runtime, board, and the digest of its firmware. Fails with
   * `UNSUPPORTED` if its firmware is too old to tell.
   */
  async info(): Promise<TerminalInfo> {
    return readInfo(this.#requests);
  }

  /**
   * Names and versions of the terminal, joined by spaces. The letters of `format` select them:
   * docs/PROTOCOL.md, group 0.
   */
  async uname(format = 'a'): Promise<string> {
    return (await this.#os(OsCommand.Info, replies.info, { format })).output;
  }

  /** The serial number, as the terminal says it in clear. Nothing proves it: a session does. */
  async serial(): Promise<string> {
    return this.uname('n');
  }

  /** The terminal's clock. Fails with `REFUSED` if it was never set. */
  async datetime(): Promise<Date> {
    const { datetime } = await this.#os(OsCommand.DateTime, replies.datetime);
    // The terminal sends no time zone: the time is UTC.
    return new Date(datetime.replace(/Z?$/, 'Z'));
  }

  /** Sets the terminal's clock. Fails with `USAGE` if `date` is invalid. */
  async setDatetime(date: Date): Promise<void> {
    if (Number.isNaN(date.getTime())) throw new OctobindError('USAGE', 'The date is not valid. Pass a valid one.');
    const body = { datetime: date.toISOString() };
    await this.#changeInClear('setDatetime', () =>
      this.#requests.inClear(Op.Write, Group.Os, OsCommand.DateTime, replies.nothing, body),
    );
  }

  /** The name of the bootloader: `none`. */
  async bootloader(): Promise<string> {
    return (await this.#os(OsCommand.Bootloader, replies.bootloader)).bootloader;
  }

  /**
   * The SMP groups that the terminal has, by their numbers: docs/PROTOCOL.md, group 10. Fails with
   * `UNSUPPORTED` if its firmware is too old to list them.
   */
  async groups(): Promise<number[]> {
    return (await this.#requests.inClear(Op.Read, Group.Enumeration, EnumerationCommand.List, replies.groups)).groups;
  }

  /** The values of a group of statistics, by their names: docs/PROTOCOL.md, group 2. */
  async stats(group: string, options?: RequestOptions): Promise<Record<string, number>> {
    return (
      await this.#requests.inClear(Op.Read, Group.Stat, StatCommand.Show, replies.stats, { name: group }, options)
    ).fields;
  }

  /**
   * Makes the terminal test its cryptography with published vectors. Returns the number of the
   * first vector that fails, 0 if all pass.
   */
  async selfTest(): Promise<number> {
    return (await this.#requests.inClear(Op.Read, Group.Session, SessionCommand.SelfTest, sessionReplies.selfTest))
      .failed;
  }

  /** Names of the groups of counters that `stats` takes. */
  async statGroups(): Promise<string[]> {
    return (await this.#requests.inClear(Op.Read, Group.Stat, StatCommand.List, replies.statGroups)).stat_list;
  }

  /**
   * Restarts the terminal, and resolves when it replies again. Fails with `LINK_TIMEOUT` if it
   * does not reply within 15 s, and with `UNSUPPORTED` if it has no count that shows its restart.
   */
  async reset(): Promise<void> {
    await this.#changeInClear('reset', () =>
      restart(
        async (options) => (await this.stats('link', options))['rx_frames'] ?? 0,
        () => this.#requests.inClear(Op.Write, Group.Os, OsCommand.Reset, replies.nothing),
        this.#requests.clock,
      ),
    );
  }

  /** Reads the table. Numbers and names come masked. */
  async list(): Promise<CardTable> {
    const { gen, slots, ...states } = await this.#requests.inside(Op.Read, Group.Card, CardCommand.List, replies.list);
    return { generation: gen, ...states, slots: slots.map((entry) => (entry === false ? 'damaged' : entry)) };
  }

  /** Binds a card in `slot`, 1 to 8. When absent, in the first empty slot. */
  async bind(card: Card & { slot?: number | undefined }, expected?: number | null): Promise<Change & { slot: number }> {
    const { pan, role, slot } = card;
    const name = normalizedName(card.name);
    const body = { pan, name, ...(role !== undefined && { role }), ...(slot !== undefined && { slot }) };
    const reply = await this.#change('bind', expected, [{ slot, card }], (gen) =>
      this.#card(CardCommand.Bind, replies.bind, { gen, ...body }),
    );
    return { generation: reply.gen, changed: reply.changed, slot: reply.slot };
  }

  /** Empties a slot, 1 to 8. */
  async unbind(slot: number, expected?: number | null): Promise<Change> {
    const { gen, changed } = await this.#change('unbind', expected, [{ slot, card: null }], (known) =>
      this.#card(CardCommand.Unbind, replies.change, { gen: known, slot }),
    );
    return { generation: gen, changed };
  }

  /**
   * Sets all eight slots in one atomic change. After a power cut during it, the table is the old
   * one or the new one.
   */
  async replace(slots: readonly SlotWish[], expected?: number | null): Promise<Change> {
    if (slots.length !== SLOTS) {
      throw new OctobindError(
        'USAGE',
        `A table has ${Size.Slots} slots. Pass one entry for each slot, not ${counted(slots.length, 'entry', 'entries')}.`,
      );
    }
    const wire = slots.map((wish) => {
      if (wish === null || wish === 'keep') return wish && true;
      return { pan: wish.pan, name: normalizedName(wish.name), ...(wish.role !== undefined && { role: wish.role }) };
    });
    const wanted = slots.map((card, index) => ({ slot: index + 1, card }));
    const { gen, changed } = await this.#change('replace', expected, wanted, (known) =>
      this.#card(CardCommand.Replace, replies.change, { gen: known, slots: wire }),
    );
    return { generation: gen, changed };
  }

  /**
   * Asks for a proof of what each slot holds, over a nonce of 8 to 32 bytes. The MAC of an empty
   * or damaged slot is null: docs/PROTOCOL.md, group 66, verify. The MAC of the policy is null
   * without one. Firmware that knows no policy proves none.
   */
  async verify(nonce: Uint8Array): Promise<{
    generation: number;
    macs: (Uint8Array | null)[];
    policy?: { generation: number; mac: Uint8Array | null } | undefined;
  }> {
    const body = { nonce: Uint8Array.from(nonce) };
    const { gen, macs, policy } = await this.#requests.inside(
      Op.Read,
      Group.Card,
      CardCommand.Verify,
      replies.verify,
      body,
    );
    return { generation: gen, macs, ...(policy && { policy: { generation: policy.gen, mac: policy.mac } }) };
  }

  /** Reads the bank's policy. */
  async policy(): Promise<HeldPolicy> {
    const { gen, state, policy } = await this.#requests.inside(Op.Read, Group.Card, CardCommand.Policy, replies.policy);
    return { generation: gen, state, policy: policy && policyOf(policy) };
  }

  /**
   * Sets the bank's policy, in one atomic change. Cards that are bound stay, even if the policy
   * forbids them. `expected` is the policy's own generation: when absent, it is read with
   * `policy()` just before.
   */
  async setPolicy(policy: Policy, expected?: number | null): Promise<Change> {
    const known = expected === undefined ? (await this.policy()).generation : expected;
    return reported(
      this.#requests.options.onChange,
      await this.#proven('setPolicy', () => this.#proveSerial()),
      async () => {
        const body = { gen: known, policy: policyMap(policy) };
        const { gen, changed } = await this.#card(CardCommand.Policy, replies.change, body);
        // As of a table: the reply to a repeat says that nothing changed.
        return { generation: gen, changed: changed || (expected === undefined && gen !== known) };
      },
      (change) => ({ ...change, proven: true }),
    );
  }

  /**
   * Creates an empty table, whatever the flash holds. Every bound card is lost, and so is the
   * policy.
   */
  async format(): Promise<{ generation: number }> {
    const { gen } = await reported(
      this.#requests.options.onChange,
      await this.#proven('format', () => this.#tableIfAny()),
      () =>
        this.#card(
          CardCommand.Format,
          replies.format,
          { confirm: 'format' },
          { timeoutMs: FORMAT_TRY_MS, deadlineMs: FORMAT_DEADLINE_MS },
        ),
      async ({ gen }) => ({ changed: true, proven: true, generation: gen, table: await this.#tableAfter() }),
    );
    return { generation: gen };
  }

  /** What the terminal says about itself in clear. Nothing of it is proven. */
  async status(): Promise<TerminalStatus> {
    return readStatus(this.#requests);
  }

  /**
   * Loads `tmk`, 32 bytes, as the terminal's master key, in two random components. If the
   * terminal has this key already, nothing changes.
   *
   * A terminal with a live key gets the components inside a session under that key. A terminal
   * that says that it has no key gets them in clear, and anybody on the line can say that. So
   * they are sent in clear only if `inClear` is the terminal's serial number. If not, nothing is
   * sent, and the code is `CONSENT_MISSING`.
   *
   * `serial` names the terminal that the key is for. Another terminal gets no component, and
   * neither does one that proves another serial number than it claims. The code is
   * `NOT_AUTHENTIC`.
   *
   * Returns the check values of the components, as the terminal showed them, and of the key.
   */
  async loadKey(tmk: Uint8Array, recipient: KeyRecipient = {}): Promise<LoadedKey> {
    return loadKey(this.#requests, tmk, recipient);
  }

  /**
   * Sets both passwords of the terminal's menu, 6 to 16 digits each. The
   * terminal is in service then.
   */
  async setPasswords({ operator, administrator }: { operator: string; administrator: string }): Promise<void> {
    await reported(
      this.#requests.options.onChange,
      await this.#proven('setPasswords', () => this.#proveSerial()),
      () =>
        this.#requests.inside(Op.Write, Group.Session, SessionCommand.Passwords, replies.nothing, {
          operator,
          admin: administrator,
        }),
      () => ({ changed: true, proven: true }),
    );
  }

  /**
   * Checks a password of the terminal's menu. Fails with `REFUSED` if it is wrong. The terminal
   * counts failures, and makes the next try wait.
   */
  async unlock(who: MenuUser, password: string): Promise<void> {
    await this.#requests.inside(Op.Write, Group.Session, SessionCommand.Unlock, replies.nothing, { who, password });
  }

  /**
   * What the terminal shows. Fails with `UNSUPPORTED` if it has no screen. A terminal that says
   * that it has no key, or was tampered with, is read in clear.
   */
  async readScreen(): Promise<ScreenView> {
    return this.#panel.read();
  }

  /**
   * Presses keys of the terminal's keypad, one after the other. Only a development terminal takes
   * them over the line. Fails with `REFUSED` if it is none, or if somebody else pressed keys
   * meanwhile.
   */
  async press(...keys: readonly (keyof typeof Key)[]): Promise<void> {
    for (const key of keys) await this.#panel.press(key);
  }

  /** Ends requests under way with `LINK_CLOSED`, and resolves when the link is released. */
  async close(): Promise<void> {
    await this.secure?.close();
    await this.smp.close();
  }

  /**
   * Makes a change of the table. `send` gets the generation to send. If the reply to a change is
   * lost, the reply to its repeat says that nothing changed. If the generation was read just
   * before, the new one shows the change all the same.
   */
  async #change<R extends { gen: number; changed: boolean }>(
    method: ChangeMethod,
    expected: number | null | undefined,
    wanted: TerminalChange['wanted'],
    send: (known: number | null) => Promise<R>,
  ): Promise<R> {
    const { onChange } = this.#requests.options;
    const table = expected === undefined || onChange ? await this.list() : undefined;
    const known = expected === undefined ? (table?.generation ?? null) : expected;
    return reported(
      onChange,
      { method, serial: this.secure?.serial ?? '', proven: true, table, wanted },
      async () => {
        const reply = await send(known);
        return { ...reply, changed: reply.changed || (expected === undefined && reply.gen !== known) };
      },
      async ({ gen, changed }) => ({ changed, proven: true, generation: gen, table: await this.#tableAfter() }),
    );
  }

  /** A change without a session. For a hook, the terminal says its serial number in clear. */
  async #changeInClear<R>(method: ChangeMethod, send: () => Promise<R>): Promise<R> {
    const { onChange } = this.#requests.options;
    const serial = onChange ? await this.serial() : '';
    return reported(onChange, { method, serial, proven: false }, send, () => ({ changed: true, proven: false }));
  }

  /** A change inside a session. For a hook, `open` opens the session and may read the table. */
  async #proven(method: ChangeMethod, open: () => Promise<CardTable | undefined>): Promise<TerminalChange> {
    const table = this.#requests.options.onChange && (await open());
    return { method, serial: this.secure?.serial ?? '', proven: true, table };
  }

  /** Opens a session if none is open. */
  async #proveSerial(): Promise<undefined> {
    await this.#requests.inside(Op.Read, Group.Session, SessionCommand.Status, sessionReplies.status);
  }

  /** The table, unless the terminal says inside a session that it has none. */
  async #tableIfAny(): Promise<CardTable | undefined> {
    try {
      return await this.list();
    } catch (error) {
      if (this.secure?.isOpen && error instanceof OctobindError && error.code === 'REFUSED') return undefined;
      throw error;
    }
  }

  /** The change is made, so a table that cannot be read any more is no failure of it. */
  async #tableAfter(): Promise<CardTable | undefined> {
    return this.list().catch(() => undefined);
  }

  #os<T>(command: OsCommand, shape: z.ZodType<T>, body?: Body): Promise<T> {
    return this.#requests.inClear(Op.Read, Group.Os, command, shape, body);
  }

  #card<T>(command: CardCommand, shape: z.ZodType<T>, body: Body, options?: RequestOptions): Promise<T> {
    return this.#requests.inside(Op.Write, Group.Card, command, shape, body, options);
  }
}
