// A session, and one bind inside it over a serial line: what it takes in bytes, and how much longer it takes than those bytes need.
import { performance } from 'node:perf_hooks';
import { keyedTerminal } from './keyed.mjs';
import { mean, median } from './measure.mjs';

const BAUD = 115_200;
const BITS_PER_BYTE = 10;
const WARM_UP = 20;
const BINDS = 200;
const OPENINGS = 100;
const NONCE = new Uint8Array(16);
const CARD = { pan: '4242424242424242', name: 'ADA LOVELACE' };

/** Counts what passes a terminal's UART, both ways. */
function tap(emulated) {
  const count = { bytes: 0 };
  const { onOutput } = emulated;
  emulated.onOutput = (bytes) => {
    count.bytes += bytes.length;
    onOutput(bytes);
  };
  const receive = emulated.receive.bind(emulated);
  emulated.receive = (bytes) => {
    count.bytes += bytes.length;
    receive(bytes);
  };
  return count;
}

/** Opens a session on a line without limits of its own. */
async function opening() {
  const { emulated, terminal } = keyedTerminal({});
  await terminal.echo('warm');
  const count = tap(emulated);
  const times = [];
  let bytes = 0;
  for (let round = 0; round < WARM_UP + OPENINGS; round++) {
    await terminal.secure.close();
    count.bytes = 0;
    const began = performance.now();
    await terminal.verify(NONCE);
    times.push(performance.now() - began);
    const opened = count.bytes;
    count.bytes = 0;
    const again = performance.now();
    await terminal.verify(NONCE);
    times[round] -= performance.now() - again;
    bytes = opened - count.bytes;
  }
  await terminal.close();
  return { ms: median(times.slice(WARM_UP)), bytes };
}

/** Binds and unbinds a card at 115,200 baud. */
async function binding() {
  const { emulated, terminal } = keyedTerminal({ line: { baud: BAUD } });
  const binds = [];
  await terminal.echo('warm');
  const count = tap(emulated);
  let { generation } = await terminal.list();
  for (let round = 0; round < WARM_UP + BINDS; round++) {
    count.bytes = 0;
    const began = performance.now();
    // With a generation given, a bind is one request and its answer, and nothing else.
    const bound = await terminal.bind(CARD, generation);
    const ms = performance.now() - began;
    const { bytes } = count;
    if (round >= WARM_UP) binds.push({ bytes, late: ms - (bytes * BITS_PER_BYTE * 1000) / BAUD, ms });
    ({ generation } = await terminal.unbind(bound.slot, bound.generation));
  }
  await terminal.close();
  return binds;
}

export async function link() {
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
