import { describe, expect, it } from 'vitest';
import {
  CardCommand,
  Group,
  KeySlot,
  OsCommand,
  Op,
  MenuUser,
  Rc,
  Refusal,
  Register,
  SessionCommand,
  Size,
  StatCommand,
  TamperStage,
} from '../../assembly/protocol.js';
import { LifeCycle } from '../../host/index.js';
import type { Body } from '../../host/smp/packet.js';
import { exchange, exchangeInClear, exchangeInside, openSession, packetOf, refusalOf } from '../support/exchange.js';
import { Needles } from '../support/needles.js';
import { BIND, bound, session, shown } from '../support/session.js';
import {
  type Bench,
  bootAgain,
  type Cut,
  expectErased,
  inService,
  loadNewKey,
  NEW_KEY,
  register,
} from '../support/tampering.js';

/** Counts the operations of an action during which no power is cut. */
function count(action: (bench: Bench) => void, prepare: (bench: Bench) => void = () => undefined): number {
  const bench = inService();
  prepare(bench);
  bench.supply.arm(undefined);
  action(bench);
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
      const state = [keys.has(KeySlot.Master), keys.has(KeySlot.Root), keys.hasPassword(MenuUser.Operator)];
      const written = nor.snapshot().some((byte) => byte !== 0xff);
      done.push([register(keys, Register.Tamper)[0], state.some(Boolean), written].join());
      return pass(operation, half);
    };
    terminal.tamper();
    expect([...new Set(done)]).toEqual(['0,true,true', '1,true,true', '1,false,true', '1,false,false']);
    expect(done.filter((state) => state.startsWith('0'))).toHaveLength(1);
    expectErased(bench);
  });

  it('is erased in the end, wherever the power was cut', () => {
    const operations = count(tamper);
    expect(operations).toBeGreaterThan(30);
    for (const cut of cuts(operations)) {
      const bench = inService();
      bench.supply.arm(cut);
      bench.terminal.tamper();
      expect(bench.terminal.isOn).toBe(false);
      bootAgain(bench);
      if (cut.at > 0 || cut.how === 'after') expectErased(bench);
      // Before the latch, the firmware remembers nothing. A sensor reports again once there is
      // power.
      else expect(session(bench.terminal, SessionCommand.Status)).toMatchObject({ state: LifeCycle.InService });
    }
  });

  it('is erased in the end, wherever the power was cut again during the boot that goes on with it', () => {
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

  it('is erased while its power is off, on its battery', () => {
    const bench = inService();
    bench.terminal.powerOff();
    bench.terminal.tamper();
    expect(bench.terminal.isOn).toBe(false);
    bench.terminal.powerOn();
    expectErased(bench);
  });

  it('stays erased if it is tampered with again', () => {
    const bench = inService();
    bench.terminal.tamper();
    bench.terminal.tamper();
    expectErased(bench);
    bootAgain(bench);
    expectErased(bench);
  });

  it('erases the other sectors if one is worn out', () => {
    const bench = inService();
    const sealed = bench.nor.snapshot().subarray(0, 4096);
    bench.nor.worn.add(0);
    bench.terminal.tamper();
    expect(bench.nor.snapshot().subarray(0, 4096)).toEqual(sealed);
    bench.nor.load(new Uint8Array(bench.nor.bytes).fill(0xff));
    expectErased(bench);
  });

  it('wipes its memory and ends its session', () => {
    const { nor, terminal } = inService();
    const within = openSession(terminal);
    expect(bound(terminal, within)).toBe(1);
    // The first sealed slot lies behind the header and a tag.
    const sealed = Buffer.from(nor.snapshot().subarray(37, 37 + Size.Sealed));
    const inMemory = (): boolean => Buffer.from(terminal.memory).includes(sealed);
    expect(inMemory()).toBe(true);
    terminal.tamper();
    const needles = new Needles().addNumber('4242424242424242').addText('the name', 'ZHANG SAN');
    expect(needles.in('memory', terminal.memory)).toEqual([]);
    expect(inMemory()).toBe(false);
    expect(refusalOf(() => exchangeInside(terminal, within, BIND))).toBe(Refusal.SessionMissing);
  });

  it('reports its status, and refuses everything else', () => {
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
        expect(rc(op, Group.Enumeration, command)).toEqual({ rc: Rc.BadState });
        expect(rc(op, Group.Card, command)).toMatchObject(tampered(Group.Card));
      }
    }
    expect(() => exchange(terminal, Op.Write, Group.Os, OsCommand.Echo, { d: 'x' })).toThrow();
    expect(() => exchange(terminal, Op.Read, Group.Stat, StatCommand.Show, { name: 'link' })).toThrow();
    expect(refusalOf(() => session(terminal, SessionCommand.Open, { d: new Uint8Array(48) }))).toBe(Refusal.Tampered);
    for (const command of [SessionCommand.SelfTest, SessionCommand.About]) {
      expect(rc(Op.Read, Group.Session, command)).toMatchObject(tampered(Group.Session));
    }
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

  it('works again once it has a new key, with an empty table', () => {
    const bench = tampered();
    loadNewKey(bench);
    const { keys, terminal } = bench;
    expect(session(terminal, SessionCommand.Status)).toMatchObject({ state: LifeCycle.Keyed, kcv: shown(NEW_KEY) });
    const within = openSession(terminal, NEW_KEY);
    expect(bound(terminal, within)).toBe(0);
    exchangeInside(terminal, within, BIND);
    bootAgain(bench);
    expect(bound(terminal, openSession(terminal, NEW_KEY))).toBe(1);
    expect(register(keys, Register.Tamper)[0]).toBe(TamperStage.None);
    expect(exchange(terminal, Op.Write, Group.Os, OsCommand.Echo, { d: 'x' })).toEqual({ r: 'x' });
  });

  it('gets another device root key, so that nothing sealed under the old one can be opened', () => {
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

  it('is still erased or has the new key, wherever the power was cut during the loading', () => {
    const operations = count(loadNewKey, tamper);
    expect(operations).toBeGreaterThan(4);
    for (const cut of cuts(operations)) {
      const bench = tampered();
      bench.supply.arm(cut);
      // The power cut takes the reply away.
      expect(() => loadNewKey(bench)).toThrow('no answer');
      bootAgain(bench);
      const { state } = session(bench.terminal, SessionCommand.Status);
      if (state === LifeCycle.Tampered) loadNewKey(bench);
      expect(bound(bench.terminal, openSession(bench.terminal, NEW_KEY))).toBe(0);
    }
  });
});
