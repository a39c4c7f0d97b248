// One bind over a serial line: what it takes in bytes, and how much longer it takes than those bytes need.
import { performance } from 'node:perf_hooks';
import { emulatedLink, EmulatedTerminal } from '../build/host/emulator/index.js';
import { Terminal } from '../build/host/index.js';
import { mean, median } from './measure.mjs';

const BAUD = 115_200;
const BITS_PER_BYTE = 10;
const WARM_UP = 20;
const BINDS = 200;
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

export async function link() {
  const emulated = new EmulatedTerminal({ serial: 'OB-SIM-0001' });
  emulated.powerOn();
  const line = emulatedLink(emulated, { baud: BAUD });
  const count = tap(emulated);
  const terminal = new Terminal(line);
  const binds = [];
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

  const ratios = binds.map(({ ms, late }) => ms / (ms - late));
  return [
    { name: 'link.bind.bytes', value: median(binds.map(({ bytes }) => bytes)), unit: 'B' },
    { name: `link.bind.${BAUD}.ratio`, value: median(ratios), unit: 'x', atMost: 1.15 },
    { name: `link.bind.${BAUD}.ratio.mean`, value: mean(ratios), unit: 'x' },
    { name: `link.bind.${BAUD}.late.ms`, value: median(binds.map(({ late }) => late)), unit: 'ms' },
  ];
}
