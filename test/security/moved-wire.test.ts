import { expect, it } from 'vitest';
import { emulatedLink } from '../../host/emulator/index.js';
import { type LinkFactory, Terminal } from '../../host/index.js';
import { key, keyedTerminal } from '../support/keyed.js';
import { counters } from '../support/session.js';
import { ManualClock } from '../../host/testing/manual-clock.js';

/** Two keyed terminals, and one wire that is at the first of them until it is moved. */
function setUp() {
  const clock = new ManualClock();
  const [first, second] = ['OB-A', 'OB-B'].map((serial) => {
    const device = keyedTerminal({ serial, clock });
    device.powerOn();
    return { device, link: emulatedLink(device, { clock }) };
  }) as [Place, Place];
  let at = first;
  const wire: LinkFactory = { address: 'wire', open: (signal) => at.link.open(signal) };
  const host = new Terminal(wire, { key, clock });
  /** The cable goes out of one terminal and into the other. */
  const move = (to: Place): void => {
    at.link.unplug();
    at.link.replug();
    at = to;
  };
  return { clock, first, second, host, move };
}
type Place = { device: ReturnType<typeof keyedTerminal>; link: ReturnType<typeof emulatedLink> };

it('a wire that was moved to another terminal is noticed, and that one counts no failure', async () => {
  const { clock, second, host, move } = setUp();
  await clock.finish(host.list());
  move(second);
  for (let i = 0; i < 4; i++) {
    const error = await clock.finish(host.list().catch((thrown: unknown) => thrown));
    expect(error).toMatchObject({ code: 'NOT_AUTHENTIC' });
    expect((error as Error).message).toContain("This is OB-B; the key is OB-A's.");
  }
  expect(counters(second.device)).toMatchObject({ err_open: 0, opened: 0 });
  await clock.finish(host.close());
});

it('a wire that was moved back works again', async () => {
  const { clock, first, second, host, move } = setUp();
  await clock.finish(host.bind({ pan: '4242424242424242', name: 'ZHANG SAN' }));
  move(second);
  await expect(clock.finish(host.list())).rejects.toMatchObject({ code: 'NOT_AUTHENTIC' });
  move(first);
  expect((await clock.finish(host.list())).slots.filter(Boolean)).toHaveLength(1);
  await clock.finish(host.close());
});

it('a key for one terminal does not go to another that is there instead', async () => {
  const { clock, second, host, move } = setUp();
  move(second);
  const loading = clock.finish(host.loadKey(new Uint8Array(32).fill(9), { serial: 'OB-A' }));
  await expect(loading).rejects.toThrow("This is OB-B; the key is OB-A's.");
  expect(counters(second.device)).toMatchObject({ err_open: 0, opened: 0 });
  await clock.finish(host.close());
});
