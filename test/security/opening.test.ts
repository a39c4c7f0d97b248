import { describe, expect, it } from 'vitest';
import { Group, KeySlot, OsCommand, Op, Refusal, SessionCommand } from '../../assembly/protocol.js';
import { emulatedLink, EmulatedTerminal, KeyStore } from '../../host/emulator/index.js';
import { Terminal } from '../../host/index.js';
import { Handshake } from '../../host/session/noise.js';
import { exchange, exchangeInside, openSession, refusalOf } from '../support/exchange.js';
import { key } from '../support/keyed.js';
import {
  BIND,
  bound,
  counters,
  ended,
  flips,
  handshakeWith,
  LIST,
  open,
  opening,
  OTHER,
  say,
  SERIAL,
  session,
  setUp,
  wrongOpening,
} from '../support/session.js';
import type { ManualClock } from '../../host/testing/manual-clock.js';

const LONGEST_WAIT_MS = 10_000;

describe('an opening', () => {
  it('ends no session if it is replayed', () => {
    const { terminal } = setUp();
    const handshake = handshakeWith(terminal);
    const recorded = opening(handshake);
    const within = ended(handshake, open(terminal, recorded));
    exchangeInside(terminal, within, BIND);
    for (let i = 0; i < 20; i++) {
      open(terminal, recorded);
      expect(bound(terminal, within)).toBe(1);
    }
    expect(counters(terminal)).toMatchObject({ opened: 1 });
  });

  it('replaces another session at the first message, and not before', () => {
    const { terminal } = setUp();
    const first = openSession(terminal);
    expect(bound(terminal, first)).toBe(0);
    const second = openSession(terminal);
    const forged = { s: second.id, n: 0, d: new Uint8Array(64) };
    expect(refusalOf(() => say(terminal, forged))).toBe(Refusal.NotAuthentic);
    expect(bound(terminal, first)).toBe(0);
    expect(bound(terminal, second)).toBe(0);
    expect(refusalOf(() => exchangeInside(terminal, first, LIST))).toBe(Refusal.SessionMissing);
    expect(counters(terminal)).toMatchObject({ opened: 2 });
  });

  it('never has the name of the session that is open, also if the same one is drawn', () => {
    const keys = new KeyStore({ random: (bytes) => new Uint8Array(bytes).fill(7) });
    keys.set(KeySlot.Root, new Uint8Array(32).fill(1)).set(KeySlot.Master, key(SERIAL));
    const terminal = new EmulatedTerminal({ serial: SERIAL, keys });
    terminal.powerOn();
    let before = openSession(terminal);
    expect(bound(terminal, before)).toBe(0);
    for (let i = 0; i < 4; i++) {
      const next = openSession(terminal);
      expect(next.id).not.toBe(before.id);
      expect(bound(terminal, before)).toBe(0);
      expect(bound(terminal, next)).toBe(0);
      before = next;
    }
  });

  it('replaces a session in which no message has come yet', () => {
    const { terminal } = setUp();
    const unproved = openSession(terminal);
    const second = openSession(terminal);
    expect(refusalOf(() => exchangeInside(terminal, unproved, LIST))).toBe(Refusal.SessionMissing);
    expect(bound(terminal, second)).toBe(0);
  });

  it('is refused if it is for another terminal, has a changed bit or has another length', async () => {
    const { clock, terminal } = setUp();
    const elsewhere = setUp('OB-ELSEWHERE');
    const { d } = opening(handshakeWith(terminal)) as { d: Uint8Array };
    const wrong = [
      opening(handshakeWith(elsewhere.terminal)),
      opening(new Handshake(Buffer.from('octobind session 1OB-ELSEWHERE'), key(SERIAL))),
      { d: d.slice(0, 47) },
      { d: Uint8Array.of(...d, 0) },
      { d: new Uint8Array(0) },
      { d: new Uint8Array(48) },
      ...Array.from(flips(d), (changed) => ({ d: changed })),
    ];
    for (const body of wrong) {
      expect(refusalOf(() => open(terminal, body))).toBe(Refusal.NotAuthentic);
      await clock.advance(LONGEST_WAIT_MS);
    }
    expect(counters(terminal)).toMatchObject({ err_open: wrong.length, opened: 0 });
    expect(bound(terminal, openSession(terminal))).toBe(0);
  });
});

describe('an opening that is repeated', () => {
  const IDLE_MS = 300_000;

  it('gets the same reply, byte for byte, until the first message of its session', () => {
    const { terminal } = setUp();
    const handshake = handshakeWith(terminal);
    const first = opening(handshake);
    const reply = open(terminal, first);
    for (let i = 0; i < 3; i++) expect(open(terminal, first)).toEqual(reply);
    expect(bound(terminal, ended(handshake, reply))).toBe(0);
    expect(open(terminal, first)).not.toEqual(reply);
    expect(counters(terminal)).toMatchObject({ opened: 1, err_open: 0 });
  });

  it('gives back no number of a session in use, and changes nothing of it', () => {
    const { terminal } = setUp();
    const handshake = handshakeWith(terminal);
    const first = opening(handshake);
    const within = ended(handshake, open(terminal, first));
    const message = within.seal(BIND);
    say(terminal, message);
    for (let i = 0; i < 3; i++) {
      open(terminal, first);
      expect(refusalOf(() => say(terminal, message))).toBe(Refusal.Replayed);
      expect(bound(terminal, within)).toBe(1);
    }
    expect(counters(terminal)).toMatchObject({ opened: 1, replayed: 3 });
  });

  it('disturbs the open session as little as the opening did', () => {
    const { terminal } = setUp();
    const current = openSession(terminal);
    expect(bound(terminal, current)).toBe(0);
    const first = opening(handshakeWith(terminal));
    for (let i = 0; i < 3; i++) {
      open(terminal, first);
      expect(bound(terminal, current)).toBe(0);
    }
  });

  it('is counted as no failure', async () => {
    const { clock, terminal } = setUp();
    for (let i = 0; i < 3; i++) refusalOf(() => open(terminal, wrongOpening(terminal)));
    await clock.advance(100);
    const handshake = handshakeWith(terminal);
    const first = opening(handshake);
    const reply = open(terminal, first);
    expect(open(terminal, first)).toEqual(reply);
    expect(bound(terminal, ended(handshake, reply))).toBe(0);
    expect(counters(terminal)).toMatchObject({ err_open: 3 });
  });

  it('does not make its session last longer', async () => {
    const { clock, terminal } = setUp();
    const handshake = handshakeWith(terminal);
    const first = opening(handshake);
    const reply = open(terminal, first);
    clock.jump(IDLE_MS - 1);
    expect(open(terminal, first)).toEqual(reply);
    clock.jump(1);
    const next = open(terminal, first);
    expect(next).not.toEqual(reply);
    expect(refusalOf(() => say(terminal, ended(handshake, reply).seal(LIST)))).toBe(Refusal.SessionMissing);
    await clock.advance(0);
  });

  it.each([
    ['another opening', (terminal: EmulatedTerminal) => void open(terminal, opening(handshakeWith(terminal)))],
    ['one that failed', (terminal: EmulatedTerminal) => void refusalOf(() => open(terminal, wrongOpening(terminal)))],
    [
      'a restart',
      (terminal: EmulatedTerminal) => {
        terminal.powerOff();
        terminal.powerOn();
      },
    ],
  ])('begins anew after %s', (_what, happens) => {
    const { terminal } = setUp();
    const handshake = handshakeWith(terminal);
    const first = opening(handshake);
    const reply = open(terminal, first);
    happens(terminal);
    const next = open(terminal, first);
    expect(next['d']).not.toEqual(reply['d']);
    expect(open(terminal, first)).toEqual(next);
    expect(bound(terminal, ended(handshake, next))).toBe(0);
  });

  it('is another one if a bit of it changed', () => {
    const { terminal } = setUp();
    const handshake = handshakeWith(terminal);
    const first = opening(handshake) as { d: Uint8Array };
    open(terminal, first);
    const [changed = first.d] = flips(first.d);
    expect(refusalOf(() => open(terminal, { d: changed }))).toBe(Refusal.NotAuthentic);
    expect(counters(terminal)).toMatchObject({ err_open: 1 });
  });
});

describe('an attacker who guesses the key', () => {
  /**
   * Fails `times` times in a row. Returns the wait in milliseconds that the terminal asks for
   * then.
   */
  async function fail(terminal: EmulatedTerminal, clock: ManualClock, times: number): Promise<number> {
    for (let i = 0; i < times; i++) {
      expect(refusalOf(() => open(terminal, wrongOpening(terminal)))).toBe(Refusal.NotAuthentic);
      const wait = session(terminal, SessionCommand.Status)['wait'] as number;
      if (i === times - 1) return wait;
      await clock.advance(wait);
    }
    return 0;
  }

  it('must wait twice as long after each failure, up to ten seconds', async () => {
    const { clock, terminal } = setUp();
    expect(await fail(terminal, clock, 2)).toBe(0);
    const waits: number[] = [];
    for (let i = 0; i < 10; i++) {
      waits.push(await fail(terminal, clock, 1));
      await clock.advance(waits[i] ?? 0);
    }
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 6400, ...Array<number>(3).fill(LONGEST_WAIT_MS)]);
  });

  it('is refused during the wait, as is a host with the key, and is told how long it lasts', async () => {
    const { clock, terminal } = setUp();
    await fail(terminal, clock, 4);
    for (const body of [wrongOpening(terminal), opening(handshakeWith(terminal))]) {
      expect(refusalOf(() => open(terminal, body))).toBe(Refusal.TooSoon);
    }
    await clock.advance(150);
    expect(() => open(terminal, opening(handshakeWith(terminal)))).toThrow('"wait":50');
    await clock.advance(49);
    expect(refusalOf(() => openSession(terminal))).toBe(Refusal.TooSoon);
    await clock.advance(1);
    expect(bound(terminal, openSession(terminal))).toBe(0);
  });

  it('makes a host with the key wait ten seconds at most, whose early tries count as no failures', async () => {
    const { clock, terminal } = setUp();
    expect(await fail(terminal, clock, 12)).toBe(LONGEST_WAIT_MS);
    const host = new Terminal(emulatedLink(terminal), { key, clock });
    const before = clock.now();
    expect((await clock.finish(host.list())).slots).toHaveLength(8);
    expect(clock.now() - before).toBeGreaterThanOrEqual(LONGEST_WAIT_MS);
    expect(clock.now() - before).toBeLessThan(LONGEST_WAIT_MS + 100);
    expect(counters(terminal)).toMatchObject({ err_open: 12, opened: 1 });
    await host.close();
  });

  it('gets KEY_WRONG from our own client within 500 ms, after three failures', async () => {
    const { clock, terminal } = setUp();
    const host = new Terminal(emulatedLink(terminal), { key: () => OTHER, clock });
    await expect(clock.finish(host.list())).rejects.toMatchObject({ code: 'KEY_WRONG' });
    expect(clock.now()).toBeLessThan(500);
    expect(counters(terminal)).toMatchObject({ err_open: 3 });
    await host.close();
  });

  it('cannot shorten the wait by a restart or a power cut', async () => {
    const { clock, terminal } = setUp();
    await fail(terminal, clock, 8);
    for (let i = 0; i < 3; i++) {
      terminal.powerOff();
      terminal.powerOn();
      expect(session(terminal, SessionCommand.Status)).toMatchObject({ wait: 3200 });
      exchange(terminal, Op.Write, Group.Os, OsCommand.Reset);
      expect(session(terminal, SessionCommand.Status)).toMatchObject({ wait: 3200 });
      await clock.advance(3000);
    }
    expect(session(terminal, SessionCommand.Status)).toMatchObject({ wait: 200 });
  });

  it('does not disturb an open session', async () => {
    const { clock, terminal } = setUp();
    const within = openSession(terminal);
    expect(bound(terminal, within)).toBe(0);
    await fail(terminal, clock, 8);
    expect(bound(terminal, within)).toBe(0);
  });

  it('cannot lock the terminal: after a thousand tries, a host with the key still waits ten seconds', async () => {
    const { clock, terminal } = setUp();
    expect(await fail(terminal, clock, 1000)).toBe(LONGEST_WAIT_MS);
    await clock.advance(LONGEST_WAIT_MS);
    // An opening may be a replay, so it does not reset the count. The first message of a session
    // does.
    openSession(terminal);
    expect(await fail(terminal, clock, 1)).toBe(LONGEST_WAIT_MS);
    await clock.advance(LONGEST_WAIT_MS);
    expect(bound(terminal, openSession(terminal))).toBe(0);
    expect(await fail(terminal, clock, 2)).toBe(0);
  });
});
