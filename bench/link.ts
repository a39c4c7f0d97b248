// A session, and one bind inside it over a serial line: how many bytes it takes, and how much
// longer it takes than those bytes need.
import type { EmulatedTerminal } from '../host/emulator/index.js';
import { startKeyedTerminal } from '../host/testing/index.js';
import { type Figure, mean, median } from './measure.js';

const BAUD = 115_200;
const BITS_PER_BYTE = 10;
const WARM_UP = 20;
const BINDS = 200;
const OPENINGS = 100;
const NONCE = new Uint8Array(16);
const CARD = { pan: '4242424242424242', name: 'ADA LOVELACE' };

/** Counts the bytes that pass a terminal's UART, both ways. */
function tap(device: EmulatedTerminal): { bytes: number } {
  const count = { bytes: 0 };
  const { onOutput } = device;
  device.onOutput = (bytes) => {
    count.bytes += bytes.length;
    onOutput?.(bytes);
  };
  const receive = device.receive.bind(device);
  device.receive = (bytes) => {
    count.bytes += bytes.length;
    receive(bytes);
  };
  return count;
}

/** Opens a session on a line without limits of its own. */
async function opening(): Promise<{ ms: number; bytes: number }> {
  const { device, terminal } = startKeyedTerminal();
  await terminal.echo('warm');
  const count = tap(device);
  const timed = async (): Promise<{ ms: number; bytes: number }> => {
    count.bytes = 0;
    const began = performance.now();
    await terminal.verify(NONCE);
    return { ms: performance.now() - began, bytes: count.bytes };
  };
  const times: number[] = [];
  let bytes = 0;
  for (let round = 0; round < WARM_UP + OPENINGS; round++) {
    await terminal.secure?.close();
    const opened = await timed();
    const again = await timed();
    times.push(opened.ms - again.ms);
    bytes = opened.bytes - again.bytes;
  }
  await terminal.close();
  return { ms: median(times.slice(WARM_UP)), bytes };
}

/** One bind: its bytes, its milliseconds, and how many of these the bytes do not need. */
interface Bind {
  readonly bytes: number;
  readonly ms: number;
  readonly late: number;
}

/** Binds and unbinds a card at 115,200 baud. */
async function binding(): Promise<Bind[]> {
  const { device, terminal } = startKeyedTerminal({ wire: { baud: BAUD } });
  const binds: Bind[] = [];
  await terminal.echo('warm');
  const count = tap(device);
  let { generation } = await terminal.list();
  for (let round = 0; round < WARM_UP + BINDS; round++) {
    count.bytes = 0;
    const began = performance.now();
    // With a generation given, a bind is one request and its reply, and nothing else.
    const bound = await terminal.bind(CARD, generation);
    const ms = performance.now() - began;
    const { bytes } = count;
    if (round >= WARM_UP) binds.push({ bytes, late: ms - (bytes * BITS_PER_BYTE * 1000) / BAUD, ms });
    ({ generation } = await terminal.unbind(bound.slot, bound.generation));
  }
  await terminal.close();
  return binds;
}

export async function link(): Promise<Figure[]> {
  const { ms, bytes } = await opening();
  const binds = await binding();
  const ratios = binds.map((bind) => bind.ms / (bind.ms - bind.late));
  return [
    { name: 'session.open.ms', value: ms, unit: 'ms' },
    { name: 'session.open.bytes', value: bytes, unit: 'B' },
    { name: 'link.bind.sealed.bytes', value: median(binds.map((bind) => bind.bytes)), unit: 'B' },
    { name: `link.bind.sealed.${BAUD}.ratio`, value: median(ratios), unit: 'x', atMost: 1.15 },
    { name: `link.bind.sealed.${BAUD}.ratio.mean`, value: mean(ratios), unit: 'x' },
    { name: `link.bind.sealed.${BAUD}.late.ms`, value: median(binds.map(({ late }) => late)), unit: 'ms' },
  ];
}
