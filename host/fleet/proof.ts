import { systemCrypto } from '#crypto';
import { FlashState, Role, Size } from '../../assembly/protocol.js';
import { concat, latin1 } from '../bytes.js';
import { terminalKey, verifyKey } from '../crypto/key-derivation.js';
import { OctobindError } from '../error.js';
import type { CardJudge } from '../cards/card-judge.js';
import { isVouched } from '../terminal/flash-state.js';
import type { CardTable } from '../terminal/card-table.js';
import type { Terminal } from '../terminal/terminal.js';
import type { CardFile } from './card-file.js';

/** A card in a role, with the record that a slot would store of it. */
export interface KnownCard {
  readonly label: string;
  readonly role: Role;
  readonly record: Uint8Array;
}

/** What a slot was proven to hold. `card` is absent if it is not a known card. */
export type SlotProof = 'empty' | 'damaged' | { readonly pan: string; readonly role: Role; readonly card?: KnownCard };

/** What one terminal was proven to hold. */
export interface TerminalProof {
  readonly serial: string;
  readonly generation: number;
  readonly table: CardTable;
  /** Eight, the first of which is slot 1. */
  readonly slots: readonly SlotProof[];
  /** Whether it holds the policy that was expected. Absent if none was. */
  readonly policy?: boolean;
}

/**
 * The MAC, 16 bytes, that a terminal returns from `verify` if `slot`, 1 to 8, holds `record`:
 * docs/PROTOCOL.md, "Group 66". `key` is the terminal's verify key, 32 bytes.
 */
export function recordMac(
  key: Uint8Array,
  serial: string,
  nonce: Uint8Array,
  slot: number,
  record: Uint8Array,
): Uint8Array {
  return macOf(key, serial, nonce, slot, record);
}

/**
 * The same if the terminal holds this policy, at this generation. `content` is what
 * `CardJudge.policy` returns.
 */
export function policyMac(
  key: Uint8Array,
  serial: string,
  nonce: Uint8Array,
  generation: number,
  content: Uint8Array,
): Uint8Array {
  const counted = new DataView(new ArrayBuffer(4));
  counted.setUint32(0, generation, true);
  return macOf(key, serial, nonce, 0, concat(new Uint8Array(counted.buffer), content));
}

function macOf(key: Uint8Array, serial: string, nonce: Uint8Array, slot: number, record: Uint8Array): Uint8Array {
  const message = concat(
    latin1('octobind verify 1'),
    lengthAnd(latin1(serial)),
    lengthAnd(nonce),
    Uint8Array.of(slot),
    record,
  );
  const mac = systemCrypto.hmac(key, message);
  // The message contains a full card number.
  message.fill(0);
  return mac.subarray(0, Size.Mac);
}

function lengthAnd(bytes: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(bytes.length), bytes);
}

/**
 * Every card of a file, in each role. Cards that the firmware refuses are left out: no slot can
 * hold them.
 */
export function knownCards(cards: CardFile, judge: CardJudge): KnownCard[] {
  return [...cards].flatMap(([label, card]) =>
    [Role.Payment, Role.Settlement].flatMap((role) => {
      // Whether a wrong check digit is allowed is for the terminal's policy to say.
      const record = judge.record({ ...card, role, warns: true });
      return typeof record === 'number' ? [] : [{ label, role, record }];
    }),
  );
}

/** How often the table is read if it keeps changing. */
const READS = 3;

/**
 * Reads a terminal's table, and makes the terminal prove each slot over a fresh nonce, and its
 * policy if `policy` is what it should hold: the content that `CardJudge.policy` returns. Codes:
 * `UNPROVEN` if the terminal's anchor does not vouch for the table, `TERMINAL_FAILED` if the table
 * changed during every try, and those of `Terminal`.
 */
export async function proveTerminal(
  terminal: Terminal,
  master: Uint8Array,
  known: readonly KnownCard[],
  policy?: Uint8Array,
): Promise<TerminalProof> {
  for (let tries = 0; tries < READS; tries++) {
    const table = await terminal.list();
    // Take the serial number that the session has proven, not one that was said in clear. The
    // proof of an empty table has no MAC, so it would be good under any name.
    const serial = terminal.secure?.serial ?? '';
    const key = verifyKey(terminalKey(master, serial));
    const nonce = systemCrypto.randomBytes(Size.NonceMax);
    const { generation, macs, policy: held } = await terminal.verify(nonce);
    // Good firmware refuses `verify` in such a state. If it does not, its MACs prove nothing.
    if (!isVouched(table.state)) throw unproven(serial, table.state);
    if (generation !== table.generation) continue;
    const slots = table.slots.map((view, index): SlotProof => {
      const mac = macs[index] ?? null;
      if (view === null && mac === null) return 'empty';
      if (view === null || view === 'damaged' || mac === null) return 'damaged';
      const card = known.find(
        ({ role, record }) =>
          role === view.role && systemCrypto.timingSafeEqual(recordMac(key, serial, nonce, index + 1, record), mac),
      );
      return { pan: view.pan, role: view.role, ...(card && { card }) };
    });
    if (policy === undefined) return { serial, generation, table, slots };
    const holds =
      held !== undefined &&
      held.mac !== null &&
      systemCrypto.timingSafeEqual(policyMac(key, serial, nonce, held.generation, policy), held.mac);
    return { serial, generation, table, slots, policy: holds };
  }
  throw new OctobindError(
    'TERMINAL_FAILED',
    `The table of ${terminal.secure?.serial ?? 'the terminal'} changed during each of ${READS} reads. Wait until the other program has finished, then try again.`,
  );
}

function unproven(serial: string, state: FlashState): OctobindError {
  return new OctobindError(
    'UNPROVEN',
    `The table of ${serial} is not proven: its flash is in state ${state} (${FlashState[state]}), in which the list may show an older table. Update the firmware, and have the terminal inspected.`,
  );
}
