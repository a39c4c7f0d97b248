// Cuts the power at every byte of a bind, and looks at the table after the restart.
//   node build/examples/power-cut.js
import { setImmediate } from 'node:timers/promises';
import { Terminal, terminalKey } from 'octobind';
import { startKeyedTerminal } from 'octobind/testing';

const CARD = { pan: '4242424242424242', name: 'ZHANG SAN' };
const OTHER = { pan: '5555555555554444', name: 'MARIA GARCIA' };
/** A bind programs one frame: docs/STORE.md. */
const FRAME_BYTES = 101;
const master = new Uint8Array(32).fill(7);

let old = 0;
let changed = 0;
for (let bytes = 0; bytes <= FRAME_BYTES; bytes++) {
  const { device, link, terminal } = startKeyedTerminal({ master });
  await terminal.bind(CARD);

  // The power goes in the next program, after so many bytes. The host gives up.
  device.nor.strike({ after: 0, tear: { kind: 'prefix', bytes }, outcome: 'cut' });
  const asked = terminal.bind(OTHER).catch(() => undefined);
  while (device.isOn) await setImmediate();
  await terminal.close();
  await asked;

  device.powerOn();
  const later = new Terminal(link, { key: (serial) => terminalKey(master, serial) });
  const { slots } = await later.list();
  await later.close();
  if (!slots[0]) throw new Error(`the first card is lost after ${bytes} bytes`);
  if (slots[1]) changed++;
  else old++;
}
// The last bytes may be erased flash anyway, or have one wrong bit, which the store corrects:
// then a frame that was cut is whole all the same.
console.log(`the old table ${old} times, the new one ${changed} times, and nothing else`);
