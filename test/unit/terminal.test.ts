import { describe, expect, test } from 'vitest';
import {
  CardCommand,
  FlashState,
  Group,
  Op,
  OsCommand,
  MenuUser,
  Refusal,
  Role,
  Scheme,
  SessionCommand,
  StatCommand,
} from '../../assembly/protocol.js';
import { Terminal } from '../../host/terminal/terminal.js';
import type { Body } from '../../host/smp/packet.js';
import { cards, refused, type Respond, speak } from './secure-support.js';
import { turn } from '../../host/testing/manual-clock.js';
import { always, answer, Device } from './smp-support.js';

const PAN = '4242424242424242';
const CARD = { pan: PAN, name: 'A B' };
const VIEW = { pan: '424242******4242', scheme: Scheme.Visa, role: Role.Payment, name: 'A B' };
const EMPTY = [null, null, null, null, null, null, null, null];
const LIST: number = CardCommand.List;
const STAT: number = Group.Stat;
const TMK = Buffer.alloc(32, 7);
const ABOUT = { release: '0.1.0', hal: 7, runtime: 'board 0.1.0', arch: 'arm', cpu: 'cortex-m3', board: 'b' };
const INFO = {
  ...{ release: '0.1.0', hal: 7, runtime: 'board 0.1.0' },
  ...{ architecture: 'arm', processor: 'cortex-m3', board: 'b' },
};
const MAC = new Uint8Array(16).fill(7);

const setUp = (respond?: Respond) => speak(TMK, respond);
const listed = (gen: number): Body => ({ gen, state: FlashState.Ready, slots: EMPTY });

type Call = (terminal: Terminal) => Promise<unknown>;
const os = (op: Op, command: OsCommand) => ({ op, group: Group.Os, command });
const session = (command: SessionCommand) => ({ op: Op.Write, group: Group.Session, command });
const card = (op: Op, command: CardCommand) => ({ op, group: Group.Card, command });

/**
 * A call, the header and the body of its request, the body of the reply, and the result of the
 * call.
 */
test.each<[string, Call, object, Body, Body, unknown]>([
  ['echo', (t) => t.echo('x'), os(Op.Write, OsCommand.Echo), { d: 'x' }, { r: 'x' }, 'x'],
  [
    'params',
    (t) => t.params(),
    os(Op.Read, OsCommand.Params),
    {},
    { buf_size: 2048, buf_count: 1 },
    { bufSize: 2048, bufCount: 1 },
  ],
  ['uname', (t) => t.uname(), os(Op.Read, OsCommand.Info), { format: 'a' }, { output: 'octobind' }, 'octobind'],
  [
    'info',
    (t) => t.info(),
    { ...session(SessionCommand.About), op: Op.Read },
    {},
    { ...ABOUT, build: new Uint8Array(32).fill(0xa7) },
    { ...INFO, build: 'a7'.repeat(32) },
  ],
  [
    'info',
    (t) => t.info(),
    { ...session(SessionCommand.About), op: Op.Read },
    {},
    { ...ABOUT, build: null },
    { ...INFO, build: null },
  ],
  ['serial', (t) => t.serial(), os(Op.Read, OsCommand.Info), { format: 'n' }, { output: 'OB-1' }, 'OB-1'],
  ['bootloader', (t) => t.bootloader(), os(Op.Read, OsCommand.Bootloader), {}, { bootloader: 'none' }, 'none'],
  [
    'datetime',
    (t) => t.datetime(),
    os(Op.Read, OsCommand.DateTime),
    {},
    { datetime: '2026-01-02T03:04:05.678' },
    new Date('2026-01-02T03:04:05.678Z'),
  ],
  [
    'setDatetime',
    (t) => t.setDatetime(new Date('2026-01-02T03:04:05.678Z')),
    os(Op.Write, OsCommand.DateTime),
    { datetime: '2026-01-02T03:04:05.678Z' },
    {},
    undefined,
  ],
  [
    'stats',
    (t) => t.stats('link'),
    { op: Op.Read, group: Group.Stat, command: StatCommand.Show },
    { name: 'link' },
    { name: 'link', fields: { rx_frames: 3 } },
    { rx_frames: 3 },
  ],
  [
    'statGroups',
    (t) => t.statGroups(),
    { op: Op.Read, group: Group.Stat, command: StatCommand.List },
    {},
    { stat_list: ['link', 'flash'] },
    ['link', 'flash'],
  ],
  [
    'list',
    (t) => t.list(),
    card(Op.Read, CardCommand.List),
    {},
    { gen: 5, state: 0, slots: [VIEW, false, ...EMPTY.slice(2)] },
    { generation: 5, state: FlashState.Ready, slots: [VIEW, 'damaged', ...EMPTY.slice(2)] },
  ],
  [
    'bind',
    (t) => t.bind(CARD, 4),
    card(Op.Write, CardCommand.Bind),
    { gen: 4, ...CARD },
    { gen: 5, slot: 1, changed: true },
    { generation: 5, slot: 1, changed: true },
  ],
  [
    'bind into a slot, for settlement, whatever the generation',
    (t) => t.bind({ ...CARD, role: Role.Settlement, slot: 8 }, null),
    card(Op.Write, CardCommand.Bind),
    { gen: null, ...CARD, role: 2, slot: 8 },
    { gen: 5, slot: 8, changed: false },
    { generation: 5, slot: 8, changed: false },
  ],
  [
    'unbind',
    (t) => t.unbind(3, 4),
    card(Op.Write, CardCommand.Unbind),
    { gen: 4, slot: 3 },
    { gen: 5, changed: true },
    { generation: 5, changed: true },
  ],
  [
    'replace',
    (t) => t.replace(['keep', null, CARD, { ...CARD, role: Role.Payment }, null, null, null, null], 4),
    card(Op.Write, CardCommand.Replace),
    { gen: 4, slots: [true, null, CARD, { ...CARD, role: 1 }, null, null, null, null] },
    { gen: 5, changed: true },
    { generation: 5, changed: true },
  ],
  [
    'verify',
    (t) => t.verify(Buffer.alloc(8, 1)),
    card(Op.Read, CardCommand.Verify),
    { nonce: new Uint8Array(8).fill(1) },
    { gen: 5, macs: [MAC, ...EMPTY.slice(1)] },
    { generation: 5, macs: [MAC, ...EMPTY.slice(1)] },
  ],
  [
    'format',
    (t) => t.format(),
    card(Op.Write, CardCommand.Format),
    { confirm: 'format' },
    { gen: 0 },
    { generation: 0 },
  ],
  [
    'setPasswords',
    (t) => t.setPasswords({ operator: '123456', administrator: '654321' }),
    session(SessionCommand.Passwords),
    { operator: '123456', admin: '654321' },
    {},
    undefined,
  ],
  [
    'unlock',
    (t) => t.unlock(MenuUser.Administrator, '654321'),
    session(SessionCommand.Unlock),
    { who: 2, password: '654321' },
    {},
    undefined,
  ],
])('sends one request and returns the result: %s', async (_, call, header, request, response, result) => {
  const { device, heard, terminal } = setUp(always(response));
  expect(await call(terminal)).toEqual(result);
  expect(device.heard.some(({ header: { group } }) => group === (Group.Card as number))).toBe(false);
  expect(heard).toHaveLength(1);
  expect(heard[0]?.header).toMatchObject({ version: 1, ...header });
  expect(heard[0]?.body).toEqual(request);
});

describe('a change without a generation', () => {
  test('names the generation that it reads just before', async () => {
    const { heard, terminal } = setUp(
      cards({ [CardCommand.List]: listed(7), [CardCommand.Unbind]: { gen: 8, changed: true } }),
    );
    expect(await terminal.unbind(1)).toEqual({ generation: 8, changed: true });
    expect(heard.map(({ body }) => body)).toEqual([{}, { gen: 7, slot: 1 }]);
  });

  test('counts as changed if its reply is lost and the next try finds it done', async () => {
    let tries = 0;
    const { clock, terminal } = setUp((heard, device) => {
      if (heard.header.command === LIST) device.say(answer(heard.header, listed(7)));
      else if (tries++ > 0) device.say(answer(heard.header, { gen: 8, slot: 1, changed: false }));
    });
    expect(await clock.finish(terminal.bind(CARD))).toEqual({ generation: 8, slot: 1, changed: true });
  });

  test('counts as unchanged if the table had its result already', async () => {
    const { terminal } = setUp(
      cards({ [CardCommand.List]: listed(7), [CardCommand.Bind]: { gen: 7, slot: 1, changed: false } }),
    );
    expect(await terminal.bind(CARD)).toEqual({ generation: 7, slot: 1, changed: false });
  });
});

test('a refusal has its reason and its slot', async () => {
  const { terminal } = setUp(always({ err: { group: 66, rc: Refusal.DuplicateCard }, slot: 2 }));
  const refusal = { code: 'REFUSED', refusal: Refusal.DuplicateCard, slot: 2 };
  await expect(terminal.bind(CARD, null)).rejects.toMatchObject(refusal);
});

describe('a malformed reply is a protocol error', () => {
  test.each<[string, Call, Body]>([
    ['text in place of a count', (t) => t.list(), { ...listed(0), gen: 'x' }],
    ['a negative count', (t) => t.list(), { ...listed(0), gen: -1 }],
    ['a fraction', (t) => t.list(), { ...listed(0), gen: 1.5 }],
    ['a count that is not a safe integer', (t) => t.list(), { ...listed(0), gen: 2n ** 63n }],
    ['seven slots', (t) => t.list(), { ...listed(0), slots: EMPTY.slice(1) }],
    ['a slot that is true', (t) => t.list(), { ...listed(0), slots: [true, ...EMPTY.slice(1)] }],
    ['a MAC of another length', (t) => t.verify(MAC), { gen: 0, macs: [new Uint8Array(15), ...EMPTY.slice(1)] }],
    ['no field at all', (t) => t.echo('x'), {}],
    ['a digest of another length', (t) => t.info(), { ...ABOUT, build: new Uint8Array(20) }],
    ['a board with an escape in its name', (t) => t.info(), { ...ABOUT, board: '\u001b[2J', build: null }],
    ['a date that does not exist', (t) => t.datetime(), { datetime: '2026-13-02T03:04:05' }],
    ['slot 9', (t) => t.bind(CARD, null), { gen: 1, slot: 9, changed: true }],
  ])('%s', async (_, call, body) => {
    const { terminal } = setUp(always(body));
    await expect(call(terminal)).rejects.toMatchObject({ code: 'PROTOCOL' });
  });
});

test.each<[string, (terminal: Terminal) => Promise<unknown>, Body]>([
  ['the terminal sends it back', (t) => t.bind(CARD, null), { gen: PAN, slot: PAN, changed: PAN }],
  ['it is in the name of a counter', (t) => t.stats('link'), { name: 'link', fields: { [PAN]: -1 } }],
  ['it is in the place of an error code', (t) => t.bind(CARD, null), { err: { group: PAN, rc: PAN } }],
  ['the request is too long', (t) => t.bind({ pan: PAN, name: 'x'.repeat(3000) }, null), {}],
])('no error shows a card number if %s', async (_, call, body) => {
  const { terminal } = setUp(always(body));
  const error: unknown = await call(terminal).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Error);
  expect(JSON.stringify(error, ['message', 'stack', 'cause']) + String(error)).not.toContain(PAN);
});

test('a wrong password is refused, with the time to wait', async () => {
  const { terminal } = setUp(always(refused(Refusal.PasswordWrong, { wait: 10_000 })));
  const refusal = { refusal: Refusal.PasswordWrong, waitMs: 10_000 };
  await expect(terminal.unlock(MenuUser.Operator, '123456')).rejects.toMatchObject(refusal);
});

test('card commands fail without a key, and send nothing', async () => {
  const device = new Device();
  const terminal = new Terminal(device);
  await expect(terminal.bind(CARD)).rejects.toMatchObject({ code: 'KEY_MISSING' });
  await expect(terminal.unlock(MenuUser.Operator, '123456')).rejects.toMatchObject({ code: 'KEY_MISSING' });
  expect(device.openings).toBe(0);
});

test('a call with wrong arguments sends nothing', async () => {
  const { device, terminal } = setUp();
  await expect(terminal.replace([null], 0)).rejects.toMatchObject({ code: 'USAGE' });
  await expect(terminal.setDatetime(new Date(NaN))).rejects.toMatchObject({ code: 'USAGE' });
  expect(device.openings).toBe(0);
});

test('an abort signal ends the request that is under way', async () => {
  const abort = new AbortController();
  const device = new Device();
  const terminal = new Terminal(device, { signal: abort.signal });
  const echo = terminal.echo('x');
  abort.abort();
  await expect(echo).rejects.toMatchObject({ code: 'ABORTED' });
});

describe('a reset', () => {
  /** A terminal that counts its frames. `onReset` gets a function that restarts the count. */
  function counting({ onReset }: { onReset: (device: Device, restart: () => void) => void }) {
    let frames = 0;
    let resets = 0;
    const parts = setUp(({ header }, line) => {
      frames++;
      if (header.group === STAT) line.say(answer(header, { name: 'link', fields: { rx_frames: frames } }));
      else {
        resets++;
        line.say(answer(header, {}));
        onReset(parts.device, () => (frames = 0));
      }
    });
    const state = { settled: false, error: undefined as unknown };
    const start = (): void =>
      void parts.terminal.reset().then(
        () => (state.settled = true),
        (error: unknown) => Object.assign(state, { settled: true, error }),
      );
    return { ...parts, start, state, resets: () => resets };
  }

  test('ends when the terminal counts from zero again, and not before', async () => {
    let restart: () => void = () => undefined;
    const { start, state, clock, resets } = counting({ onReset: (_, run) => (restart = run) });
    start();
    await clock.advance(1000);
    expect(state.settled).toBe(false);
    restart();
    await clock.advance(100);
    expect(state).toEqual({ settled: true, error: undefined });
    expect(resets()).toBe(1);
  });

  test('goes on if the link is lost meanwhile', async () => {
    const { start, state, clock, device } = counting({
      onReset: (device, restart) => {
        restart();
        queueMicrotask(() => device.unplug());
      },
    });
    start();
    await clock.advance(1000);
    expect(state.settled).toBe(false);
    device.plug();
    await clock.advance(1000);
    expect(state).toEqual({ settled: true, error: undefined });
  });

  test('ends in a timeout if the terminal does not come back', async () => {
    const { start, state, clock } = counting({ onReset: (device) => (device.respond = () => undefined) });
    start();
    await clock.advance(20_000);
    expect(state.error).toMatchObject({ code: 'LINK_TIMEOUT', awaited: { what: 'the terminal after its restart' } });
  });

  test('ends if the terminal is closed meanwhile', async () => {
    const { start, state, clock, terminal } = counting({ onReset: () => undefined });
    start();
    await clock.advance(100);
    await terminal.close();
    await clock.advance(100);
    await turn();
    expect(state.error).toMatchObject({ code: 'LINK_CLOSED' });
  });

  test('is not sent to a terminal that does not count its frames', async () => {
    const { terminal, heard } = setUp(always({ name: 'link', fields: {} }));
    await expect(terminal.reset()).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    expect(heard.every(({ header }) => header.group === STAT)).toBe(true);
  });
});
