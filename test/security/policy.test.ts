import { describe, expect, it } from 'vitest';
import { HalError, Register } from '../../assembly/protocol.js';
import { EmulatedTerminal, emulatedLink, type KeyStore, Nor, policyGeometry } from '../../host/emulator/index.js';
import { DEFAULT_GEOMETRY } from '../../host/emulator/index.js';
import { FlashState, Keyholder, Refusal, Terminal } from '../../host/index.js';
import { key, keysOf } from '../support/keyed.js';

// Whoever has the flash chip in a programmer can read the policy's region, and write to it.

const SERIAL = 'OB-POLICY';
const STRICT = { shop: '老张面馆', slots: 1, adds: Keyholder.Nobody };
const LAX = { shop: '老张面馆', slots: 8, adds: Keyholder.Operator };
const VISA = { pan: '4242424242424242', name: 'ZHANG SAN' };

interface Parts {
  nor: Nor;
  policyNor: Nor;
  keys: KeyStore;
}

function newParts(): Parts {
  return { nor: new Nor(), policyNor: new Nor(policyGeometry(DEFAULT_GEOMETRY)), keys: keysOf(SERIAL) };
}

function boot(parts: Parts): { device: EmulatedTerminal; terminal: Terminal } {
  const device = new EmulatedTerminal({ serial: SERIAL, ...parts });
  device.powerOn();
  return { device, terminal: new Terminal(emulatedLink(device), { key }) };
}

const refusal = (of: Refusal): object => expect.objectContaining({ code: 'REFUSED', refusal: of }) as object;

/** A terminal with a card, an older and a newer policy, and the images that held them. */
async function withHistory(): Promise<{ parts: Parts; older: Uint8Array; newer: Uint8Array }> {
  const parts = newParts();
  const { device, terminal } = boot(parts);
  await terminal.bind(VISA);
  await terminal.setPolicy(LAX);
  const older = parts.policyNor.snapshot();
  // Twice, so that the older one is nowhere on the flash any more.
  await terminal.setPolicy({ ...STRICT, slots: 2 });
  await terminal.setPolicy(STRICT);
  await terminal.close();
  device.powerOff();
  return { parts, older, newer: parts.policyNor.snapshot() };
}

async function expectLost({ terminal }: { terminal: Terminal }, state: FlashState, code: Refusal): Promise<void> {
  const table = await terminal.list();
  expect(table).toMatchObject({ state: FlashState.Ready, policy: state });
  expect(table.slots[0]).toMatchObject({ pan: '424242******4242' });
  expect(await terminal.policy()).toMatchObject({ state, policy: null });
  await expect(terminal.unbind(1)).rejects.toEqual(refusal(code));
  await expect(terminal.bind({ ...VISA, pan: '5555555555554444' })).rejects.toEqual(refusal(code));
  await expect(terminal.replace(Array<null>(8).fill(null))).rejects.toEqual(refusal(code));
  await expect(terminal.verify(new Uint8Array(8))).rejects.toEqual(refusal(code));
}

describe('the policy on the flash chip', () => {
  it('cannot be read, neither its texts nor its numbers', async () => {
    const { parts } = await withHistory();
    const image = Buffer.from(parts.policyNor.snapshot());
    expect(image.includes(Buffer.from('老张'))).toBe(false);
    const [first, second] = [0, 4096].map((at) => image.subarray(at + 16, at + 16 + 352));
    expect(first?.equals(second ?? Buffer.alloc(0))).toBe(false);
  });

  it.each<[string, (older: Uint8Array, newer: Uint8Array) => Uint8Array]>([
    ['an older one', (older) => older],
    ['erased', (older) => new Uint8Array(older.length).fill(0xff)],
    ['zeros', (older) => new Uint8Array(older.length)],
    ['spoiled by one bit in each sector', (_, newer) => newer.map((byte, at) => (at % 4096 === 40 ? byte ^ 1 : byte))],
    ['at another generation', (_, newer) => newer.map((byte, at) => (at % 4096 === 12 ? byte ^ 1 : byte))],
  ])('is noticed if it is %s: the list works, and nothing is changed or proven', async (_what, spoil) => {
    const { parts, older, newer } = await withHistory();
    parts.policyNor.load(spoil(older, newer));
    const before = parts.policyNor.snapshot();
    await expectLost(boot(parts), FlashState.Forged, Refusal.PolicyLost);
    expect(parts.policyNor.snapshot()).toEqual(before);
  });

  it('that was lost is mended by another one, at a higher generation', async () => {
    const { parts, older } = await withHistory();
    parts.policyNor.load(older);
    const { terminal } = boot(parts);
    expect(await terminal.setPolicy(STRICT)).toEqual({ generation: 4, changed: true });
    expect(await terminal.unbind(1)).toMatchObject({ changed: true });
    expect(await boot(parts).terminal.policy()).toMatchObject({ generation: 4, state: FlashState.Ready });
  });

  it('that was lost is given up by format', async () => {
    const { parts, older } = await withHistory();
    parts.policyNor.load(older);
    const { terminal } = boot(parts);
    await terminal.format();
    expect(await terminal.policy()).toEqual({ generation: 4, state: FlashState.Blank, policy: null });
    expect(parts.policyNor.snapshot().every((byte) => byte === 0xff)).toBe(true);
    await terminal.bind(VISA);
  });

  it('may change sectors: it is found by what it is', async () => {
    const { parts, newer } = await withHistory();
    const swapped = Uint8Array.from([...newer.subarray(4096), ...newer.subarray(0, 4096)]);
    parts.policyNor.load(swapped);
    const { terminal } = boot(parts);
    expect(await terminal.policy()).toMatchObject({ generation: 3, policy: { slots: 1 } });
    await terminal.setPolicy(LAX);
    expect(await boot(parts).terminal.policy()).toMatchObject({ generation: 4, policy: { slots: 8 } });
  });

  it('is noticed while the terminal runs, too', async () => {
    const { parts, older } = await withHistory();
    const { terminal } = boot(parts);
    expect(await terminal.policy()).toMatchObject({ state: FlashState.Ready });
    parts.policyNor.load(older);
    await expectLost({ terminal }, FlashState.Ready, Refusal.PolicyLost).catch(() => undefined);
    expect(await terminal.policy()).toMatchObject({ state: FlashState.Forged, policy: null });
    await expect(terminal.unbind(1)).rejects.toEqual(refusal(Refusal.PolicyLost));
  });

  it('of another terminal is not taken', async () => {
    const { parts, newer } = await withHistory();
    const other = { ...newParts() };
    other.policyNor.load(newer);
    expect(await boot(other).terminal.policy()).toEqual({ generation: 0, state: FlashState.Blank, policy: null });
    expect(await boot(parts).terminal.policy()).toMatchObject({ state: FlashState.Ready });
  });
});

describe('a policy that cannot be read or kept', () => {
  it('forbids every change if the flash does not read, and is there again after a boot that reads well', async () => {
    const { parts } = await withHistory();
    const read = parts.policyNor.read.bind(parts.policyNor);
    parts.policyNor.read = () => HalError.Device;
    const bench = boot(parts);
    await expectLost(bench, FlashState.Damaged, Refusal.FlashUnread);
    await expect(bench.terminal.setPolicy(LAX, null)).rejects.toEqual(refusal(Refusal.FlashUnread));
    parts.policyNor.read = read;
    expect(await boot(parts).terminal.policy()).toMatchObject({ generation: 3, state: FlashState.Ready });
  });

  it('forbids every change if its register cannot be read', async () => {
    const { parts } = await withHistory();
    const get = parts.keys.register.bind(parts.keys);
    parts.keys.register = (id, into) => (id === (Register.PolicyAnchor as number) ? HalError.Device : get(id, into));
    const bench = boot(parts);
    await expectLost(bench, FlashState.Damaged, Refusal.FlashUnread);
    await expect(bench.terminal.setPolicy(LAX, null)).rejects.toEqual(refusal(Refusal.FlashFailed));
    await expect(bench.terminal.format()).rejects.toEqual(refusal(Refusal.FlashFailed));
    parts.keys.register = get;
    expect(await bench.terminal.setPolicy(LAX, null)).toEqual({ generation: 4, changed: true });
  });

  it('stays as it was if its register cannot be set, and nothing is changed or proven until it can', async () => {
    const { parts } = await withHistory();
    const { terminal } = boot(parts);
    const set = parts.keys.setRegister.bind(parts.keys);
    parts.keys.setRegister = (id, value) =>
      id === (Register.PolicyAnchor as number) ? HalError.Device : set(id, value);
    await expect(terminal.setPolicy(LAX)).rejects.toEqual(refusal(Refusal.FlashFailed));
    await expect(terminal.setPolicy(LAX)).rejects.toEqual(refusal(Refusal.FlashFailed));
    await expect(terminal.unbind(1)).rejects.toEqual(refusal(Refusal.FlashFailed));
    await expect(terminal.verify(new Uint8Array(8))).rejects.toEqual(refusal(Refusal.FlashFailed));
    parts.keys.setRegister = set;
    expect(await terminal.policy()).toMatchObject({ generation: 3, policy: { slots: 1 } });
    expect(await terminal.unbind(1)).toMatchObject({ changed: true });
    expect(await terminal.setPolicy(LAX)).toEqual({ generation: 4, changed: true });
  });
});

it('tampering erases the policy, and its register', async () => {
  const { parts } = await withHistory();
  const { device } = boot(parts);
  device.tamper();
  expect(parts.policyNor.snapshot().every((byte) => byte === 0xff)).toBe(true);
  const value = new Uint8Array(32);
  expect(parts.keys.register(Register.PolicyAnchor, value)).toBe(0);
  expect(value).toEqual(new Uint8Array(32));
});
