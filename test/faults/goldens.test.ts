import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FlashState, MenuUser, Register } from '../../assembly/protocol.js';
import { emulatedLink, EmulatedTerminal, KeyStore, Nor } from '../../host/emulator/index.js';
import { FlashImage, KeyFile } from '../../host/sim/index.js';
import { Terminal, terminalKey } from '../../host/index.js';
import { copyFlash, expectCards, expectedOf, folderOf, type Golden, masterOf } from '../support/golden.js';
import { copyPrivate } from '../support/private.js';
import { CutKeys } from '../support/tampering.js';

// The firmware keeps the cards on flash images and in key files that earlier commits wrote.

const COMMIT = 'a9c9caa';
const { cards, passwords, cases } = expectedOf(COMMIT);
const emulated = Object.entries(cases).filter(([name]) => name !== 'native');

let dir: string;
let master: Uint8Array;
let terminal: Terminal | undefined;
let device: EmulatedTerminal | undefined;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'octobind-golden-'));
  master = await masterOf(COMMIT, dir);
});
afterEach(async () => {
  await off();
  rmSync(dir, { recursive: true });
});

async function off(): Promise<void> {
  await terminal?.close();
  device?.powerOff();
  terminal = device = undefined;
}

function boot({ serial }: Golden, nor: Nor, keys: KeyStore): EmulatedTerminal {
  device = new EmulatedTerminal({ serial, nor, keys });
  device.powerOn();
  terminal = new Terminal(emulatedLink(device), { key: (of) => terminalKey(master, of), timeoutMs: 200 });
  return device;
}

const valueOf = (keys: KeyStore, id: Register): Buffer => {
  const value = Buffer.alloc(32);
  expect(keys.register(id, value)).toBe(0);
  return value;
};

/** A flash and a key store with the content of the golden's files, copied anew for each call. */
function files(name: string, golden: Golden): { nor: Nor; keys: CutKeys } {
  const image = new FlashImage(copyFlash(COMMIT, name, dir), golden.geometry);
  const nor = new Nor(golden.geometry, image).branch();
  image.close();
  const keys = new CutKeys({ backing: new KeyFile(copyPrivate(join(folderOf(COMMIT), `${name}.keys`), dir)) });
  return { nor, keys };
}

describe.each(emulated)('a flash image and key file of a9c9caa, %s', (name, golden) => {
  it('keep their cards, proven, through a change and a boot', async () => {
    const { nor, keys } = files(name, golden);
    boot(golden, nor, keys);
    if (!terminal) throw new Error('off');
    await expectCards(terminal, golden, cards, master);
    const free = golden.slots.indexOf(null);
    const slot = free < 0 ? 3 : free + 1;
    if (free < 0) await terminal.unbind(slot);
    const label = Object.keys(cards).find(
      (one) =>
        !golden.slots.some((view) => view && view !== 'damaged' && view.pan.endsWith(cards[one]?.pan.slice(-4) ?? '')),
    );
    await terminal.bind({ ...(cards[label ?? 'amex'] as { pan: string; name: string }), slot });
    const table = await terminal.list();
    await off();
    boot(golden, nor, new KeyStore({ backing: new KeyFile(join(dir, `${name}.keys`)) }));
    expect(await terminal.list()).toEqual(table);
  });

  it('keep their cards if the power is cut while the anchor is converted, which happens once', async () => {
    const whole = files(name, golden);
    boot(golden, whole.nor, whole.keys);
    const { operations } = whole.keys.supply;
    const vouched = golden.state === FlashState.Ready;
    await off();
    for (let at = 0; at < operations; at++) {
      for (const how of ['before', 'after'] as const) {
        const { nor, keys } = files(name, golden);
        keys.supply.arm({ at, how });
        expect(boot(golden, nor, keys).isOn).toBe(false);
        await off();
        keys.supply.arm(undefined);
        boot(golden, nor, keys);
        await expectCards(terminal as unknown as Terminal, golden, cards, master);
        await off();
      }
    }
    if (!vouched) return;
    expect(valueOf(whole.keys, Register.FormerAnchor)).toEqual(Buffer.alloc(32));
    expect(valueOf(whole.keys, Register.Anchor).readUInt32LE()).toBe(golden.generation);
    whole.keys.supply.arm(undefined);
    boot(golden, whole.nor, whole.keys);
    // Two operations fewer: the first boot set the new register and cleared the old one.
    expect(whole.keys.supply.operations).toBe(operations - 2);
  });
});

it('the passwords that a9c9caa set still unlock the menu', async () => {
  const golden = cases['in-service'] as Golden;
  const { nor, keys } = files('in-service', golden);
  boot(golden, nor, keys);
  await (terminal as unknown as Terminal).unlock(MenuUser.Operator, passwords.operator);
  await (terminal as unknown as Terminal).unlock(MenuUser.Administrator, passwords.administrator);
});
