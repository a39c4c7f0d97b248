// The firmware as machine code on the board emcraft-sf2, in QEMU: how large it is, how much stack and
// how many instructions it takes, and how long a bind takes over its UART. No figures if the board is
// not built.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { performance } from 'node:perf_hooks';
import { builtFor, QemuBoard } from '../build/host/sim/board/qemu-board.js';
import { linkFromAddress, Terminal } from '../build/host/index.js';
import { stackOf } from '../tools/board/stack.ts';
import { boardInstructions } from './icount.mjs';
import { median } from './measure.mjs';

const BOARD = 'emcraft-sf2';
const BINDS = 50;

export async function board() {
  let size;
  try {
    size = JSON.parse(readFileSync(`build/boards/${BOARD}/size.json`, 'utf8'));
  } catch {
    process.stderr.write('No figures of the board: npm run setup:board, npm run build:board.\n');
    return [];
  }
  return [
    { name: 'board.text.bytes', value: size.text, unit: 'B', atMost: 96 * 1024 },
    { name: 'board.ram.bytes', value: size.data + size.bss, unit: 'B', atMost: 48 * 1024 },
    { name: 'board.stack.bytes', value: (await stackOf(BOARD, builtFor(BOARD))).used, unit: 'B' },
    ...(await inQemu(async (dir) => {
      const { boot, bind } = await boardInstructions(dir);
      return [
        { name: 'board.boot.instructions', value: boot, unit: '' },
        { name: 'board.bind.instructions', value: bind, unit: '' },
        { name: 'board.bind.ms', value: await bindMs(dir), unit: 'ms' },
      ];
    })),
  ];
}

async function inQemu(what) {
  const dir = mkdtempSync(join(tmpdir(), 'octobind-bench-'));
  try {
    return await what(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function bindMs(dir) {
  const qemu = new QemuBoard({ board: BOARD, flash: join(dir, 'flash'), serial: 'OB-BENCH' });
  const tmk = new Uint8Array(32).fill(0x42);
  try {
    await qemu.powerOn();
    const terminal = new Terminal(linkFromAddress(qemu.address), { key: () => Uint8Array.from(tmk) });
    await terminal.loadKey(tmk, { inClear: 'OB-BENCH' });
    const times = [];
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
