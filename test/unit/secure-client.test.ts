import { describe, expect, test, vi } from 'vitest';
import { CardCommand, Group, LifeCycle, Op, Refusal, SessionCommand, Size } from '../../assembly/protocol.js';
import type { TerminalKey } from '../../host/session/opening.js';
import { SecureClient } from '../../host/session/secure-client.js';
import { Session } from '../../host/session/session.js';
import { type Request, type RequestOptions, SmpClient } from '../../host/smp/client.js';
import type { Body } from '../../host/smp/packet.js';
import { refused, ScriptedTerminal } from './secure-support.js';
import { ManualClock, turn } from '../../host/testing/manual-clock.js';
import { answer, Device } from './smp-support.js';

const TMK = Buffer.alloc(32, 7);
const MESSAGE: number = SessionCommand.Message;
const PAN = '4242424242424242';
const ask = (d = 'x'): Request => ({ op: Op.Write, group: Group.Card, command: CardCommand.Bind, body: { d } });

function setUp(key: TerminalKey = () => TMK) {
  const terminal = new ScriptedTerminal(TMK);
  const device = new Device(terminal.respond);
  const clock = new ManualClock();
  const options = { clock, timeoutMs: 100, tries: 3, deadlineMs: 5000 };
  const smp = new SmpClient(device, options);
  const secure = new SecureClient(smp, key, options);
  /** Starts a request. Returns its state, which changes when it settles. */
  const start = (request = ask(), requestOptions?: RequestOptions) => {
    const state: { value?: Body; error?: unknown; settled: boolean } = { settled: false };
    secure.request(request, requestOptions).then(
      (value) => Object.assign(state, { value, settled: true }),
      (error: unknown) => Object.assign(state, { error, settled: true }),
    );
    return state;
  };
  /** Makes a request, and lets as much time pass as it needs. */
  const request = (...asked: Parameters<SecureClient['request']>) => clock.finish(secure.request(...asked));
  return { terminal, device, clock, smp, secure, start, request };
}

/** A function that does `first` at its first call, and `then` at the others. */
function once<A, R>(first: (value: A) => R, then: (value: A) => R): (value: A) => R {
  let calls = 0;
  return (value) => (calls++ === 0 ? first(value) : then(value));
}
const same = (body: Body): Body => body;

function flip(body: Body, bit: number): Body {
  const d = Uint8Array.from(body['d'] as Uint8Array);
  d[bit >> 3] = (d[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return { ...body, d };
}

describe('a request', () => {
  test('opens a session under the key for the serial number, which the next request uses too', async () => {
    const serials: string[] = [];
    const { terminal, request } = setUp((serial) => {
      serials.push(serial);
      return Promise.resolve(TMK);
    });
    expect(await request(ask('one'))).toEqual({ r: 'one' });
    expect(await request(ask('two'))).toEqual({ r: 'two' });
    expect(serials).toEqual(['OB-1']);
    expect(terminal.opens).toBe(1);
    expect(terminal.numbers).toEqual([0, 1]);
    expect(terminal.carriedOut[0]?.header).toMatchObject({ version: 1, op: Op.Write, group: Group.Card });
  });

  test('never appears on the line in clear, or twice as the same bytes', async () => {
    const { device, request } = setUp();
    const sealed: string[] = [];
    for (let times = 0; times < 2; times++) await request(ask(PAN));
    for (const { header, body } of device.heard) {
      expect(header.group).toBe(Group.Session);
      if (header.command === MESSAGE) sealed.push(Buffer.from(body['d'] as Uint8Array).toString('latin1'));
    }
    expect(sealed).toHaveLength(2);
    expect(sealed[0]).not.toBe(sealed[1]);
    expect(sealed.join()).not.toContain(PAN);
  });

  test('is not repeated if the terminal refuses it inside the session', async () => {
    const { terminal, request } = setUp();
    terminal.inside = () => ({ err: { group: Group.Card, rc: Refusal.DuplicateCard }, slot: 2 });
    await expect(request(ask())).rejects.toMatchObject({ refusal: Refusal.DuplicateCard, slot: 2 });
    expect(terminal.carriedOut).toHaveLength(1);
  });

  test.each([Refusal.SessionMissing, Refusal.NotAuthentic, Refusal.Replayed])(
    'is not repeated in another session if it is refused with %i inside the session',
    async (refusal) => {
      const { terminal, request } = setUp();
      terminal.inside = () => refused(refusal);
      await expect(request(ask())).rejects.toMatchObject({ code: 'REFUSED', refusal });
      expect(terminal).toMatchObject({ opens: 1 });
      expect(terminal.carriedOut).toHaveLength(1);
    },
  );

  test('is rejected with the wait until the next try, if the refusal has one', async () => {
    const { terminal, request } = setUp();
    terminal.inside = () => refused(Refusal.TooSoon, { wait: 20_000 });
    await expect(request(ask())).rejects.toMatchObject({ refusal: Refusal.TooSoon, waitMs: 20_000 });
  });

  test('is not sent if it is too large', async () => {
    const { terminal, request } = setUp();
    await expect(request(ask('x'.repeat(Size.Packet)))).rejects.toMatchObject({ code: 'USAGE' });
    // It fits into a packet in clear, but not into a sealed one.
    await expect(request(ask('x'.repeat(Size.Packet - 20)))).rejects.toMatchObject({ code: 'USAGE' });
    expect(terminal.carriedOut).toHaveLength(0);
    const d = 'x'.repeat(Size.Packet - 100);
    expect(await request(ask(d))).toEqual({ r: d });
  });

  test('ends in a timeout if the terminal does not reply', async () => {
    const { device, clock, request, start } = setUp();
    await request(ask());
    device.respond = () => undefined;
    const state = start();
    await clock.advance(700);
    expect(state.error).toMatchObject({ code: 'LINK_TIMEOUT', awaited: { ms: 700 } });
  });

  test('fails with the error of the key provider', async () => {
    const { terminal, request } = setUp(() => Promise.reject(new Error('no such key')));
    await expect(request(ask())).rejects.toThrow('no such key');
    expect(terminal.opens).toBe(0);
  });

  test.each([
    [LifeCycle.Virgin, Refusal.KeyMissing],
    [LifeCycle.Tampered, Refusal.Tampered],
  ])('to a terminal in state %i is refused with %i', async (lifeCycle, refusal) => {
    const { terminal, request } = setUp();
    terminal.lifeCycle = lifeCycle;
    await expect(request(ask())).rejects.toMatchObject({ code: 'REFUSED', refusal });
  });
});

describe('requests at once', () => {
  test('share one opening, and are sent in the order of their numbers', async () => {
    const { terminal, clock, secure } = setUp();
    const names = ['a', 'b', 'c', 'd'];
    const answers = await clock.finish(Promise.all(names.map((d) => secure.request(ask(d)))));
    expect(answers).toEqual(names.map((r) => ({ r })));
    expect(terminal.opens).toBe(1);
    expect(terminal.numbers).toEqual([0, 1, 2, 3]);
    expect(terminal.carriedOut.map(({ body }) => body['d'])).toEqual(names);
  });

  test('are all carried out after the session was lost', async () => {
    const { terminal, clock, secure, request } = setUp();
    await request(ask());
    terminal.forget();
    const names = ['a', 'b', 'c'];
    expect(await clock.finish(Promise.all(names.map((d) => secure.request(ask(d)))))).toEqual(
      names.map((r) => ({ r })),
    );
    expect(terminal.opens).toBe(2);
  });
});

describe('a message', () => {
  test('is sealed anew under the next number if its reply is lost', async () => {
    const { terminal, clock, start } = setUp();
    terminal.onMessage = once(() => null, same);
    const state = start(ask('a'));
    await clock.advance(100);
    expect(state.value).toEqual({ r: 'a' });
    // The same bytes were sent again and refused as a replay. Then the request got a new number.
    expect(terminal.numbers).toEqual([0, 0, 1]);
    expect(terminal).toMatchObject({ opens: 1 });
  });

  test.each([Refusal.SessionMissing, Refusal.NotAuthentic])(
    'is repeated in a new session if it is refused with %i',
    async (refusal) => {
      const { terminal, request } = setUp();
      await request(ask());
      terminal.onMessage = once(() => refused(refusal), same);
      expect(await request(ask('again'))).toEqual({ r: 'again' });
      expect(terminal.opens).toBe(2);
      expect(terminal.numbers).toEqual([0, 1, 0]);
    },
  );

  test('is repeated after a restart of the terminal', async () => {
    const { terminal, request } = setUp();
    await request(ask());
    terminal.forget();
    expect(await request(ask('again'))).toEqual({ r: 'again' });
    expect(terminal.opens).toBe(2);
  });

  test('ends after a few sessions if every one is refused', async () => {
    const { terminal, request } = setUp();
    terminal.onMessage = () => refused(Refusal.SessionMissing);
    await expect(request(ask())).rejects.toMatchObject({ code: 'NOT_AUTHENTIC', claim: Refusal.SessionMissing });
    expect(terminal.opens).toBeLessThanOrEqual(6);
  });

  test('is sent in a new session if the present one is spent', async () => {
    const { terminal, request } = setUp();
    await request(ask());
    const spent = vi.spyOn(Session.prototype, 'isSpent', 'get').mockReturnValueOnce(true);
    await request(ask());
    spent.mockRestore();
    expect(terminal.opens).toBe(2);
    expect(terminal.numbers).toEqual([0, 0]);
  });

  test('is the last one of its session when that has sealed the highest number', () => {
    const session = new Session(1, { send: Buffer.alloc(32), receive: Buffer.alloc(32), hash: Buffer.alloc(32) });
    let sealed = 0;
    for (; !session.isSpent; sealed++) session.seal(Buffer.alloc(0));
    expect(sealed).toBe(Size.SessionMessages);
  });
});

describe('a reply', () => {
  test('is ignored if any bit is changed, and the request is repeated', async () => {
    const { terminal, request } = setUp();
    const { r } = await request(ask());
    const bits = 8 * (8 + 5 + 16);
    for (let bit = 0; bit < bits; bit++) {
      terminal.onMessage = once((body: Body) => flip(body, bit), same);
      expect(await request(ask(String(r)))).toEqual({ r });
    }
    expect(terminal.opens).toBe(1);
    expect(terminal.carriedOut).toHaveLength(1 + 2 * bits);
  });

  test.each<[string, (body: Body) => Body]>([
    ['is cut short', (body) => ({ ...body, d: (body['d'] as Uint8Array).subarray(0, 15) })],
    ['has another number', (body) => ({ ...body, n: (body['n'] as number) + 1 })],
    ['has no number', ({ d }) => ({ d })],
    ['is in clear', () => ({ r: 'forged' })],
  ])('is ignored if it %s, and the request is repeated', async (_, spoil) => {
    const { terminal, request } = setUp();
    terminal.onMessage = once(spoil, same);
    expect(await request(ask('a'))).toEqual({ r: 'a' });
    expect(terminal.opens).toBe(1);
  });

  test('is ignored if it came before', async () => {
    const { terminal, request } = setUp();
    let old: Body = {};
    terminal.onMessage = (body) => (old = body);
    await request(ask('first'));
    terminal.onMessage = once(() => old, same);
    expect(await request(ask('second'))).toEqual({ r: 'second' });
  });

  test('is ignored if it was held back from an earlier request', async () => {
    const { terminal, clock, start } = setUp();
    let held: Body = {};
    terminal.onMessage = (body) => ((held = body), null);
    const given = start(ask('first'), { deadlineMs: 50 });
    await clock.advance(50);
    expect(given.settled).toBe(true);
    terminal.onMessage = once(() => held, same);
    const next = start(ask('second'));
    await clock.advance(40);
    expect(next.value).toEqual({ r: 'second' });
  });

  test('ends the request after a few tries if it is forged every time', async () => {
    const { terminal, request } = setUp();
    terminal.onMessage = (body) => flip(body, 0);
    await expect(request(ask())).rejects.toMatchObject({ code: 'NOT_AUTHENTIC' });
    expect(terminal.carriedOut.length).toBeLessThanOrEqual(6);
  });
});

describe('an opening', () => {
  test('under a wrong key is tried three times, because anybody on the line can refuse it', async () => {
    const { terminal, request } = setUp(() => Buffer.alloc(32, 8));
    await expect(request(ask())).rejects.toMatchObject({ code: 'KEY_WRONG' });
    expect(terminal.opens).toBe(3);
  });

  test('is made again if its reply is damaged', async () => {
    const { terminal, request } = setUp();
    terminal.onOpen = once((body: Body) => flip(body, 5), same);
    expect(await request(ask('a'))).toEqual({ r: 'a' });
    expect(terminal.opens).toBe(2);
  });

  test('ends the request after a few tries if its reply is damaged every time', async () => {
    const { terminal, request } = setUp();
    terminal.onOpen = (body) => flip(body, 300);
    await expect(request(ask())).rejects.toMatchObject({ code: 'NOT_AUTHENTIC' });
    expect(terminal.opens).toBeLessThanOrEqual(6);
  });

  test('is made again if only a late reply to its first try arrives, whose session is gone', async () => {
    const { terminal, device, clock, start } = setUp();
    const first = terminal.respond;
    let late: (() => void) | undefined;
    device.respond = (heard, line) => {
      if (late || heard.header.command !== (SessionCommand.Open as number)) first(heard, line);
      else {
        const replies: Uint8Array[] = [];
        first(heard, { say: (bytes: Uint8Array) => replies.push(bytes) });
        late = () => replies.forEach((bytes) => line.say(bytes));
      }
    };
    // The reply to the second try is lost. The one to the first arrives, but the second try has
    // replaced its session.
    terminal.onOpen = once(
      same,
      once(() => null as never, same),
    );
    const state = start(ask('a'));
    await clock.advance(150);
    terminal.forget();
    late?.();
    await clock.advance(500);
    expect(state.value).toEqual({ r: 'a' });
    expect(terminal.opens).toBe(3);
  });

  test('waits for the time that the terminal asks for after failures', async () => {
    const { terminal, clock, start } = setUp();
    terminal.waitMs = 800;
    const state = start(ask('a'));
    await clock.advance(799);
    expect(terminal.opens).toBe(0);
    await clock.advance(1);
    expect(state.value).toEqual({ r: 'a' });
  });

  test('is tried even if the wait is longer than the deadline, because a wait may be forged', async () => {
    const { terminal, request } = setUp();
    terminal.waitMs = 9000;
    expect(await request(ask('a'))).toEqual({ r: 'a' });
  });
});

describe('a close', () => {
  test('ends the session at the terminal, by a command inside it', async () => {
    const { terminal, secure, request } = setUp();
    await request(ask());
    await secure.close();
    expect(terminal.carriedOut.at(-1)?.header).toMatchObject({ group: Group.Session, command: SessionCommand.Close });
  });

  test('takes 300 ms at most if the terminal is silent', async () => {
    const { device, clock, secure, request } = setUp();
    await request(ask());
    const before = device.heard.length;
    device.respond = () => undefined;
    let closed = false;
    void secure.close().then(() => (closed = true));
    await clock.advance(300);
    expect(closed).toBe(true);
    expect(device.heard).toHaveLength(before + 1);
  });

  test('sends nothing without a session, or a second time', async () => {
    const { device, secure, request } = setUp();
    await secure.close();
    expect(device.heard).toHaveLength(0);
    await request(ask());
    await secure.close();
    const before = device.heard.length;
    await secure.close();
    expect(device.heard).toHaveLength(before);
  });

  test('sends nothing while a request is under way, and wipes the keys, so a late reply is useless', async () => {
    const { device, secure, request, smp, start, terminal } = setUp();
    await request(ask());
    device.respond = () => undefined;
    const state = start();
    await turn();
    const { header } = device.heard.at(-1) ?? { header: undefined };
    const before = device.heard.length;
    await secure.close();
    expect(device.heard).toHaveLength(before);
    if (header) device.say(answer(header, { n: terminal.numbers.length, d: new Uint8Array(40) }));
    await smp.close();
    await turn();
    expect(state.error).toMatchObject({ code: 'LINK_CLOSED' });
  });
});
