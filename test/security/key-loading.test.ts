import { describe, expect, it } from 'vitest';
import { Group, KeySlot, OsCommand, Op, Refusal, SessionCommand } from '../../assembly/protocol.js';
import { EmulatedTerminal, KeyStore } from '../../host/emulator/index.js';
import { LifeCycle } from '../../host/index.js';
import { combine } from '../../host/crypto/key-derivation.js';
import { exchange, exchangeInClear, exchangeInside, openSession, packetOf, refusalOf } from '../support/exchange.js';
import type { Body } from '../../host/smp/packet.js';
import { key } from '../support/keyed.js';
import {
  BIND,
  bound,
  counters,
  ended,
  handshakeWith,
  LIST,
  load,
  open,
  opening,
  OTHER,
  say,
  session,
  setUp,
  shown,
  wrongOpening,
} from '../support/session.js';

describe('a virgin terminal', () => {
  const ONE = new Uint8Array(32).fill(0x11);
  const TWO = new Uint8Array(32).fill(0x2e);

  function virgin(): EmulatedTerminal {
    const terminal = new EmulatedTerminal({ serial: 'OB-VIRGIN', keys: new KeyStore({ passwordRounds: 10 }) });
    terminal.powerOn();
    return terminal;
  }

  it('replies to os, stat and status, and refuses every command of group 66', () => {
    const terminal = virgin();
    expect(exchange(terminal, Op.Write, Group.Os, OsCommand.Echo, { d: 'x' })).toEqual({ r: 'x' });
    expect(counters(terminal)).toMatchObject({ opened: 0 });
    expect(session(terminal, SessionCommand.Status)).toMatchObject({ state: LifeCycle.Virgin, kcv: null });
    for (const command of Array(256).keys()) {
      for (const op of [Op.Read, Op.Write] as const) {
        expect(refusalOf(() => exchangeInClear(terminal, packetOf(op, Group.Card, command)))).toBe(Refusal.KeyMissing);
      }
    }
    expect(refusalOf(() => open(terminal, wrongOpening(terminal)))).toBe(Refusal.KeyMissing);
    for (const command of [SessionCommand.Close, SessionCommand.Passwords, SessionCommand.Unlock]) {
      expect(refusalOf(() => session(terminal, command))).toBe(Refusal.KeyMissing);
    }
  });

  it('accepts a key in two components, and shows the check value of each', () => {
    const terminal = virgin();
    expect(load(terminal, ONE, TWO)).toEqual([shown(ONE), shown(TWO)]);
    const tmk = combine(ONE, TWO);
    expect(session(terminal, SessionCommand.Commit, { kcv: shown(tmk) })).toEqual({ kcv: shown(tmk) });
    expect(session(terminal, SessionCommand.Status)).toMatchObject({ state: LifeCycle.Keyed, kcv: shown(tmk) });
    expect(bound(terminal, openSession(terminal, tmk))).toBe(0);
  });

  it('refuses to commit one component alone, or two under another check value', () => {
    const terminal = virgin();
    const commit = (of: Uint8Array) => refusalOf(() => session(terminal, SessionCommand.Commit, { kcv: shown(of) }));
    expect(commit(ONE)).toBe(Refusal.PartMissing);
    load(terminal, ONE);
    expect(commit(ONE)).toBe(Refusal.PartMissing);
    load(terminal, ONE, TWO);
    expect(commit(ONE)).toBe(Refusal.CheckValueDiffers);
    // The refusal dropped both components.
    expect(commit(combine(ONE, TWO))).toBe(Refusal.PartMissing);
    load(terminal, ONE, TWO);
    terminal.powerOff();
    terminal.powerOn();
    expect(commit(combine(ONE, TWO))).toBe(Refusal.PartMissing);
    expect(session(terminal, SessionCommand.Status)).toMatchObject({ state: LifeCycle.Virgin });
  });
});

describe('a key that one person alone would know', () => {
  const ZEROS = new Uint8Array(32);
  const ONE = new Uint8Array(32).fill(0x11);
  const TWO = new Uint8Array(32).fill(0x2e);
  const ONES_BUT_LAST = ONE.with(31, 0x12);

  type Ask = (command: SessionCommand, body: Body) => Body;
  interface Loading {
    readonly terminal: EmulatedTerminal;
    readonly ask: Ask;
    /** The key that the terminal has before the loading. */
    readonly before: Uint8Array | undefined;
  }

  function inClear(): Loading {
    const terminal = new EmulatedTerminal({ serial: 'OB-VIRGIN', keys: new KeyStore() });
    terminal.powerOn();
    return { terminal, ask: (command, body) => session(terminal, command, body), before: undefined };
  }
  function inSession(): Loading {
    const { terminal } = setUp();
    const under = openSession(terminal);
    const ask: Ask = (command, body) =>
      exchangeInside(terminal, under, packetOf(Op.Write, Group.Session, command, body));
    return { terminal, ask, before: key(terminal.serial) };
  }
  const part = ({ ask }: Loading, number: number, of: Uint8Array): Refusal | undefined =>
    refusalOf(() => ask(SessionCommand.LoadPart, { part: number, key: of }));
  const commit = ({ ask }: Loading, of: Uint8Array): Refusal | undefined =>
    refusalOf(() => ask(SessionCommand.Commit, { kcv: shown(of) }));
  const held = ({ terminal }: Loading): unknown => session(terminal, SessionCommand.Status)['kcv'];
  const expectKept = (loading: Loading): void =>
    expect(held(loading)).toEqual(loading.before ? shown(loading.before) : null);

  describe.each([
    ['in clear', inClear],
    ['inside a session', inSession],
  ])('%s', (_where, make) => {
    it.each([1, 2])('cannot be made with zeros as component %i, which leave a loaded component there', (number) => {
      const loading = make();
      expect(part(loading, number, ZEROS)).toBe(Refusal.KeyWeak);
      expect(part(loading, 3 - number, TWO)).toBe(Refusal.None);
      expect(commit(loading, TWO)).toBe(Refusal.PartMissing);
      expect(part(loading, number, ONE)).toBe(Refusal.None);
      expect(part(loading, number, ZEROS)).toBe(Refusal.KeyWeak);
      expectKept(loading);
      expect(commit(loading, combine(ONE, TWO))).toBe(Refusal.None);
      expect(held(loading)).toEqual(shown(combine(ONE, TWO)));
    });

    it('cannot be made with the same component twice, and both are dropped', () => {
      const loading = make();
      for (const number of [1, 2]) expect(part(loading, number, ONE)).toBe(Refusal.None);
      expect(commit(loading, ZEROS)).toBe(Refusal.KeyWeak);
      expect(commit(loading, ZEROS)).toBe(Refusal.PartMissing);
      for (const slot of [KeySlot.PartOne, KeySlot.PartTwo, KeySlot.Candidate]) {
        expect([slot, loading.terminal.keys.has(slot)]).toEqual([slot, false]);
      }
      expectKept(loading);
      // Another check value is refused for the same reason.
      for (const number of [1, 2]) expect(part(loading, number, ONE)).toBe(Refusal.None);
      expect(commit(loading, TWO)).toBe(Refusal.KeyWeak);
      expectKept(loading);
    });

    it('is not suspected if two components differ in their last byte only', () => {
      const loading = make();
      expect(part(loading, 1, ONE)).toBe(Refusal.None);
      expect(part(loading, 2, ONES_BUT_LAST)).toBe(Refusal.None);
      expect(commit(loading, combine(ONE, ONES_BUT_LAST))).toBe(Refusal.None);
    });
  });
});

describe('a terminal with a live key', () => {
  it('refuses another key in clear', () => {
    const { terminal } = setUp();
    for (const part of [1, 2]) {
      const body = { part, key: new Uint8Array(32).fill(part) };
      expect(refusalOf(() => session(terminal, SessionCommand.LoadPart, body))).toBe(Refusal.KeyLive);
    }
    expect(refusalOf(() => session(terminal, SessionCommand.Commit, { kcv: shown(OTHER) }))).toBe(Refusal.KeyLive);
    expect(bound(terminal, openSession(terminal))).toBe(0);
  });

  it('accepts another key inside a session, which ends all sessions and keeps the cards', () => {
    const { terminal } = setUp();
    const under = openSession(terminal);
    exchangeInside(terminal, under, BIND);
    // A second session under the old key: it was opened, but its host sent no message yet.
    const waiting = handshakeWith(terminal);
    const second = ended(waiting, open(terminal, opening(waiting)));
    const inside = (command: SessionCommand, body: Body): Body =>
      exchangeInside(terminal, under, packetOf(Op.Write, Group.Session, command, body));
    const parts = [OTHER, Buffer.alloc(32, 0x12)] as const;
    parts.forEach((part, i) => inside(SessionCommand.LoadPart, { part: i + 1, key: new Uint8Array(part) }));
    const tmk = combine(...parts);
    expect(inside(SessionCommand.Commit, { kcv: shown(tmk) })).toEqual({ kcv: shown(tmk) });
    for (const old of [under, second]) {
      expect(refusalOf(() => say(terminal, old.seal(LIST)))).toBe(Refusal.SessionMissing);
    }
    expect(refusalOf(() => openSession(terminal))).toBe(Refusal.NotAuthentic);
    expect(bound(terminal, openSession(terminal, tmk))).toBe(1);
  });

  it('refuses every command of group 66, and of group 65 inside a session, if it comes in clear', () => {
    const { terminal } = setUp();
    openSession(terminal);
    for (const command of Array(256).keys()) {
      for (const op of [Op.Read, Op.Write] as const) {
        const packet = packetOf(op, Group.Card, command);
        expect(refusalOf(() => exchangeInClear(terminal, packet))).toBe(Refusal.SessionMissing);
      }
    }
    for (const command of [SessionCommand.Close, SessionCommand.Passwords, SessionCommand.Unlock]) {
      expect(refusalOf(() => session(terminal, command))).toBe(Refusal.SessionMissing);
    }
  });
});
