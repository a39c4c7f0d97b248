// The firmware as machine code on the board emcraft-sf2, in QEMU: how large it is, how much stack
// and how many instructions it takes, and how long a bind takes over its UART. No figures if the
// board is not built.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linkFromAddress, Terminal } from '../host/index.js';
import { builtFor, QemuBoard } from '../host/sim/board/qemu-board.js';
import type { Size } from '../tools/board/size.js';
import { stackOf } from '../tools/board/stack.js';
import { boardInstructions } from './icount.js';
import { type Figure, median } from './measure.js';

const BOARD = 'emcraft-sf2';
const SERIAL = 'OB-BENCH';
const BINDS = 50;

export async function board(): Promise<Figure[]> {
  let size: Size;
  try {
    size = JSON.parse(readFileSync(`build/boards/${BOARD}/size.json`, 'utf8')) as Size;
  } catch {
    process.stderr.write('No figures of the board: npm run setup:board, npm run build:board.\n');
    return [];
  }
  return [
    { name: 'board.text.bytes', value: size.text, unit: 'B', atMost: 144 * 1024 },
    { name: 'board.ram.bytes', value: size.data + size.bss, unit: 'B', atMost: 44 * 1024 },
    { name: 'board.stack.bytes', value: (await stackOf(BOARD, builtFor(BOARD))).used, unit: 'B' },
    ...(await inQemu()),
  ];
}

async function inQemu(): Promise<Figure[]> {
  const dir = mkdtempSync(join(tmpdir(), 'octobind-bench-'));
  try {
    const { boot, bind } = await boardInstructions(dir);
    return [
      { name: 'board.boot.instructions', value: boot, unit: '' },
      { name: 'board.bind.instructions', value: bind, unit: '' },
      { name: 'board.bind.ms', value: await bindMs(dir), unit: 'ms' },
    ];
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function bindMs(dir: string): Promise<number> {
  const qemu = new QemuBoard({ board: BOARD, flash: join(dir, 'flash'), serial: SERIAL });
  const tmk = new Uint8Array(32).fill(0x42);
  try {
    await qemu.powerOn();
    const terminal = new Terminal(linkFromAddress(qemu.address), { key: () => Uint8Array.from(tmk) });
    await terminal.loadKey(tmk, { inClear: SERIAL });
    const times: number[] = [];
    for (let i = 0; i < BINDS; i++) {
      const began = performance.now();
      await terminal.bind({ pan: '4242424242424242', name: 'ADA LOVELACE', slot: 1 }, null);
      times.push(performance.now() - began);
      await terminal.unbind(1, null);
    }
    await terminal.close();
    return median(times);
  } finally {
    await qemu.powerOff();
  }
}
