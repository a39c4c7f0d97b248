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

/** A card as it would stand in a slot. */
export interface KnownCard {
  readonly label: string;
  readonly role: Role;
  readonly record: Uint8Array;
}

/** What a slot was proven to hold. `card` is absent where it is none of the known ones. */
export type SlotProof = 'empty' | 'damaged' | { readonly pan: string; readonly role: Role; readonly card?: KnownCard };

/** What one terminal was proven to hold. */
export interface TerminalProof {
  readonly serial: string;
  readonly generation: number;
  readonly table: CardTable;
  /** Eight, the first one is slot 1. */
  readonly slots: readonly SlotProof[];
}

/**
 * What a terminal answers to `verify` for a slot that holds `record`: docs/PROTOCOL.md, "Group 66".
 * `slot` is 1 to 8; `key` 32 bytes, diversified for this serial number.
 */
export function recordMac(
  key: Uint8Array,
  serial: string,
  nonce: Uint8Array,
  slot: number,
  record: Uint8Array,
): Uint8Array {
  const message = concat(
    latin1('octobind verify 1'),
    lengthAnd(latin1(serial)),
    lengthAnd(nonce),
    Uint8Array.of(slot),
    record,
  );
  const mac = systemCrypto.hmac(key, message);
  // It has a whole card number in it.
  message.fill(0);
  return mac.subarray(0, Size.Mac);
}

function lengthAnd(bytes: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(bytes.length), bytes);
}

/** Every card of a file in each role; cards that the firmware refuses can be in no slot. */
export function knownCards(cards: CardFile, judge: CardJudge): KnownCard[] {
  return [...cards].flatMap(([label, card]) =>
    [Role.Payment, Role.Settlement].flatMap((role) => {
      const record = judge.record({ ...card, role });
      return typeof record === 'number' ? [] : [{ label, role, record }];
    }),
  );
}

const READS = 3;

/**
 * Reads a terminal's table and has it prove each slot over a fresh nonce. Codes: `REFUSED`, those of the link, `UNPROVEN`
 * if the terminal's anchor does not vouch for the table, and `TERMINAL_FAILED` when the table changed during every try.
 */
export async function proveTerminal(
  terminal: Terminal,
  master: Uint8Array,
  known: readonly KnownCard[],
): Promise<TerminalProof> {
  for (let tries = 0; tries < READS; tries++) {
    const table = await terminal.list();
    // Not the one that is told in clear: a proof of nothing at all, of an empty table, would pass under any name.
    const serial = terminal.secure?.serial ?? '';
    const key = verifyKey(terminalKey(master, serial));
    const nonce = systemCrypto.randomBytes(Size.NonceMax);
    const { generation, macs } = await terminal.verify(nonce);
    // Firmware refuses `verify` in these states. One that does not proves nothing by it.
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
    return { serial, generation, table, slots };
  }
  throw new OctobindError(
    'TERMINAL_FAILED',
    `The table of ${terminal.secure?.serial ?? 'the terminal'} changed while it was being read, ${READS} times. Let the other program finish and try again.`,
  );
}

function unproven(serial: string, state: FlashState): OctobindError {
  return new OctobindError(
    'UNPROVEN',
    `The table of ${serial} proves nothing: its flash is in state ${state} (${FlashState[state]}), in which an older table may be listed. Update its firmware, and have the terminal looked at.`,
  );
}
