import { describe, expect, it } from 'vitest';
import { CardCommand, Group, KeySlot, OsCommand, Op, Refusal, SessionCommand } from '../../assembly/protocol.js';
import { EmulatedTerminal } from '../../host/emulator/index.js';
import { Session } from '../../host/session/session.js';
import { exchange, exchangeInside, openSession, packetOf, refusalOf } from '../support/exchange.js';
import { BIND, bindPacket, bound, counters, flips, LIST, type Message, say, setUp } from '../support/session.js';

const IDLE_MS = 300_000;

describe('a message', () => {
  /**
   * A terminal and a session with it. `goesOn` expects the session to work, and this many cards.
   */
  function setUpSession() {
    const { clock, terminal } = setUp();
    const within = openSession(terminal);
    const goesOn = (cards: number): void => expect(bound(terminal, within)).toBe(cards);
    return { clock, terminal, within, goesOn };
  }

  it('is carried out once, however often it arrives', () => {
    const { terminal, within, goesOn } = setUpSession();
    const bind = within.seal(BIND);
    say(terminal, bind);
    expect(refusalOf(() => say(terminal, bind))).toBe(Refusal.Replayed);
    const unbind = packetOf(Op.Write, Group.Card, CardCommand.Unbind, { gen: null, slot: 1 });
    exchangeInside(terminal, within, unbind);
    for (let i = 0; i < 5; i++) expect(refusalOf(() => say(terminal, bind))).toBe(Refusal.Replayed);
    expect(counters(terminal)).toMatchObject({ replayed: 6, messages: 2 });
    goesOn(0);
  });

  it('is refused after a later one has overtaken it', () => {
    const { terminal, within, goesOn } = setUpSession();
    const [first, second, third] = ['4242424242424242', '5555555555554444', '378282246310005'].map((pan) =>
      within.seal(bindPacket(pan)),
    ) as [Message, Message, Message];
    say(terminal, third);
    for (const late of [first, second]) expect(refusalOf(() => say(terminal, late))).toBe(Refusal.Replayed);
    expect(counters(terminal)).toMatchObject({ replayed: 2, skipped: 2 });
    goesOn(1);
  });

  it('is refused if any bit is changed', () => {
    const { terminal, within, goesOn } = setUpSession();
    const bind = within.seal(BIND);
    let refused = 0;
    for (const d of flips(bind.d)) {
      expect(refusalOf(() => say(terminal, { ...bind, d }))).toBe(Refusal.NotAuthentic);
      refused++;
    }
    expect(counters(terminal)['err_auth']).toBe(refused);
    goesOn(0);
  });

  it('is refused if it is cut short, at any length, or made longer', () => {
    const { terminal, within, goesOn } = setUpSession();
    const bind = within.seal(BIND);
    for (let bytes = 0; bytes < bind.d.length; bytes++) {
      expect(refusalOf(() => say(terminal, { ...bind, d: bind.d.slice(0, bytes) }))).toBe(Refusal.NotAuthentic);
    }
    const longer = Uint8Array.of(...bind.d, 0);
    expect(refusalOf(() => say(terminal, { ...bind, d: longer }))).toBe(Refusal.NotAuthentic);
    goesOn(0);
  });

  it('is refused under another message number or session number', () => {
    const { terminal, within, goesOn } = setUpSession();
    const bind = within.seal(BIND);
    for (const n of [bind.n + 1, bind.n + 2, 65_535]) {
      expect(refusalOf(() => say(terminal, { ...bind, n }))).toBe(Refusal.NotAuthentic);
    }
    for (const s of [bind.s ^ 1, 0, 0xffff_ffff]) {
      expect(refusalOf(() => say(terminal, { ...bind, s }))).toBe(Refusal.SessionMissing);
    }
    say(terminal, bind);
    goesOn(1);
  });

  it('is refused if it was made for another terminal, or for another session with the same one', () => {
    const { terminal, within, goesOn } = setUpSession();
    const elsewhere = setUp('OB-ELSEWHERE');
    const foreign = openSession(elsewhere.terminal).seal(BIND);
    expect(refusalOf(() => say(terminal, { ...foreign, s: within.id }))).toBe(Refusal.NotAuthentic);
    const old = within.seal(BIND);
    goesOn(0);
    const next = openSession(terminal);
    expect(bound(terminal, next)).toBe(0);
    expect(refusalOf(() => say(terminal, old))).toBe(Refusal.SessionMissing);
    expect(refusalOf(() => say(terminal, { ...old, s: next.id, n: 5 }))).toBe(Refusal.NotAuthentic);
    expect(bound(terminal, next)).toBe(0);
  });

  it('is refused if the terminal itself sent it', () => {
    const { terminal, within, goesOn } = setUpSession();
    const answer = say(terminal, within.seal(LIST)) as { n: number; d: Uint8Array };
    expect(refusalOf(() => say(terminal, { s: within.id, n: within.seal(LIST).n, d: answer.d }))).toBe(
      Refusal.NotAuthentic,
    );
    goesOn(0);
  });

  it('may be lost without harm to the session', () => {
    const { terminal, within } = setUpSession();
    within.seal(BIND);
    within.seal(BIND);
    expect(bound(terminal, within)).toBe(0);
    expect(counters(terminal)).toMatchObject({ skipped: 2, err_auth: 0 });
  });
});

describe('a session ends', () => {
  const over = (terminal: EmulatedTerminal, within: Session): void =>
    expect(refusalOf(() => exchangeInside(terminal, within, LIST))).toBe(Refusal.SessionMissing);

  it('when its host closes it', () => {
    const { terminal } = setUp();
    const within = openSession(terminal);
    expect(exchangeInside(terminal, within, packetOf(Op.Write, Group.Session, SessionCommand.Close))).toEqual({});
    over(terminal, within);
  });

  it('after five minutes without a message, whether its host proved the key or not', async () => {
    const { clock, terminal } = setUp();
    const within = openSession(terminal);
    for (let i = 0; i < 3; i++) {
      expect(bound(terminal, within)).toBe(0);
      await clock.advance(IDLE_MS - 1);
    }
    // Requests in clear and forged messages do not keep a session open.
    exchange(terminal, Op.Write, Group.Os, OsCommand.Echo, { d: 'x' });
    expect(refusalOf(() => say(terminal, { s: within.id, n: 9, d: new Uint8Array(40) }))).toBe(Refusal.NotAuthentic);
    await clock.advance(1);
    over(terminal, within);
    const unproved = openSession(terminal);
    await clock.advance(IDLE_MS);
    over(terminal, unproved);
    expect(counters(terminal)).toMatchObject({ expired: 2 });
    expect(clock.pending).toBe(0);
  });

  // 25 days are more milliseconds than a signed 32-bit integer holds.
  it.each([IDLE_MS, 25 * 24 * 3600 * 1000])(
    'after %i ms without a message, even if the firmware is called late',
    (idle) => {
      const { clock, terminal } = setUp();
      const within = openSession(terminal);
      expect(bound(terminal, within)).toBe(0);
      clock.jump(IDLE_MS - 1);
      expect(bound(terminal, within)).toBe(0);
      clock.jump(idle);
      over(terminal, within);
      const unproved = openSession(terminal);
      clock.jump(idle);
      over(terminal, unproved);
      expect(counters(terminal)).toMatchObject({ expired: 2, opened: 1 });
      const { FirstReceive, FirstSend, SecondReceive, SecondSend } = KeySlot;
      for (const slot of [FirstReceive, FirstSend, SecondReceive, SecondSend]) {
        expect([slot, terminal.keys.has(slot)]).toEqual([slot, false]);
      }
    },
  );

  it('together with a second, unproved one after five minutes, and a third can be opened', () => {
    const { clock, terminal } = setUp();
    const within = openSession(terminal);
    expect(bound(terminal, within)).toBe(0);
    const unproved = openSession(terminal);
    clock.jump(IDLE_MS);
    over(terminal, within);
    over(terminal, unproved);
    expect(bound(terminal, openSession(terminal))).toBe(0);
    expect(counters(terminal)).toMatchObject({ expired: 2, opened: 2 });
  });

  it('after 65,536 messages', () => {
    const { terminal } = setUp();
    const within = openSession(terminal);
    for (let i = 0; i < 65_535; i++) within.seal(LIST);
    expect(within.isSpent).toBe(false);
    expect(bound(terminal, within)).toBe(0);
    expect(within.isSpent).toBe(true);
    over(terminal, within);
    expect(bound(terminal, openSession(terminal))).toBe(0);
  });

  it('at a restart and at a power cut', () => {
    const { terminal } = setUp();
    const restarted = openSession(terminal);
    expect(bound(terminal, restarted)).toBe(0);
    exchange(terminal, Op.Write, Group.Os, OsCommand.Reset);
    over(terminal, restarted);
    const cut = openSession(terminal);
    expect(bound(terminal, cut)).toBe(0);
    terminal.powerOff();
    terminal.powerOn();
    over(terminal, cut);
  });

  it('and another can be opened, a hundred times in a row', () => {
    const { terminal } = setUp();
    for (let i = 0; i < 100; i++) {
      const within = openSession(terminal);
      expect(bound(terminal, within)).toBe(0);
    }
    expect(counters(terminal)).toMatchObject({ opened: 100 });
  });
});
