import { expect } from 'vitest';
import {
  Group,
  HalError,
  KeySlot,
  Op,
  MenuUser,
  Register,
  SessionCommand,
  TamperStage,
} from '../../assembly/protocol.js';
import { EmulatedTerminal, KeyStore, Nor, PowerCut } from '../../host/emulator/index.js';
import { LifeCycle } from '../../host/index.js';
import { combine } from '../../host/crypto/key-derivation.js';
import { exchangeInside, openSession, packetOf } from './exchange.js';
import { key } from './keyed.js';
import { BIND, load, session, shown } from './session.js';

export const SERIAL = 'OB-TAMPER';
export const PASSWORDS = { operator: '482951', admin: '70418263' };
export const PARTS = [new Uint8Array(32).fill(0x21), new Uint8Array(32).fill(0x0c)] as const;
export const NEW_KEY = combine(...PARTS);
const KEY_SLOTS = 32;

/** A power cut in one operation on the key store or the flash, counted from 0 after `arm`. */
export interface Cut {
  readonly at: number;
  /** `half` leaves half of a sector erased; only an erase of the flash can be cut there. */
  readonly how: 'before' | 'half' | 'after';
}

/**
 * Counts the operations of a key store and a flash. It cuts the power, or lets the key store fail,
 * on order.
 */
export class Supply {
  operations = 0;
  cut: Cut | undefined;
  /** True for each operation on which the key store does nothing and returns an error. */
  fails: (operation: number) => boolean = () => false;

  arm(cut: Cut | undefined): void {
    this.operations = 0;
    this.cut = cut;
  }

  /** Passes an operation on the key store. */
  keep(operation: () => number): number {
    return this.pass(this.fails(this.operations) ? () => HalError.Device : operation);
  }

  pass<T>(operation: () => T, half?: () => void): T {
    const cut = this.cut?.at === this.operations++ ? this.cut.how : undefined;
    if (cut === 'before') throw new PowerCut();
    if (cut === 'half') {
      half?.();
      throw new PowerCut();
    }
    const result = operation();
    if (cut === 'after') throw new PowerCut();
    return result;
  }
}

/** A key store with a `Supply`. */
export class CutKeys extends KeyStore {
  supply = new Supply();

  override set(slot: KeySlot, bytes: Uint8Array): this {
    super.load(slot, bytes);
    return this;
  }
  override load(slot: number, bytes: Uint8Array): number {
    return this.supply.keep(() => super.load(slot, bytes));
  }
  override generate(slot: number): number {
    return this.supply.keep(() => super.generate(slot));
  }
  override combine(a: number, b: number, to: number): number {
    return this.supply.keep(() => super.combine(a, b, to));
  }
  override move(from: number, to: number): number {
    return this.supply.keep(() => super.move(from, to));
  }
  override erase(slot: number): number {
    return this.supply.keep(() => super.erase(slot));
  }
  override setRegister(id: number, value: Uint8Array): number {
    return this.supply.keep(() => super.setRegister(id, value));
  }
  override setPasswords(operator: Uint8Array, administrator: Uint8Array): number {
    return this.supply.keep(() => super.setPasswords(operator, administrator));
  }
}

class CutNor extends Nor {
  supply = new Supply();

  override erase(address: number): number {
    const half = (): void => {
      this.strike({ after: 0, tear: { kind: 'prefix', bytes: this.geometry.sectorBytes / 2 }, outcome: 'cut' });
      super.erase(address);
    };
    return this.supply.pass(() => super.erase(address), half);
  }
}

/** A terminal in service with a card, and its supply, which cuts nothing until it is armed. */
export function inService() {
  const supply = new Supply();
  const keys = new CutKeys({ passwordRounds: 1 })
    .set(KeySlot.Root, Buffer.alloc(32, 0x33))
    .set(KeySlot.Master, key(SERIAL));
  const nor = new CutNor({ sectorBytes: 4096, sectorCount: 4, programUnit: 1 });
  const terminal = new EmulatedTerminal({ serial: SERIAL, keys, nor });
  terminal.powerOn();
  const within = openSession(terminal);
  exchangeInside(terminal, within, packetOf(Op.Write, Group.Session, SessionCommand.Passwords, PASSWORDS));
  exchangeInside(terminal, within, BIND);
  keys.supply = nor.supply = supply;
  return { supply, keys, nor, terminal };
}

export type Bench = ReturnType<typeof inService>;

/** Expects that a terminal has erased all that it held, and that its status says so. */
export function expectErased({ keys, nor, terminal }: Bench): void {
  expect(terminal.isOn).toBe(true);
  const registers = Object.values(Register).filter(
    (id) => typeof id === 'number' && id !== Register.Tamper,
  ) as Register[];
  expect(Array.from({ length: KEY_SLOTS }, (_, slot) => keys.has(slot))).toEqual(Array(KEY_SLOTS).fill(false));
  expect([MenuUser.Operator, MenuUser.Administrator].map((who) => keys.hasPassword(who))).toEqual([false, false]);
  expect(registers.map((id) => register(keys, id))).toEqual(registers.map(() => new Uint8Array(32)));
  expect(register(keys, Register.Tamper)[0]).toBe(TamperStage.Erased);
  expect(nor.snapshot().every((byte) => byte === 0xff)).toBe(true);
  expect(session(terminal, SessionCommand.Status)).toEqual({
    state: LifeCycle.Tampered,
    serial: SERIAL,
    kcv: null,
    wait: 0,
    text: 'contact the bank',
  });
}

export function register(keys: KeyStore, id: Register): Uint8Array {
  const value = new Uint8Array(32);
  expect(keys.register(id, value)).toBe(0);
  return value;
}

/** Restores the power, and the battery of the tamper sensor, and boots the terminal. */
export function bootAgain({ supply, terminal }: Bench): void {
  supply.arm(undefined);
  terminal.powerOff();
  terminal.powerOn();
}

/** Loads another key into the terminal, in two components. */
export function loadNewKey({ terminal }: Bench): void {
  load(terminal, ...PARTS);
  session(terminal, SessionCommand.Commit, { kcv: shown(NEW_KEY) });
}
