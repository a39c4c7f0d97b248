// The firmware as machine code of this machine (wasm2c, gcc -O2) against the firmware in V8: how fast each does the same binds, every second of which is an unbind. Both are
// given the same bytes and the same randomness. The native one goes through a trace, and holds what it does against it; V8 does the work alone. Cryptography is each one's
// own: mbedTLS and Hacl there, OpenSSL by node:crypto here. No figure where the native one is not built.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { KeySlot } from '../build/assembly/protocol.js';
import { emulatedLink, EmulatedTerminal, KeyStore } from '../build/host/emulator/index.js';
import { Terminal } from '../build/host/index.js';
import { median } from './measure.mjs';

const PROGRAM = 'build/boards/replay-fast/terminal.elf';
const CHANGES = 1000;
const RUNS = 5;
const SERIAL = 'OB-BENCH';
const TMK = new Uint8Array(32).fill(0x42);

export async function native() {
  if (!existsSync(PROGRAM)) {
    process.stderr.write('No figure of the native build: npm run setup:board, npm run build:board -- replay-fast.\n');
    return [];
  }
  const lines = await record(CHANGES);
  // What both spend on starting, and on the session, is in neither figure.
  const none = await record(0);
  const taken = async (run) =>
    (await median(await times(() => run(lines)))) - (await median(await times(() => run(none))));
  return [{ name: 'native.bind.vs-v8', value: (await taken(inV8)) / (await taken(natively)), unit: '×' }];
}

async function times(run) {
  const all = [];
  for (let i = 0; i <= RUNS; i++) all.push(await run());
  return all.slice(1);
}

const keys = (random) =>
  new KeyStore({ random }).set(KeySlot.Root, Uint8Array.from(TMK)).set(KeySlot.Master, Uint8Array.from(TMK));

async function record(changes) {
  const lines = [];
  const device = new EmulatedTerminal({ serial: SERIAL, keys: keys(), observe: (line) => lines.push(line) });
  device.powerOn();
  const terminal = new Terminal(emulatedLink(device), { key: () => Uint8Array.from(TMK) });
  await terminal.list();
  for (let i = 0; i < changes; i++) {
    if (i % 2 === 0) await terminal.bind({ pan: '4242424242424242', name: 'ADA LOVELACE', slot: 1 }, null);
    else await terminal.unbind(1, null);
  }
  await terminal.close();
  device.powerOff();
  return lines;
}

/** Milliseconds. */
function inV8(lines) {
  const of = (kind) =>
    lines.filter((line) => line.startsWith(`${kind} `)).map((line) => Buffer.from(line.split(' ')[1], 'hex'));
  const random = of('random');
  const received = of('receive');
  const device = new EmulatedTerminal({ serial: SERIAL, keys: keys(() => random.shift()) });
  let sent = 0;
  device.onOutput = (bytes) => (sent += bytes.length);
  device.powerOn();
  const began = performance.now();
  for (const bytes of received) device.receive(bytes);
  const ms = performance.now() - began;
  const wanted = of('send').reduce((sum, bytes) => sum + bytes.length, 0);
  if (sent !== wanted) throw new Error(`V8 sent ${sent} bytes, and ${wanted} were recorded`);
  return ms;
}

/** Milliseconds. */
function natively(lines) {
  const dir = mkdtempSync(join(tmpdir(), 'octobind-bench-'));
  try {
    writeFileSync(join(dir, 'trace'), `${lines.join('\n')}\n`);
    const began = performance.now();
    const { status, stderr } = spawnSync(PROGRAM, [join(dir, 'trace'), join(dir, 'flash')], { encoding: 'utf8' });
    const ms = performance.now() - began;
    if (status !== 0) throw new Error(stderr);
    return ms;
  } finally {
    rmSync(dir, { recursive: true });
  }
}
