import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { QemuBoard } from '../../host/sim/board/qemu-board.js';
import { type BoardName, BOARDS } from '../../host/sim/board/machines.js';
import { linkFromAddress, Terminal } from '../../host/index.js';
import { Debugger, GDB_PORT, symbolOf } from '../support/gdb.js';
import { key } from '../support/keyed.js';
import { RawLine } from '../support/raw.js';
import { onBoard } from '../support/tools.js';

const BRANCH_TO_ITSELF = Buffer.of(0xfe, 0xe7);
const RING_BYTES = 4096;

/** The bit of a register by which each UART reports that a byte waits. */
const STATUS: Record<BoardName, { address: number; mask: number }> = {
  'emcraft-sf2': { address: 0x4000_0014, mask: 1 },
  'mps2-an386': { address: 0x4000_4004, mask: 2 },
};

function tests(name: BoardName): void {
  let dir: string;
  let board: QemuBoard;
  let line: RawLine;
  let gdb: Debugger;
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'octobind-interrupts-'));
    board = new QemuBoard({ board: name, flash: join(dir, 'flash'), serial: 'OB-RINGS', gdb: GDB_PORT });
    await board.powerOn();
    line = await RawLine.open(linkFromAddress(board.address));
    gdb = await Debugger.attach();
  });
  afterEach(async () => {
    await board.powerCut();
    rmSync(dir, { recursive: true });
  });

  const addressOf = (of: string): number => symbolOf(name, of).address & ~1;
  const word = async (address: number): Promise<number> => (await gdb.read(address, 4)).readUInt32LE();

  /**
   * Stops the main loop with nothing to send, and leaves room for one byte in the ring of received
   * bytes. Returns a function that lets the loop run again.
   */
  async function fillRing(): Promise<() => Promise<void>> {
    const poll = addressOf('Z_terminalZ_poll');
    await gdb.runTo(poll);
    const instruction = await gdb.read(poll, BRANCH_TO_ITSELF.length);
    await gdb.write(poll, BRANCH_TO_ITSELF);
    const filled = (await word(addressOf('received_out'))) + RING_BYTES - 1;
    await gdb.write(symbolOf(name, 'received_in').address, Buffer.from(Uint32Array.of(filled).buffer));
    return () => gdb.write(poll, instruction);
  }

  /**
   * Runs until the handler is about to switch the interrupt of received bytes on (1) or off (0).
   */
  async function runToWant(received: number): Promise<void> {
    for (;;) {
      await gdb.runTo(addressOf('uart_want'));
      if ((await gdb.firstArgument()) === received) return;
      await gdb.step();
    }
  }

  /** Waits until a byte is in the UART. */
  async function byteComes(): Promise<void> {
    const { address, mask } = STATUS[name];
    await expect.poll(async () => (await word(address)) & mask).toBe(mask);
  }

  async function expectAnswers(): Promise<void> {
    await gdb.detach();
    await line.close();
    const terminal = new Terminal(linkFromAddress(board.address), { key });
    expect(await terminal.stats('boot')).toMatchObject({ failures: 0 });
    expect(await terminal.echo('still here')).toBe('still here');
    await terminal.close();
  }

  it('still reply if a byte arrives just before its interrupt is switched off', async () => {
    const letGo = await fillRing();
    line.write(Buffer.alloc(20, 'A'));
    await runToWant(0);
    await byteComes();
    await letGo();
    await expectAnswers();
  });

  it('still reply if a byte arrives just before its interrupt is switched on again', async () => {
    const letGo = await fillRing();
    line.write(Buffer.from('A'));
    await runToWant(0);
    await gdb.step();
    await letGo();
    await runToWant(1);
    line.write(Buffer.from('A'));
    await byteComes();
    await expectAnswers();
  });
}

for (const name of BOARDS) onBoard(`UART and ring of ${name}`, () => tests(name), name);
