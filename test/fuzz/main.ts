// Fuzzes the firmware over its UART: `npm run fuzz -- [--frames N] [--seed N] [--session]
// [--native | --checked]`. No frame may make it trap, hang, or touch its flash. Frames come in
// clear; with --session, most packets come inside an open session, and some of its messages are
// spoiled. The firmware runs in the emulator; with --native, as machine code under sanitizers;
// with --checked, with its assertions.
//
// Every frame is either spoiled below the CBOR, so that it must be dropped or refused, or is a
// request that must be refused even if it is understood whole: a change names a generation that
// the table does not have, and a number whose check digit is wrong.
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { CardCommand, Group, Op, Role, StatCommand } from '../../assembly/protocol.js';
import { seededRandom } from '../../host/emulator/random.js';
import { encodeFrame } from '../../host/smp/frame.js';
import { decodeBody, encodePacket } from '../../host/smp/packet.js';
import { readReply, stats } from '../../host/terminal/replies.js';
import { Emulated, Native } from './devices.js';
import { makeFrame } from './frames.js';
import { FuzzedHost, SERIAL } from './session.js';

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    session: { type: 'boolean', default: false },
    native: { type: 'boolean', default: false },
    checked: { type: 'boolean', default: false },
  },
});
const frames = Number(values.frames);
const seed = Number(values.seed);
if (!Number.isSafeInteger(frames) || frames < 1 || !Number.isSafeInteger(seed) || (values.native && values.checked)) {
  console.error('usage: npm run fuzz -- [--frames N] [--seed N] [--session] [--native | --checked], whole numbers');
  process.exit(2);
}

/**
 * Longest that a frame, and those that are settled with it, may take, in milliseconds: a thousand
 * times what it needs.
 */
const HANG_MS = 2000;
const CHECK_EVERY = 1000;
const SETTLE_EVERY = 16;
const BOOT_COUNTERS = encodeFrame(
  encodePacket(
    { version: 1, op: Op.Read, group: Group.Stat, sequence: 0, command: StatCommand.Show },
    { name: 'boot' },
  ),
);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const random = seededRandom(seed);
const device = values.native ? new Native(SERIAL) : new Emulated(SERIAL, values.checked);
const host = new FuzzedHost(device, random);
const bar = process.stderr.isTTY
  ? new SingleBar({ format: 'fuzz {bar} {value}/{total} frames, {eta} s left' })
  : undefined;
const began = performance.now();
try {
  console.log(await fuzz());
} catch (error) {
  bar?.stop();
  console.error(`seed ${seed}: ${messageOf(error)}`);
  process.exitCode = 1;
} finally {
  device.close();
}

/** Returns what it did, as a line of text. */
async function fuzz(): Promise<string> {
  await host.load();
  // Two cards, so that there is something to lose.
  const card = { pan: '4242424242424242', name: 'ZHANG SAN', role: Role.Settlement };
  await host.send(Op.Write, Group.Card, CardCommand.Bind, { gen: null, ...card });
  await host.send(Op.Write, Group.Card, CardCommand.Bind, { gen: null, pan: '6205500000000000004', name: '李四' });
  const before = Buffer.from(device.flash());
  if (before.every((byte) => byte === 0xff)) throw new Error('the terminal does not bind: nothing to fuzz');

  bar?.start(frames, 0);
  const slowest = await sendAll(before);
  bar?.update(frames);
  bar?.stop();

  checkFlash(before);
  const heard = device.answers;
  await checkAnswers(heard);
  const variant = values.native ? ', native' : values.checked ? ', with assertions' : '';
  const inside = values.session ? `, ${host.carriedOut.toLocaleString('en')} of them inside a session` : '';
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  return (
    `${frames} frames, seed ${seed}${variant}${inside}: ${heard} answered, no trap, ` +
    `no hang (slowest ${slowest.toFixed(1)} ms), flash unchanged, ${seconds} s`
  );
}

/** Sends the frames. Returns the milliseconds that the slowest took. */
async function sendAll(before: Buffer): Promise<number> {
  let slowest = 0;
  for (let count = 0; count < frames; count++) {
    const bytes = values.session ? await host.makeFrame() : makeFrame(random);
    const start = performance.now();
    try {
      device.send(bytes);
      if (count % SETTLE_EVERY === 0) await device.settle();
      slowest = Math.max(slowest, performance.now() - start);
      if (slowest > HANG_MS) throw new Error(`it took ${Math.round(slowest)} ms`);
      if (count % CHECK_EVERY === 0) checkFlash(before);
    } catch (error) {
      const hex = Buffer.from(bytes).toString('hex');
      throw new Error(`frame ${count}, or one just before: ${messageOf(error)}\n${hex}`, { cause: error });
    }
    if (count % CHECK_EVERY === 0) bar?.update(count);
  }
  await device.settle();
  return slowest;
}

function checkFlash(before: Buffer): void {
  if (!before.equals(device.flash())) throw new Error('the flash is not what it was');
}

/**
 * It still answers, and no failure restarted it. Most of what was sent was understood well enough
 * to be answered: the fuzz gets past the framing.
 */
async function checkAnswers(heard: number): Promise<void> {
  const reply = await device.exchange(BOOT_COUNTERS);
  if (!reply) throw new Error('it does not answer any more');
  const failures = readReply(stats, decodeBody(reply)).fields['failures'];
  if (failures !== 0) throw new Error(`failures restarted it ${String(failures)} times`);
  if (heard < frames / 4) throw new Error(`${heard} answers to ${frames} frames`);
  if (values.session && host.carriedOut < frames / 4) {
    throw new Error(`only ${host.carriedOut} were answered inside a session`);
  }
}
