// Fuzzes the firmware over its UART: `npm run fuzz -- [--frames N] [--seed N] [--session] [--native]`. No frame may make it trap, hang, or touch its flash.
// In clear; with --session, most packets come inside an open session, and some of its messages are spoiled. In the emulator; with --native, as machine code under sanitizers.
//
// Every frame is either spoiled below the CBOR, so that it must be dropped or refused, or is a request that must be refused even
// when it is understood whole: changes name a generation that does not hold, and a number whose check digit is wrong.
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { Group, Op, StatCommand } from '../../build/assembly/protocol.js';
import { seededRandom } from '../../build/host/emulator/random.js';
import { encodeFrame } from '../../build/host/smp/frame.js';
import { decodeBody, encodePacket } from '../../build/host/smp/packet.js';
import { Emulated, Native } from './devices.mjs';
import { makeFrame } from './frames.mjs';
import { FuzzedHost, SERIAL } from './session.mjs';

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    session: { type: 'boolean', default: false },
    native: { type: 'boolean', default: false },
  },
});
const frames = Number(values.frames);
const seed = Number(values.seed);
if (!Number.isSafeInteger(frames) || frames < 1 || !Number.isSafeInteger(seed)) {
  console.error('usage: npm run fuzz -- [--frames N] [--seed N] [--session] [--native], whole numbers');
  process.exit(2);
}

/** Longest that a frame, and those that are settled with it, may take, in milliseconds: a thousand times what it needs. */
const HANG_MS = 2000;
const CHECK_EVERY = 1000;
const SETTLE_EVERY = 16;

const random = seededRandom(seed);
const device = values.native ? new Native(SERIAL) : new Emulated(SERIAL);
const bar = process.stderr.isTTY
  ? new SingleBar({ format: 'fuzz {bar} {value}/{total} frames, {eta} s left' })
  : undefined;
let slowest = 0;
const began = performance.now();
try {
  await fuzz();
} catch (error) {
  bar?.stop();
  console.error(`seed ${seed}: ${error.message}`);
  process.exitCode = 1;
} finally {
  device.close();
}

async function fuzz() {
  const host = new FuzzedHost(device, random);
  await host.load();
  // Two cards, so that there is something to lose.
  await host.send(2, 66, 1, { gen: null, pan: '4242424242424242', name: 'ZHANG SAN', role: 2 });
  await host.send(2, 66, 1, { gen: null, pan: '6205500000000000004', name: '李四' });
  const before = Buffer.from(device.flash());
  if (before.every((byte) => byte === 0xff)) throw new Error('the terminal does not bind: nothing to fuzz');

  bar?.start(frames, 0);
  for (let count = 0; count < frames; count++) {
    const bytes = values.session ? await host.makeFrame() : makeFrame(random);
    const start = performance.now();
    try {
      device.send(bytes);
      if (count % SETTLE_EVERY === 0) await device.settle();
      slowest = Math.max(slowest, performance.now() - start);
      if (slowest > HANG_MS) throw new Error(`it took ${Math.round(slowest)} ms`);
      if (count % CHECK_EVERY === 0 && !before.equals(device.flash())) throw new Error('the flash is not what it was');
    } catch (error) {
      throw new Error(`frame ${count}, or one just before: ${error.message}\n${Buffer.from(bytes).toString('hex')}`, {
        cause: error,
      });
    }
    if (count % CHECK_EVERY === 0) bar?.update(count);
  }
  await device.settle();
  bar?.update(frames);
  bar?.stop();

  if (!before.equals(device.flash())) throw new Error('the flash is not what it was');
  // It still answers, no failure restarted it, and most of what was sent was understood well enough to be answered: the fuzz reaches past the framing.
  const heard = device.answers;
  const start = await device.exchange(
    encodeFrame(
      encodePacket(
        { version: 1, op: Op.Read, group: Group.Stat, sequence: 0, command: StatCommand.Show },
        { name: 'boot' },
      ),
    ),
  );
  const { failures } = start ? decodeBody(start).fields : {};
  if (failures !== 0) throw new Error(`failures restarted it ${failures} times`);
  if (heard < frames / 4) throw new Error(`${heard} answers to ${frames} frames`);
  if (values.session && host.carriedOut < frames / 4) {
    throw new Error(`only ${host.carriedOut} were answered inside a session`);
  }
  const inside = values.session ? `, ${host.carriedOut.toLocaleString('en')} of them inside a session` : '';
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(
    `${frames} frames, seed ${seed}${values.native ? ', native' : ''}${inside}: ${heard} answered, no trap, no hang (slowest ${slowest.toFixed(1)} ms), flash unchanged, ${seconds} s`,
  );
}
