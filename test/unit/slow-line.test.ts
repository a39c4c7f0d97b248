import { expect, test } from 'vitest';
import { MenuUser } from '../../assembly/protocol.js';
import { startKeyedTerminal } from '../../host/testing/index.js';
import { ManualClock } from '../../host/testing/manual-clock.js';

const CARD = { pan: '4242424242424242', name: 'ZHANG SAN' };
const OTHER_CARD = { pan: '5555555555554444', name: 'LI SI' };
const PASSWORDS = { operator: '482951', administrator: '70418263' };
const SERIAL = 'OB-FAR';

/** A keyed terminal whose line takes `ms` there, and as long back. */
function far(ms: number) {
  const clock = new ManualClock();
  const wire = { faults: { seed: 1, faults: [{ kind: 'delay', direction: 'both', every: 1, ms } as const] } };
  const { device, terminal } = startKeyedTerminal({ serial: SERIAL, clock, wire });
  return { clock, device, terminal };
}

test.each([249, 251, 350, 500, 750, 1000])('every command works if the line takes %i ms each way', async (ms) => {
  const { clock, terminal } = far(ms);
  const done = <T>(work: Promise<T>): Promise<T> => clock.finish(work);
  expect((await done(terminal.list())).slots.filter(Boolean)).toEqual([]);
  expect(await done(terminal.bind(CARD))).toMatchObject({ slot: 1, changed: true });
  expect(await done(terminal.bind({ ...OTHER_CARD, slot: 8 }))).toMatchObject({ slot: 8, changed: true });
  expect(await done(terminal.unbind(1))).toMatchObject({ changed: true });
  const eight = [CARD, OTHER_CARD, null, null, null, null, null, null];
  expect(await done(terminal.replace(eight))).toMatchObject({ changed: true });
  expect((await done(terminal.verify(new Uint8Array(16)))).macs.filter(Boolean)).toHaveLength(2);
  expect(await done(terminal.echo('hello'))).toBe('hello');
  expect(await done(terminal.uname('n'))).toBe(SERIAL);
  for (const group of await done(terminal.statGroups())) await done(terminal.stats(group));
  expect(await done(terminal.selfTest())).toBe(0);
  expect(await done(terminal.status())).toMatchObject({ serial: SERIAL });
  await done(terminal.setPasswords(PASSWORDS));
  await done(terminal.unlock(MenuUser.Operator, PASSWORDS.operator));
  const key = new Uint8Array(32).fill(9);
  expect(await done(terminal.loadKey(key, { serial: SERIAL }))).toMatchObject({ changed: true });
  await clock.finish(terminal.close());
});

test('a first session needs one opening, however often that is repeated', async () => {
  const { clock, terminal } = far(1000);
  await clock.finish(terminal.list());
  const { opened, err_open } = await clock.finish(terminal.stats('session'));
  expect({ opened, err_open }).toEqual({ opened: 1, err_open: 0 });
  await clock.finish(terminal.close());
});

test('a restart and a format work if the line takes a second each way', async () => {
  const { clock, terminal } = far(1000);
  await clock.finish(terminal.format());
  await clock.finish(terminal.reset());
  expect((await clock.finish(terminal.list())).generation).toBe(1);
  await clock.finish(terminal.close());
});
