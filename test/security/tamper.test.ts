import { describe, expect, it } from 'vitest';
import {
  CardCommand,
  Group,
  KeySlot,
  OsCommand,
  Op,
  Person,
  Rc,
  Refusal,
  Register,
  SessionCommand,
  Size,
  StatCommand,
  TamperStage,
} from '../../assembly/protocol.js';
import { EmulatedTerminal, KeyStore, Nor, PowerCut } from '../../host/emulator/index.js';
import { Life } from '../../host/index.js';
import { combine } from '../../host/keys.js';
import type { Body } from '../../host/smp/packet.js';
import { exchange, exchangeInClear, exchangeInside, openSession, packetOf, refusalOf } from '../support/exchange.js';
import { key } from '../support/keyed.js';
import { Needles } from '../support/needles.js';
import { BIND, bound, load, session, shown } from '../support/session.js';

const SERIAL = 'OB-TAMPER';
const PASSWORDS = { operator: 'open sesame 1', admin: 'Open Sesame 22' };
const PARTS = [new Uint8Array(32).fill(0x21), new Uint8Array(32).fill(0x0c)] as const;
const NEW_KEY = combine(...PARTS);
const KEY_SLOTS = 32;

/** Where the power goes: at an operation on the key store or the flash, counted from when it was armed. */
interface Cut {
  readonly at: number;
  /** At an erase of the flash, half of the sector may be erased. */
  readonly how: 'before' | 'half' | 'after';
}

/** What keys and flash are to go through, with a power that goes when it is told to. */
class Supply {
  operations = 0;
  cut: Cut | undefined;

  arm(cut: Cut | undefined): void {
    this.operations = 0;
    this.cut = cut;
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

class CutKeys extends KeyStore {
  supply = new Supply();

  override set(slot: KeySlot, bytes: Uint8Array): this {
    super.load(slot, bytes);
    return this;
  }
  override load(slot: number, bytes: Uint8Array): number {
    return this.supply.pass(() => super.load(slot, bytes));
  }
  override generate(slot: number): number {
    return this.supply.pass(() => super.generate(slot));
  }
  override combine(a: number, b: number, to: number): number {
    return this.supply.pass(() => super.combine(a, b, to));
  }
  override move(from: number, to: number): number {
    return this.supply.pass(() => super.move(from, to));
  }
  override erase(slot: number): number {
    return this.supply.pass(() => super.erase(slot));
  }
  override setRegister(id: number, value: Uint8Array): number {
    return this.supply.pass(() => super.setRegister(id, value));
  }
  override setPassword(who: number, password: Uint8Array): number {
    return this.supply.pass(() => super.setPassword(who, password));
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

/** A terminal in service with cards, and a supply that is whole until it is armed. */
function inService() {
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

type Bench = ReturnType<typeof inService>;

/** Everything that a terminal has is gone, and it says that. */
function expectErased({ keys, nor, terminal }: Bench): void {
  expect(terminal.isOn).toBe(true);
  const registers = [Register.Anchor, Register.SessionTries, Register.OperatorTries, Register.AdministratorTries];
  expect(Array.from({ length: KEY_SLOTS }, (_, slot) => keys.has(slot))).toEqual(Array(KEY_SLOTS).fill(false));
  expect([Person.Operator, Person.Administrator].map((who) => keys.hasPassword(who))).toEqual([false, false]);
  expect(registers.map((id) => register(keys, id))).toEqual(registers.map(() => new Uint8Array(32)));
  expect(register(keys, Register.Tamper)[0]).toBe(TamperStage.Erased);
  expect(nor.snapshot().every((byte) => byte === 0xff)).toBe(true);
  expect(session(terminal, SessionCommand.Status)).toEqual({
    state: Life.Tampered,
    serial: SERIAL,
    kcv: null,
    wait: 0,
    text: 'contact the bank',
  });
}

function register(keys: KeyStore, id: Register): Uint8Array {
  const value = new Uint8Array(32);
  expect(keys.register(id, value)).toBe(0);
  return value;
}

/** Power, and the battery that a tamper sensor runs on, are there again. */
function bootAgain({ supply, terminal }: Bench): void {
  supply.arm(undefined);
  terminal.powerOff();
  terminal.powerOn();
}

/** How many operations something takes where nothing is cut. */
function count(what: (bench: Bench) => void, prepare: (bench: Bench) => void = () => undefined): number {
  const bench = inService();
  prepare(bench);
  bench.supply.arm(undefined);
  what(bench);
  return bench.supply.operations;
}

function* cuts(operations: number): Generator<Cut> {
  for (let at = 0; at < operations; at++) for (const how of ['before', 'half', 'after'] as const) yield { at, how };
}

const tamper = ({ terminal }: Bench): void => terminal.tamper();

describe('a terminal that is tampered with', () => {
  it('latches first, then erases keys, passwords and registers, then the flash', () => {
    const bench = inService();
    const { keys, nor, supply, terminal } = bench;
    const done: string[] = [];
    const pass = supply.pass.bind(supply);
    supply.pass = (operation, half) => {
      const state = [keys.has(KeySlot.Master), keys.has(KeySlot.Root), keys.hasPassword(Person.Operator)];
      const written = nor.snapshot().some((byte) => byte !== 0xff);
      done.push([register(keys, Register.Tamper)[0], state.some(Boolean), written].join());
      return pass(operation, half);
    };
    terminal.tamper();
    expect([...new Set(done)]).toEqual(['0,true,true', '1,true,true', '1,false,true', '1,false,false']);
    expect(done.filter((state) => state.startsWith('0'))).toHaveLength(1);
    expectErased(bench);
  });

  it('is erased in the end, wherever the power was cut on the way', () => {
    const operations = count(tamper);
    expect(operations).toBeGreaterThan(30);
    for (const cut of cuts(operations)) {
      const bench = inService();
      bench.supply.arm(cut);
      bench.terminal.tamper();
      expect(bench.terminal.isOn).toBe(false);
      bootAgain(bench);
      if (cut.at > 0 || cut.how === 'after') expectErased(bench);
      // The sensor never got to say anything: it does once there is power.
      else expect(session(bench.terminal, SessionCommand.Status)).toMatchObject({ state: Life.InService });
    }
  });

  it('is erased in the end, wherever the power was cut once more while it went on', () => {
    const latched = ({ supply, terminal }: Bench): void => {
      supply.arm({ at: 0, how: 'after' });
      terminal.tamper();
    };
    const operations = count(({ terminal }) => terminal.powerOn(), latched);
    for (const cut of cuts(operations)) {
      const bench = inService();
      latched(bench);
      bench.supply.arm(cut);
      bench.terminal.powerOn();
      expect(bench.terminal.isOn).toBe(false);
      bootAgain(bench);
      expectErased(bench);
    }
  });

  it('is erased where it is off, by its battery', () => {
    const bench = inService();
    bench.terminal.powerOff();
    bench.terminal.tamper();
    expect(bench.terminal.isOn).toBe(false);
    bench.terminal.powerOn();
    expectErased(bench);
  });

  it('is erased as well when that happens again', () => {
    const bench = inService();
    bench.terminal.tamper();
    bench.terminal.tamper();
    expectErased(bench);
    bootAgain(bench);
    expectErased(bench);
  });

  it('erases the rest where a sector takes no erase any more', () => {
    const bench = inService();
    const sealed = bench.nor.snapshot().subarray(0, 4096);
    bench.nor.worn.add(0);
    bench.terminal.tamper();
    expect(bench.nor.snapshot().subarray(0, 4096)).toEqual(sealed);
    bench.nor.load(new Uint8Array(bench.nor.bytes).fill(0xff));
    expectErased(bench);
  });

  it('holds nothing in its memory either, and its session is over', () => {
    const { nor, terminal } = inService();
    const within = openSession(terminal);
    expect(bound(terminal, within)).toBe(1);
    // The first slot as it is sealed: behind the header and a tag.
    const sealed = Buffer.from(nor.snapshot().subarray(37, 37 + Size.Sealed));
    const inMemory = (): boolean => Buffer.from(terminal.memory).includes(sealed);
    expect(inMemory()).toBe(true);
    terminal.tamper();
    const needles = new Needles().addNumber('4242424242424242').addText('the name', 'ZHANG SAN');
    expect(needles.in('memory', terminal.memory)).toEqual([]);
    expect(inMemory()).toBe(false);
    expect(refusalOf(() => exchangeInside(terminal, within, BIND))).toBe(Refusal.SessionMissing);
  });

  it('answers its status, and nothing else', () => {
    const { terminal } = inService();
    terminal.tamper();
    const rc = (op: Op.Read | Op.Write, group: number, command: number): unknown => {
      try {
        return exchangeInClear(terminal, packetOf(op, group, command));
      } catch (error) {
        return JSON.parse((error as Error).message) as Body;
      }
    };
    const tampered = (group: Group): Body => ({ err: { group, rc: Refusal.Tampered } });
    for (const op of [Op.Read, Op.Write] as const) {
      for (const command of Array(16).keys()) {
        expect(rc(op, Group.Os, command)).toEqual({ rc: Rc.BadState });
        expect(rc(op, Group.Stat, command)).toEqual({ rc: Rc.BadState });
        expect(rc(op, Group.Card, command)).toMatchObject(tampered(Group.Card));
      }
    }
    expect(() => exchange(terminal, Op.Write, Group.Os, OsCommand.Echo, { d: 'x' })).toThrow();
    expect(() => exchange(terminal, Op.Read, Group.Stat, StatCommand.Show, { name: 'link' })).toThrow();
    expect(refusalOf(() => session(terminal, SessionCommand.Open, { d: new Uint8Array(48) }))).toBe(Refusal.Tampered);
    for (const command of [SessionCommand.Close, SessionCommand.Passwords, SessionCommand.Unlock]) {
      expect(refusalOf(() => session(terminal, command))).toBe(Refusal.Tampered);
    }
  });
});

describe('a terminal that was tampered with', () => {
  function tampered(): Bench {
    const bench = inService();
    bench.terminal.tamper();
    return bench;
  }

  function loadNewKey({ terminal }: Bench): void {
    load(terminal, ...PARTS);
    session(terminal, SessionCommand.Commit, { kcv: shown(NEW_KEY) });
  }

  it('works again once it has a new key, with an empty table', () => {
    const bench = tampered();
    loadNewKey(bench);
    const { keys, terminal } = bench;
    expect(session(terminal, SessionCommand.Status)).toMatchObject({ state: Life.Keyed, kcv: shown(NEW_KEY) });
    const within = openSession(terminal, NEW_KEY);
    expect(bound(terminal, within)).toBe(0);
    exchangeInside(terminal, within, BIND);
    bootAgain(bench);
    expect(bound(terminal, openSession(terminal, NEW_KEY))).toBe(1);
    expect(register(keys, Register.Tamper)[0]).toBe(TamperStage.None);
    expect(exchange(terminal, Op.Write, Group.Os, OsCommand.Echo, { d: 'x' })).toEqual({ r: 'x' });
  });

  it('has another device root key then: what was sealed under the old one is never opened again', () => {
    const bench = inService();
    const image = bench.nor.snapshot();
    const anchor = register(bench.keys, Register.Anchor);
    bench.terminal.tamper();
    loadNewKey(bench);
    bench.terminal.powerOff();
    bench.nor.load(image);
    bench.keys.setRegister(Register.Anchor, anchor);
    bench.terminal.powerOn();
    const list = packetOf(Op.Read, Group.Card, CardCommand.List);
    const { slots } = exchangeInside(bench.terminal, openSession(bench.terminal, NEW_KEY), list);
    expect(slots).toEqual([false, ...Array<null>(7).fill(null)]);
  });

  it('is erased still or has the new key, wherever the power was cut while that was loaded, and takes it then', () => {
    const operations = count(loadNewKey, tamper);
    expect(operations).toBeGreaterThan(4);
    for (const cut of cuts(operations)) {
      const bench = tampered();
      bench.supply.arm(cut);
      // What the cut leaves unanswered is not answered.
      expect(() => loadNewKey(bench)).toThrow('no answer');
      bootAgain(bench);
      const { state } = session(bench.terminal, SessionCommand.Status);
      if (state === Life.Tampered) loadNewKey(bench);
      expect(bound(bench.terminal, openSession(bench.terminal, NEW_KEY))).toBe(0);
    }
  });
});
