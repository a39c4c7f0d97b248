import { describe, expect, it } from 'vitest';
import { MenuUser, KeySlot, Refusal, Register, SessionCommand, TamperStage } from '../../assembly/protocol.js';
import { LifeCycle } from '../../host/index.js';
import { exchangeInside, openSession, refusalOf } from '../support/exchange.js';
import { BIND, bound, session } from '../support/session.js';
import { type Bench, bootAgain, expectErased, inService, loadNewKey, NEW_KEY, register } from '../support/tampering.js';

/** The operations of a tampering in which none fails. The first one sets the latch. */
const operations = tamperedWhile(() => false).supply.operations;

function tamperedWhile(fails: (operation: number) => boolean): Bench {
  const bench = inService();
  bench.supply.arm(undefined);
  bench.supply.fails = fails;
  bench.terminal.tamper();
  return bench;
}

/** Expects that the terminal reports the tampering and refuses a session, whatever it has left. */
function expectRefusing({ terminal }: Bench): void {
  expect(session(terminal, SessionCommand.Status)).toMatchObject({ state: LifeCycle.Tampered, kcv: null });
  expect(refusalOf(() => session(terminal, SessionCommand.Open, { d: new Uint8Array(48) }))).toBe(Refusal.Tampered);
}

describe('a terminal that is tampered with while its key store fails', () => {
  it('erases everything, whichever operation fails once or twice', () => {
    expect(operations).toBeGreaterThan(30);
    for (let at = 0; at < operations; at++) {
      expectErased(tamperedWhile((operation) => operation === at));
      expectErased(tamperedWhile((operation) => operation === at || operation === at + 1));
    }
  });

  it('erases all that it can, stays latched, and erases the rest at a later start', () => {
    for (let from = 1; from < operations; from++) {
      const bench = tamperedWhile((operation) => operation >= from);
      expect(register(bench.keys, Register.Tamper)[0]).not.toBe(TamperStage.None);
      expectRefusing(bench);
      bootAgain(bench);
      expectRefusing(bench);
      bench.supply.fails = () => false;
      bootAgain(bench);
      expectErased(bench);
    }
  });

  it('erases all other secrets if one cannot be erased', () => {
    const rest = [KeySlot.Root, KeySlot.Master] as const;
    for (const kept of rest) {
      const bench = inService();
      const { keys } = bench;
      const erase = keys.erase.bind(keys);
      keys.erase = (slot) => (slot === (kept as number) ? -2 : erase(slot));
      bench.terminal.tamper();
      expect(rest.filter((slot) => keys.has(slot))).toEqual([kept]);
      expect(keys.hasPassword(MenuUser.Operator) || keys.hasPassword(MenuUser.Administrator)).toBe(false);
      expect(bench.nor.snapshot().every((byte) => byte === 0xff)).toBe(true);
      expect(register(keys, Register.Tamper)[0]).toBe(TamperStage.Latched);
      expectRefusing(bench);
      keys.erase = erase;
      bootAgain(bench);
      expectErased(bench);
    }
  });

  it('refuses everything until it is off, even if not even the latch can be set', () => {
    const bench = tamperedWhile(() => true);
    const { keys, terminal } = bench;
    expect(keys.has(KeySlot.Master)).toBe(true);
    expectRefusing(bench);
    expect(() => exchangeInside(terminal, openSession(terminal), BIND)).toThrow();
    terminal.tamper();
    expectRefusing(bench);
    bench.supply.fails = () => false;
    terminal.tamper();
    expectErased(bench);
  });

  it('accepts no new key before everything is erased, and keeps no old one beside it', () => {
    const bench = tamperedWhile((operation) => operation > 0);
    const { keys } = bench;
    const root = rootOf(bench);
    expect(refusalOf(() => loadNewKey(bench))).toBe(Refusal.Tampered);
    expect(keys.has(KeySlot.PartOne)).toBe(false);
    bench.supply.fails = () => false;
    loadNewKey(bench);
    expect(register(keys, Register.Tamper)[0]).toBe(TamperStage.None);
    expect(rootOf(bench)).not.toEqual(root);
    expect(keys.hasPassword(MenuUser.Operator)).toBe(false);
    expect(bound(bench.terminal, openSession(bench.terminal, NEW_KEY))).toBe(0);
  });

  it('stays tampered with, and reports it, if the latch cannot be cleared', () => {
    const bench = inService();
    bench.terminal.tamper();
    const { keys } = bench;
    const set = keys.setRegister.bind(keys);
    keys.setRegister = (id, value) => (id === (Register.Tamper as number) ? -2 : set(id, value));
    expect(refusalOf(() => loadNewKey(bench))).toBe(Refusal.Tampered);
    expectRefusing(bench);
    keys.setRegister = set;
    loadNewKey(bench);
    bootAgain(bench);
    expect(bound(bench.terminal, openSession(bench.terminal, NEW_KEY))).toBe(0);
  });
});

function rootOf({ keys }: Bench): Uint8Array | undefined {
  return keys.durable().keys.get(KeySlot.Root);
}
