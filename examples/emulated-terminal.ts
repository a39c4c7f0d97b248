// A test of your own program, with an emulated terminal that has its key: no hardware, no waiting.
//   node --test build/examples/emulated-terminal.js
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OctobindError, Refusal } from 'octobind';
import { type FaultTable, ManualClock, startKeyedTerminal } from 'octobind/testing';

test('a card is bound once', async () => {
  const { terminal } = startKeyedTerminal();
  const first = await terminal.bind({ pan: '4242424242424242', name: 'ZHANG SAN' });
  assert.deepEqual(first, { generation: 1, changed: true, slot: 1 });
  const second = await terminal.bind({ pan: '4242 4242 4242 4242', name: 'ZHANG SAN' });
  assert.deepEqual(second, { generation: 1, changed: false, slot: 1 });
  await terminal.close();
});

test('a number with a wrong check digit is refused', async () => {
  const { terminal } = startKeyedTerminal();
  await assert.rejects(
    terminal.bind({ pan: '4242424242424241', name: 'ZHANG SAN' }),
    (error) => error instanceof OctobindError && error.refusal === Refusal.PanCheckDigit,
  );
  await terminal.close();
});

test('a bad line costs time, and no card', async () => {
  // Both ends live by this clock, so a timeout takes no real time.
  const clock = new ManualClock();
  const faults: FaultTable = { seed: 1, faults: [{ kind: 'drop', direction: 'both', at: 40 }] };
  const { terminal } = startKeyedTerminal({ clock, wire: { faults } });
  const { slot } = await clock.finish(terminal.bind({ pan: '4242424242424242', name: 'ZHANG SAN' }));
  assert.equal(slot, 1);
  assert.ok(terminal.smp.counters.lost > 0);
  await clock.finish(terminal.close());
});

test('an opened case erases everything', async () => {
  const { device, terminal } = startKeyedTerminal();
  await terminal.bind({ pan: '4242424242424242', name: 'ZHANG SAN' });
  device.tamper();
  await assert.rejects(terminal.list(), { code: 'REFUSED' });
  await terminal.close();
});
