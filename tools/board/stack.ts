// Measures how much of its stack a board uses at most: runs the commands that need most, then
// looks for words that still hold what the start has put there.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MenuUser } from '../../assembly/protocol.js';
import { QemuBoard } from '../../host/sim/board/qemu-board.js';
import type { BoardName } from '../../host/sim/board/machines.js';
import { linkFromAddress, Terminal } from '../../host/index.js';
import { output } from './tool.js';

const UNUSED = 0xa5a5a5a5;
const CARD = { pan: '4242424242424242', name: 'ADA LOVELACE' };
const PASSWORDS = { operator: '482951', administrator: '70418263' };
const SERIAL = 'OB-STACK';

/** The size of the stack, and how much of it was used, in bytes. */
export async function stackOf(board: BoardName, elf: string): Promise<{ size: number; used: number }> {
  const symbols = output('arm-none-eabi-nm', elf);
  const [bottom = NaN, top = NaN] = ['stack_bottom', 'stack_top'].map((name) =>
    parseInt(new RegExp(`^(\\S+) \\S ${name}$`, 'm').exec(symbols)?.[1] ?? '', 16),
  );
  const dir = mkdtempSync(join(tmpdir(), 'octobind-stack-'));
  const qemu = new QemuBoard({ board, elf, flash: join(dir, 'flash'), serial: SERIAL });
  try {
    await qemu.powerOn();
    await work(
      new Terminal(linkFromAddress(qemu.address), { key: () => new Uint8Array(32).fill(1), timeoutMs: 30_000 }),
    );
    const stack = await qemu.memory(bottom, top - bottom);
    let unused = 0;
    while (unused < stack.length && stack.readUInt32LE(unused) === UNUSED) unused += 4;
    return { size: stack.length, used: stack.length - unused };
  } finally {
    await qemu.powerOff();
    rmSync(dir, { recursive: true });
  }
}

async function work(terminal: Terminal): Promise<void> {
  await terminal.loadKey(new Uint8Array(32).fill(1), { inClear: SERIAL });
  await terminal.setPasswords(PASSWORDS);
  await terminal.unlock(MenuUser.Operator, PASSWORDS.operator);
  await terminal.bind(CARD);
  await terminal.replace(Array<null>(8).fill(null));
  await terminal.bind(CARD);
  await terminal.list();
  await terminal.verify(new Uint8Array(32));
  await terminal.format();
  await terminal.selfTest();
  await terminal.info();
  await terminal.stats('flash');
  await terminal.close();
}
