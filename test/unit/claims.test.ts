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

// What anybody on the line can say, in clear, in place of a terminal that is there and has the
// key.

const TMK = Buffer.alloc(32, 7);
const DEADLINE_MS = 5000;
const ask = (d = 'x'): Request => ({ op: Op.Write, group: Group.Card, command: CardCommand.Bind, body: { d } });

type Said = Body | 'silence';
type Forger = (heard: Heard, times: number) => Said | undefined;

/**
 * Says in the terminal's place what `forger` returns, at once; the terminal does not hear what
 * that is an answer to.
 */
function setUp(forger: Forger = () => undefined, key: TerminalKey = () => TMK) {
  const terminal = new ScriptedTerminal(TMK);
  const times = new Map<number, number>();
  const line = { forger };
  const device = new Device((heard, device) => {
    const { command } = heard.header;
    const count = (times.get(command) ?? 0) + 1;
    times.set(command, count);
    const said = line.forger(heard, count);
    if (said === undefined) terminal.respond(heard, device);
    else if (said !== 'silence') device.say(answer(heard.header, said));
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

/** Says the same to each request of a command, or to the first ones. */
const to =
  (command: SessionCommand, said: Said, first = Infinity): Forger =>
  ({ header }, times) =>
    header.command === (command as number) && times <= first ? said : undefined;

const { Status, Open, Message } = SessionCommand;

/** What can be said, by name, with the refusal that it claims. */
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
  ['an error of no shape', { err: 'x' }, undefined],
  ...[0, -1, 0.5, NaN].map((rc): [string, Body, undefined] => [
    `a refusal of number ${rc}`,
    { err: { group: Group.Session, rc } },
    undefined,
  ]),
  ['nothing', {}, undefined],
];

/** An opening ends in these by an error of its own. */
const FINAL: unknown[] = [Refusal.NotAuthentic, Refusal.KeyMissing, Refusal.Tampered];

describe.each(CLAIMS)('%s, said without end', (_, said, claim) => {
  const commands = [Status, Message, ...(FINAL.includes(claim) ? [] : [Open])];
  test.each(commands)('to command %i, ends the request within its deadline, after few packets', async (command) => {
    const { device, clock, fail } = setUp(to(command, said));
    const error = await fail();
    expect(error.code).toBe('NOT_AUTHENTIC');
    expect(error.claim).toBe(claim);
    expect(error).not.toHaveProperty('refusal');
    expect(error).not.toHaveProperty('waitMs');
    expect(clock.now()).toBeLessThanOrEqual(DEADLINE_MS);
    expect(device.heard.length).toBeLessThanOrEqual(40);
  });

  test.each([Status, Open, Message])('to command %i twice, is noise: the terminal is heard', async (command) => {
    const { clock, request } = setUp(to(command, said, 2));
    expect(await request()).toEqual({ r: 'x' });
    expect(clock.now()).toBeLessThanOrEqual(2100);
  });
});

describe('an error', () => {
  test('says how often was tried and for how long, what was said last, and that anybody can say it', async () => {
    const { fail } = setUp(to(Message, refused(Refusal.SessionMissing)));
    const { message } = await fail();
    for (const part of ['to bind', '6 tries', '1.2 s', 'no session is open', '289', 'anybody on the line']) {
      expect(message).toContain(part);
    }
  });

  test('of throttling says how long it was asked to wait', async () => {
    const { fail } = setUp(to(Open, refused(Refusal.TooSoon, { wait: 9000 })));
    expect((await fail()).message).toMatch(/too many failures.* 9\.0 s .*292/);
  });

  test('of a try for which no time was left does not hide what was said before', async () => {
    const { fail } = setUp(({ header }, times) =>
      header.command !== (Message as number) ? undefined : times > 1 ? 'silence' : refused(Refusal.Replayed),
    );
    expect(await fail({ deadlineMs: 90 })).toMatchObject({ code: 'NOT_AUTHENTIC', claim: Refusal.Replayed });
  });

  test('of the line is passed on, whatever was said before', async () => {
    const { fail } = setUp(({ header }, times) =>
      header.command !== (Message as number) ? undefined : times > 1 ? 'silence' : refused(Refusal.Replayed),
    );
    expect(await fail()).toMatchObject({ code: 'LINK_TIMEOUT' });
  });
});

describe('a key that does not fit', () => {
  test('is said soon, after three tries, and as what it is', async () => {
    const { clock, fail, count } = setUp(to(Open, refused(Refusal.NotAuthentic)));
    const error = await fail();
    expect(error).toMatchObject({ code: 'KEY_WRONG', claim: Refusal.NotAuthentic });
    expect(error.message).toMatch(/OB-1.*anybody on the line/);
    expect(error).not.toHaveProperty('refusal');
    expect(count(Open)).toBe(3);
    expect(clock.now()).toBeLessThan(500);
  });

  test('is said soon by a terminal that was asked too often, too', async () => {
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
  ])('in state %i, is asked again: the terminal itself is heard', async (state) => {
    expect(await setUp(lifeCycle(state, 2)).request()).toEqual({ r: 'x' });
  });

  test.each([
    [lifeCycle(LifeCycle.Virgin), Refusal.KeyMissing],
    [lifeCycle(LifeCycle.Tampered), Refusal.Tampered],
    [to(Open, refused(Refusal.KeyMissing)), Refusal.KeyMissing],
    [to(Open, refused(Refusal.Tampered)), Refusal.Tampered],
  ])('is passed on soon, and as not proven (%#)', async (forger, refusal) => {
    const { clock, fail } = setUp(forger);
    const error = await fail();
    expect(error).toMatchObject({ code: 'REFUSED', refusal });
    expect(error.message).toMatch(/in clear, so anybody on the line can say it/);
    expect(clock.now()).toBeLessThan(300);
  });
});

describe('a wait', () => {
  test.each([0, 10, 1e9])('of %i ms in a status is a hint: an opening is tried within a second', async (wait) => {
    const { clock, request } = setUp(to(Status, { state: LifeCycle.Keyed, serial: 'OB-1', kcv: null, wait }));
    expect(await request()).toEqual({ r: 'x' });
    expect(clock.now()).toBeLessThanOrEqual(1010);
  });

  test('that is real is kept, and the session opens when it ends', async () => {
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
  test('that is not the terminal’s own does not stay: it is asked for again until a session proves it', async () => {
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
    expect(count(Status)).toBe(2);
  });
});

test('who loses a try and then says that it came before gets no more out of it than by silence', async () => {
  const { clock, device, fail } = setUp(({ header }, times) => {
    if (header.command !== (Message as number)) return undefined;
    return times % 2 ? 'silence' : refused(Refusal.Replayed);
  });
  expect(await fail({ deadlineMs: 1000 })).toMatchObject({ code: 'NOT_AUTHENTIC', claim: Refusal.Replayed });
  expect(clock.now()).toBeLessThanOrEqual(1000);
  expect(device.heard.length).toBeLessThanOrEqual(2 + 2 * 10);
});

describe('a session that was lost', () => {
  test('is made anew within a moment', async () => {
    const { terminal, clock, request } = setUp();
    await request();
    terminal.forget();
    const before = clock.now();
    expect(await request()).toEqual({ r: 'x' });
    expect(clock.now() - before).toBeLessThanOrEqual(60);
  });

  test('is not taken for the one that another request has opened since', async () => {
    const { terminal, line, clock, secure, request, device } = setUp();
    await request();
    // The answer to the first message comes late, and is of the session before.
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

  test('of one request does not end the opening for another', async () => {
    const { clock, secure, count } = setUp(to(Open, 'silence', 1));
    const short = secure.request(ask(), { deadlineMs: 50 }).catch((error: unknown) => error);
    const long = secure.request(ask('long'));
    expect(await clock.finish(long)).toEqual({ r: 'long' });
    expect(await short).toMatchObject({ code: 'LINK_TIMEOUT' });
    expect(count(Open)).toBe(2);
  });
});

describe('an abort', () => {
  test.each([Open, Message])('ends a pause at once, and leaves nothing behind: command %i', async (command) => {
    const { clock, secure, device } = setUp(to(command, refused(Refusal.TooSoon, { wait: 900 })));
    const abort = new AbortController();
    const state = secure.request(ask(), { signal: abort.signal }).catch((error: unknown) => error);
    await clock.advance(100);
    const before = device.heard.length;
    abort.abort();
    expect(await state).toMatchObject({ code: 'ABORTED' });
    expect(device.heard).toHaveLength(before);
    expect(clock.pending).toBe(0);
  });

  test('ends a pause for a status, too', async () => {
    const { clock, secure } = setUp(to(Status, { state: LifeCycle.Keyed, serial: 'OB-1', kcv: null, wait: 900 }));
    const abort = new AbortController();
    const state = secure.request(ask(), { signal: abort.signal }).catch((error: unknown) => error);
    await clock.advance(100);
    abort.abort();
    expect(await state).toMatchObject({ code: 'ABORTED' });
  });
});

describe('a close', () => {
  test.each([Open, Message])('ends a pause at once: command %i', async (command) => {
    const { clock, secure, smp } = setUp(to(command, refused(Refusal.TooSoon, { wait: 900 })));
    const state = secure.request(ask()).catch((error: unknown) => error);
    await clock.advance(100);
    await clock.finish(secure.close().then(() => smp.close()));
    expect(await state).toMatchObject({ code: 'LINK_CLOSED' });
    expect(clock.pending).toBe(0);
  });
});

test('a client that was closed asks nothing more, whatever it is told', async () => {
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
