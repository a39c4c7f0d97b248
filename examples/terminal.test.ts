// A vitest fixture: each test gets an emulated terminal that has its key, and it is closed behind.
//   npx vitest run --root examples
import { setImmediate } from 'node:timers/promises';
import { Terminal, terminalKey } from 'octobind';
import { type KeyedTerminal, startKeyedTerminal } from 'octobind/testing';
import { expect, test as base } from 'vitest';

const CARD = { pan: '4242424242424242', name: 'ZHANG SAN' };
const master = new Uint8Array(32).fill(7);

const test = base.extend<{ keyed: KeyedTerminal }>({
  // eslint-disable-next-line no-empty-pattern -- vitest reads from the pattern which fixtures this one needs
  keyed: async ({}, use) => {
    const keyed = startKeyedTerminal({ master });
    await use(keyed);
    await keyed.terminal.close();
    keyed.device.powerOff();
  },
});

test('a card is bound', async ({ keyed: { terminal } }) => {
  expect(await terminal.bind(CARD)).toMatchObject({ slot: 1, changed: true });
});

test('a bind that is cut off leaves the old table', async ({ keyed: { device, link, terminal } }) => {
  // The next program stops after 20 bytes, and the power goes.
  device.nor.strike({ after: 0, tear: { kind: 'prefix', bytes: 20 }, outcome: 'cut' });
  const bind = terminal.bind(CARD).catch((error: unknown) => error);
  while (device.isOn) await setImmediate();
  // Until the power is back nothing replies, so the host repeats. Closed, it gives up at once.
  await terminal.close();
  expect(await bind).toMatchObject({ code: 'LINK_CLOSED' });

  device.powerOn();
  const later = new Terminal(link, { key: (serial) => terminalKey(master, serial) });
  expect((await later.list()).slots[0]).toBeNull();
  expect(await later.bind(CARD)).toMatchObject({ slot: 1, changed: true });
  await later.close();
});

test('the host survives a power cut by itself if the power comes back in time', async ({ keyed }) => {
  const { device, terminal } = keyed;
  device.nor.strike({ after: 0, tear: { kind: 'prefix', bytes: 20 }, outcome: 'cut' });
  const bind = terminal.bind(CARD);
  while (device.isOn) await setImmediate();
  device.powerOn();
  // It notices that its session is gone, opens another one, and repeats the bind.
  expect(await bind).toMatchObject({ slot: 1, changed: true });
});
