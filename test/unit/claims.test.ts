import { describe, expect, test } from 'vitest';
import { CardCommand, Group, LifeCycle, Op, Rc, Refusal, SessionCommand } from '../../assembly/protocol.js';
import type { OctobindError } from '../../host/error.js';
import type { TerminalKey } from '../../host/session/opening.js';
import { SecureClient } from '../../host/session/secure-client.js';
import { type Request, type RequestOptions, SmpClient } from '../../host/smp/client.js';
import type { Body } from '../../host/smp/packet.js';
import { ManualClock, turn } from '../../host/testing/manual-clock.js';
import { refused, ScriptedTerminal } from './secure-support.js';
import { answer, Device, type Heard } from './smp-support.js';

// Anybody on the line can reply in clear in the name of a terminal. Here, the real terminal is on
// the line too, and has the key.

const TMK = Buffer.alloc(32, 7);
const DEADLINE_MS = 5000;
const ask = (d = 'x'): Request => ({ op: Op.Write, group: Group.Card, command: CardCommand.Bind, body: { d } });

type Reply = Body | 'silence';
/** Returns a reply to the n-th request of a command, or undefined to let the terminal reply. */
type Forger = (heard: Heard, times: number) => Reply | undefined;

/**
 * A client, and a line that replies what `forger` returns. The terminal gets all other requests.
 */
function setUp(forger: Forger = () => undefined, key: TerminalKey = () => TMK) {
  const terminal = new ScriptedTerminal(TMK);
  const times = new Map<number, number>();
  const line = { forger };
  const device = new Device((heard, device) => {
    const { command } = heard.header;
    const count = (times.get(command) ?? 0) + 1;
    times.set(command, count);
    const reply = line.forger(heard, count);
    if (reply === undefined) terminal.respond(heard, device);
    else if (reply !== 'silence') device.say(answer(heard.header, reply));
  });
  const clock = new ManualClock();
  const options = { clock, timeoutMs: 100, tries: 3, deadlineMs: DEADLINE_MS };
  const smp = new SmpClient(device, options);
  const secure = new SecureClient(smp, key, options);
  const request = (options?: RequestOptions) => clock.finish(secure.request(ask(), options));
  const fail = (options?: RequestOptions): Promise<OctobindError> =>
    request(options).then(
      () => expect.unreachable('the request succeeded'),
      (error: unknown) => error as OctobindError,
    );
  const count = (command: SessionCommand): number => times.get(command) ?? 0;
  return { terminal, line, device, clock, smp, secure, request, fail, count };
}

/** A forger that gives the same reply to each request of a command, or to the first ones only. */
const to =
  (command: SessionCommand, reply: Reply, first = Infinity): Forger =>
  ({ header }, times) =>
    header.command === (command as number) && times <= first ? reply : undefined;

const { Status, Open, Message } = SessionCommand;

/** Forged replies by name, each with the refusal that it claims. */
const CLAIMS: [string, Body, Refusal | undefined][] = [
  ...[
    Refusal.SessionMissing,
    Refusal.NotAuthentic,
    Refusal.Replayed,
    Refusal.KeyMissing,
    Refusal.Tampered,
    Refusal.DuplicateCard,
  ].map((refusal): [string, Body, Refusal] => [Refusal[refusal], refused(refusal), refusal]),
  ...[undefined, 0, 1, 1000, 1e9, -5, NaN, Infinity].map((wait): [string, Body, Refusal] => [
    `TooSoon, wait ${wait ?? 'absent'}`,
    refused(Refusal.TooSoon, wait === undefined ? {} : { wait }),
    Refusal.TooSoon,
  ]),
  ['an SMP error', { rc: Rc.BadState }, undefined],
  ['an unknown command', { rc: Rc.NotSupported }, undefined],
  ['an error that is not a map', { err: 'x' }, undefined],
  ...[0, -1, 0.5, NaN].map((rc): [string, Body, undefined] => [
    `a refusal with number ${rc}`,
    { err: { group: Group.Session, rc } },
    undefined,
  ]),
  ['an empty map', {}, undefined],
];

/** After one of these, an opening ends with an error of its own instead of NOT_AUTHENTIC. */
const FINAL: unknown[] = [Refusal.NotAuthentic, Refusal.KeyMissing, Refusal.Tampered];

describe.each(CLAIMS)('the forged reply "%s"', (_, reply, claim) => {
  const commands = [Status, Message, ...(FINAL.includes(claim) ? [] : [Open])];
  test.each(commands)('to each command %i ends the request within its deadline, after few packets', async (command) => {
    const { device, clock, fail } = setUp(to(command, reply));
    const error = await fail();
    expect(error.code).toBe('NOT_AUTHENTIC');
    expect(error.claim).toBe(claim);
    expect(error).not.toHaveProperty('refusal');
    expect(error).not.toHaveProperty('waitMs');
    expect(clock.now()).toBeLessThanOrEqual(DEADLINE_MS);
    expect(device.heard.length).toBeLessThanOrEqual(40);
  });

  test.each([Status, Open, Message])('to two commands %i does not stop the request from success', async (command) => {
    const { clock, request } = setUp(to(command, reply, 2));
    expect(await request()).toEqual({ r: 'x' });
    expect(clock.now()).toBeLessThanOrEqual(2100);
  });
});

describe('an error', () => {
  test('names the tries, their time, the last reply, and that anybody on the line can send it', async () => {
    const { fail } = setUp(to(Message, refused(Refusal.SessionMissing)));
    const { message } = await fail();
    for (const part of ['to bind', '6 tries', '1.2 s', 'no session is open', '289', 'anybody on the line']) {
      expect(message).toContain(part);
    }
  });

  test('names the wait that the reply asked for', async () => {
    const { fail } = setUp(to(Open, refused(Refusal.TooSoon, { wait: 9000 })));
    expect((await fail()).message).toMatch(/too many failures.* 9\.0 s .*292/);
  });

  test('still names the last reply if there was no time left for another try', async () => {
    const { fail } = setUp(({ header }, times) =>
      header.command !== (Message as number) ? undefined : times > 1 ? 'silence' : refused(Refusal.Replayed),
    );
    expect(await fail({ deadlineMs: 90 })).toMatchObject({ code: 'NOT_AUTHENTIC', claim: Refusal.Replayed });
  });

  test('is that of the line if the line fails after a reply', async () => {
    const { fail } = setUp(({ header }, times) =>
      header.command !== (Message as number) ? undefined : times > 1 ? 'silence' : refused(Refusal.Replayed),
    );
    expect(await fail()).toMatchObject({ code: 'LINK_TIMEOUT' });
  });
});

describe('a key that does not fit', () => {
  test('is reported as KEY_WRONG after three tries, in less than 500 ms', async () => {
    const { clock, fail, count } = setUp(to(Open, refused(Refusal.NotAuthentic)));
    const error = await fail();
    expect(error).toMatchObject({ code: 'KEY_WRONG', claim: Refusal.NotAuthentic });
    expect(error.message).toMatch(/OB-1.*anybody on the line/);
    expect(error).not.toHaveProperty('refusal');
    expect(count(Open)).toBe(3);
    expect(clock.now()).toBeLessThan(500);
  });

  test('is also reported soon if the terminal asks for a long wait', async () => {
    const { clock, fail } = setUp(({ header }, times) => {
      if (header.command !== (Open as number)) return undefined;
      return times === 1 ? refused(Refusal.NotAuthentic) : refused(Refusal.TooSoon, { wait: 10_000 });
    });
    expect(await fail()).toMatchObject({ code: 'KEY_WRONG' });
    expect(clock.now()).toBeLessThan(2500);
  });
});

describe('a terminal that seems to have no key', () => {
  const lifeCycle =
    (state: LifeCycle, first = Infinity): Forger =>
    (heard, times) =>
      to(Status, { state, serial: 'OB-1', kcv: null, wait: 0 }, first)(heard, times);

  test.each([
    [LifeCycle.Virgin, Refusal.KeyMissing],
    [LifeCycle.Tampered, Refusal.Tampered],
  ])('by a status of state %i is asked again, until its own reply comes', async (state) => {
    expect(await setUp(lifeCycle(state, 2)).request()).toEqual({ r: 'x' });
  });

  test.each([
    [lifeCycle(LifeCycle.Virgin), Refusal.KeyMissing],
    [lifeCycle(LifeCycle.Tampered), Refusal.Tampered],
    [to(Open, refused(Refusal.KeyMissing)), Refusal.KeyMissing],
    [to(Open, refused(Refusal.Tampered)), Refusal.Tampered],
  ])('is reported soon, and as not proven (%#)', async (forger, refusal) => {
    const { clock, fail } = setUp(forger);
    const error = await fail();
    expect(error).toMatchObject({ code: 'REFUSED', refusal });
    expect(error.message).toMatch(/in clear, so anybody on the line can say it/);
    expect(clock.now()).toBeLessThan(300);
  });
});

describe('a wait', () => {
  test.each([0, 10, 1e9])('of %i ms in a status delays the opening by about a second at most', async (wait) => {
    const { clock, request } = setUp(to(Status, { state: LifeCycle.Keyed, serial: 'OB-1', kcv: null, wait }));
    expect(await request()).toEqual({ r: 'x' });
    expect(clock.now()).toBeLessThanOrEqual(1010);
  });

  test('that the terminal insists on is kept, and the session opens when it ends', async () => {
    const { clock, line, request } = setUp();
    const opensAt = 4321;
    const wait = (): number => opensAt - clock.now();
    line.forger = ({ header }) =>
      header.command === (Open as number) && wait() > 0 ? refused(Refusal.TooSoon, { wait: wait() }) : undefined;
    expect(await request()).toEqual({ r: 'x' });
    expect(clock.now()).toBeLessThan(opensAt + 20);
  });
});

describe('a serial number', () => {
  test('is asked for again until a session proves it, so a forged one does not stay', async () => {
    const asked: string[] = [];
    const { line, request, count } = setUp(
      to(Status, { state: LifeCycle.Keyed, serial: 'OB-FORGED', kcv: null, wait: 0 }, 1),
      (serial) => (asked.push(serial), TMK),
    );
    expect(await request()).toEqual({ r: 'x' });
    expect(asked).toEqual(['OB-FORGED', 'OB-1']);
    line.forger = to(Message, refused(Refusal.SessionMissing), count(Message) + 1);
    expect(await request()).toEqual({ r: 'x' });
    expect(asked).toEqual(['OB-FORGED', 'OB-1', 'OB-1']);
    // The wire may have been moved meanwhile, so the terminal is asked who it is.
    expect(count(Status)).toBe(3);
  });

  test('is noise if it is another one than was proven, until it was said three times', async () => {
    const forged = { state: LifeCycle.Keyed, serial: 'OB-FORGED', kcv: null, wait: 0 };
    const { line, terminal, request, fail, count } = setUp();
    expect(await request()).toEqual({ r: 'x' });
    terminal.forget();
    line.forger = to(Status, forged, count(Status) + 2);
    expect(await request()).toEqual({ r: 'x' });
    terminal.forget();
    line.forger = to(Status, forged, count(Status) + 3);
    const opens = count(Open);
    const error = await fail();
    expect(error).toMatchObject({ code: 'NOT_AUTHENTIC' });
    expect(error.message).toContain("This is OB-FORGED; the key is OB-1's.");
    expect(count(Open)).toBe(opens);
  });
});

test('a line that drops messages and calls their repeats replayed delays no request past its deadline', async () => {
  const { clock, device, fail } = setUp(({ header }, times) => {
    if (header.command !== (Message as number)) return undefined;
    return times % 2 ? 'silence' : refused(Refusal.Replayed);
  });
  expect(await fail({ deadlineMs: 1000 })).toMatchObject({ code: 'NOT_AUTHENTIC', claim: Refusal.Replayed });
  expect(clock.now()).toBeLessThanOrEqual(1000);
  expect(device.heard.length).toBeLessThanOrEqual(2 + 2 * 10);
});

describe('a session that was lost', () => {
  test('is opened anew within 60 ms', async () => {
    const { terminal, clock, request } = setUp();
    await request();
    terminal.forget();
    const before = clock.now();
    expect(await request()).toEqual({ r: 'x' });
    expect(clock.now() - before).toBeLessThanOrEqual(60);
  });

  test('does not end the one that another request has opened since', async () => {
    const { terminal, line, clock, secure, request, device } = setUp();
    await request();
    // The reply to the first message comes late, and is about the session before.
    let late: Heard | undefined;
    line.forger = (heard) =>
      heard.header.command === (Message as number) && !late ? ((late = heard), 'silence') : undefined;
    const first = secure.request(ask('first'), { timeoutMs: 2000 });
    const second = secure.request(ask('second'));
    await turn();
    terminal.forget();
    if (late) device.say(answer(late.header, refused(Refusal.SessionMissing)));
    expect(await clock.finish(Promise.all([first, second]))).toEqual([{ r: 'first' }, { r: 'second' }]);
    expect(terminal.opens).toBe(2);
  });
});

describe('a deadline', () => {
  test.each<[string, Forger, string]>([
    ['is throttled', to(Open, refused(Refusal.TooSoon, { wait: 200 })), 'NOT_AUTHENTIC'],
    ['is silent', to(Open, 'silence'), 'LINK_TIMEOUT'],
  ])('of the caller holds while an opening %s', async (_, forger, code) => {
    const { clock, fail } = setUp(forger);
    expect(await fail({ deadlineMs: 250 })).toMatchObject({ code });
    expect(clock.now()).toBeLessThanOrEqual(260);
  });

  test('of one request does not end the opening for another request', async () => {
    const { clock, secure, count } = setUp(to(Open, 'silence', 1));
    const short = secure.request(ask(), { deadlineMs: 50 }).catch((error: unknown) => error);
    const long = secure.request(ask('long'));
    expect(await clock.finish(long)).toEqual({ r: 'long' });
    expect(await short).toMatchObject({ code: 'LINK_TIMEOUT' });
    expect(count(Open)).toBe(2);
  });
});

describe('an abort', () => {
  test.each([Open, Message])(
    'ends a pause of command %i at once, and no packet and no timer follows',
    async (command) => {
      const { clock, secure, device } = setUp(to(command, refused(Refusal.TooSoon, { wait: 900 })));
      const abort = new AbortController();
      const state = secure.request(ask(), { signal: abort.signal }).catch((error: unknown) => error);
      await clock.advance(100);
      const before = device.heard.length;
      abort.abort();
      expect(await state).toMatchObject({ code: 'ABORTED' });
      expect(device.heard).toHaveLength(before);
      expect(clock.pending).toBe(0);
    },
  );

  test('also ends the pause that a status asked for', async () => {
    const { clock, secure } = setUp(to(Status, { state: LifeCycle.Keyed, serial: 'OB-1', kcv: null, wait: 900 }));
    const abort = new AbortController();
    const state = secure.request(ask(), { signal: abort.signal }).catch((error: unknown) => error);
    await clock.advance(100);
    abort.abort();
    expect(await state).toMatchObject({ code: 'ABORTED' });
  });
});

describe('a close', () => {
  test.each([Open, Message])('ends a pause of command %i at once', async (command) => {
    const { clock, secure, smp } = setUp(to(command, refused(Refusal.TooSoon, { wait: 900 })));
    const state = secure.request(ask()).catch((error: unknown) => error);
    await clock.advance(100);
    await clock.finish(secure.close().then(() => smp.close()));
    expect(await state).toMatchObject({ code: 'LINK_CLOSED' });
    expect(clock.pending).toBe(0);
  });
});

test('a closed client sends nothing more, even if it was waiting to try again', async () => {
  const { device, clock, secure } = setUp(to(Open, refused(Refusal.TooSoon, { wait: 100 })));
  const asked = secure.request(ask()).then(
    () => expect.unreachable('the request succeeded'),
    (error: unknown) => error,
  );
  await clock.advance(300);
  const { length } = device.heard;
  expect(length).toBeGreaterThan(1);
  await secure.close();
  await clock.advance(DEADLINE_MS);
  expect(await asked).toMatchObject({ code: 'LINK_CLOSED' });
  expect(device.heard).toHaveLength(length);
});
