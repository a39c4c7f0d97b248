// The firmware as machine code of this machine (wasm2c, gcc -O2) against the firmware in V8: how
// fast each does the same binds and as many unbinds. Both get the same bytes and the same
// randomness. The native one replays a trace, and compares what it does with it; V8 does the work
// alone. Each has its own cryptography: mbedTLS and Hacl there, OpenSSL by node:crypto here. No
// figure if the native one is not built.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeySlot } from '../assembly/protocol.js';
import { emulatedLink, EmulatedTerminal, KeyStore } from '../host/emulator/index.js';
import { Terminal } from '../host/index.js';
import { type Figure, median } from './measure.js';

const PROGRAM = 'build/boards/replay-fast/terminal.elf';
const CHANGES = 1000;
const RUNS = 5;
const SERIAL = 'OB-BENCH';
const TMK = new Uint8Array(32).fill(0x42);

/** Does what a trace has. Returns milliseconds. */
type Run = (lines: readonly string[]) => number;

export async function native(): Promise<Figure[]> {
  if (!existsSync(PROGRAM)) {
    process.stderr.write('No figure of the native build: npm run setup:board, npm run build:board -- replay-fast.\n');
    return [];
  }
  const lines = await record(CHANGES);
  // What both spend on starting, and on the session, is in neither figure.
  const none = await record(0);
  const taken = (run: Run): number => median(times(run, lines)) - median(times(run, none));
  return [{ name: 'native.bind.vs-v8', value: taken(inV8) / taken(natively), unit: '×' }];
}

/** The first one is not counted. */
function times(run: Run, lines: readonly string[]): number[] {
  return Array.from({ length: RUNS + 1 }, () => run(lines)).slice(1);
}

function keys(random?: () => Uint8Array): KeyStore {
  return new KeyStore({ random }).set(KeySlot.Root, Uint8Array.from(TMK)).set(KeySlot.Master, Uint8Array.from(TMK));
}

async function record(changes: number): Promise<string[]> {
  const lines: string[] = [];
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

function inV8(lines: readonly string[]): number {
  const of = (kind: string): Buffer[] =>
    lines.filter((line) => line.startsWith(`${kind} `)).map((line) => Buffer.from(line.slice(kind.length + 1), 'hex'));
  const random = of('random');
  const received = of('receive');
  const drawn = (): Uint8Array => {
    const next = random.shift();
    if (!next) throw new Error('V8 draws more randomness than was recorded');
    return next;
  };
  const device = new EmulatedTerminal({ serial: SERIAL, keys: keys(drawn) });
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

function natively(lines: readonly string[]): number {
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
