// Fuzzes the firmware over its UART: `npm run fuzz -- [--frames N] [--seed N] [--session]`. No frame may make it trap, hang, or touch its flash.
// In clear; with --session, most packets come inside an open session, and some of its messages are spoiled.
//
// Every frame is either spoiled below the CBOR, so that it must be dropped or refused, or is a request that must be refused even
// when it is understood whole: changes name a generation that does not hold, and a number whose check digit is wrong.
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { KeySlot } from '../../build/assembly/protocol.js';
import { EmulatedTerminal, KeyStore, Nor } from '../../build/host/emulator/index.js';
import { seededRandom } from '../../build/host/emulator/faults.js';
import { encodeFrame, FrameReader } from '../../build/host/smp/frame.js';
import { encodePacket } from '../../build/host/smp/packet.js';
import { makeFrame } from './frames.mjs';
import { FuzzedHost, PSK, SERIAL } from './session.mjs';

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    session: { type: 'boolean', default: false },
  },
});
const frames = Number(values.frames);
const seed = Number(values.seed);
if (!Number.isSafeInteger(frames) || frames < 1 || !Number.isSafeInteger(seed)) {
  console.error('usage: npm run fuzz -- [--frames N] [--seed N] [--session], whole numbers');
  process.exit(2);
}

/** Longest that one frame may take, in milliseconds: a thousand times what it needs. */
const HANG_MS = 2000;
const CHECK_EVERY = 1000;

const random = seededRandom(seed);
const nor = new Nor();
const keys = new KeyStore().set(KeySlot.Root, new Uint8Array(32)).set(KeySlot.Master, PSK);
const terminal = new EmulatedTerminal({ serial: SERIAL, nor, keys });
let answers = 0;
let last;
const reader = new FrameReader((packet) => (last = packet), { frames: 0, base64: 0, length: 0, crc: 0 });
terminal.onOutput = (bytes) => {
  answers++;
  reader.push(bytes);
};
terminal.onTrap = (error) => {
  throw error;
};
terminal.powerOn();
const host = new FuzzedHost((frame) => {
  last = undefined;
  terminal.receive(frame);
  return last;
}, random);

// Two cards, so that there is something to lose.
host.send(2, 66, 1, { gen: null, pan: '4242424242424242', name: 'ZHANG SAN', role: 2 });
host.send(2, 66, 1, { gen: null, pan: '6205500000000000004', name: '李四' });
const before = nor.snapshot();
const programs = nor.programs;
if (programs !== 2) throw new Error('the terminal does not bind: nothing to fuzz');

const bar = process.stderr.isTTY
  ? new SingleBar({ format: 'fuzz {bar} {value}/{total} frames, {eta} s left' })
  : undefined;
bar?.start(frames, 0);
const began = performance.now();
let slowest = 0;
for (let count = 0; count < frames; count++) {
  const bytes = values.session ? host.makeFrame() : makeFrame(random);
  const start = performance.now();
  try {
    terminal.receive(bytes);
    if (!terminal.isOn) throw new Error('the terminal went off');
    slowest = Math.max(slowest, performance.now() - start);
    if (slowest > HANG_MS) throw new Error(`it took ${Math.round(slowest)} ms`);
    if (nor.programs !== programs) throw new Error('the flash was programmed');
  } catch (error) {
    bar?.stop();
    console.error(`frame ${count} of seed ${seed}: ${error.message}\n${Buffer.from(bytes).toString('hex')}`);
    process.exit(1);
  }
  if (count % CHECK_EVERY === 0) bar?.update(count);
}
bar?.update(frames);
bar?.stop();

if (Buffer.compare(nor.snapshot(), before) !== 0 || nor.erases.some((erased) => erased > 0)) {
  console.error(`seed ${seed}: the flash is not what it was`);
  process.exit(1);
}
// It still answers, and most of what was sent was understood well enough to be answered: the fuzz reaches past the framing.
const heard = answers;
terminal.receive(encodeFrame(encodePacket({ version: 1, op: 0, group: 0, sequence: 0, command: 6 }, {})));
if (answers === heard || heard < frames / 4) {
  console.error(`seed ${seed}: ${heard} answers to ${frames} frames, ${answers - heard} to a good one after them`);
  process.exit(1);
}
const inside = values.session ? `, ${host.carriedOut.toLocaleString('en')} of them inside a session` : '';
if (values.session && host.carriedOut < frames / 4) {
  console.error(`seed ${seed}: only ${host.carriedOut} were answered inside a session`);
  process.exit(1);
}
console.log(
  `${frames} frames, seed ${seed}${inside}: ${heard} answered, no trap, no hang (slowest ${slowest.toFixed(1)} ms), flash unchanged, ${((performance.now() - began) / 1000).toFixed(1)} s`,
);
