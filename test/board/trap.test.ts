import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Event, ResetCause } from '../../assembly/protocol.js';
import { QemuBoard } from '../../host/sim/board/qemu-board.js';
import { type BoardName, BOARDS } from '../../host/sim/board/machines.js';
import { linkFromAddress, Terminal } from '../../host/index.js';
import { Debugger, expectTrapAt, GDB_PORT, type Symbol, symbolOf } from '../support/gdb.js';
import { key } from '../support/keyed.js';
import { onBoard } from '../support/tools.js';

const SERIAL = 'OB-TRAPPED';
/** An address at which neither board has memory. */
const NOWHERE = 0xf000_0000;
const NONE = { failures: 0, last_failure: 0, failed_at: 0 };

function tests(name: BoardName): void {
  let dir: string;
  let board: QemuBoard;
  let events: [Event, number][];
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'octobind-trap-'));
    board = new QemuBoard({ board: name, flash: join(dir, 'flash'), serial: SERIAL, gdb: GDB_PORT });
    events = [];
    board.onEvent = (code, value) => events.push([code, value]);
    await board.powerOn();
  });
  afterEach(async () => {
    await board.powerCut();
    rmSync(dir, { recursive: true });
  });

  /** Runs `work` with a terminal on the line that the board has now. */
  async function over<T>(work: (terminal: Terminal) => Promise<T>): Promise<T> {
    const terminal = new Terminal(linkFromAddress(board.address), { key });
    try {
      return await work(terminal);
    } finally {
      await terminal.close();
    }
  }

  const start = (): Promise<Record<string, number>> => over((terminal) => terminal.stats('boot'));

  const symbol = (of: string): Symbol => symbolOf(name, of);

  /**
   * Sets the size of the firmware's memory to 0, so that its next access to it traps. Returns the
   * address behind the call of the trap.
   */
  async function makeTrap(): Promise<number> {
    // The firmware sets its memory up when it starts, so wait until it runs.
    await start();
    const { address, bytes } = symbol('firmware');
    const gdb = await Debugger.attach();
    const instance = await gdb.read(address, bytes);
    const at = instance.lastIndexOf(Buffer.from(Uint32Array.of(symbol('memory').bytes).buffer));
    expect(at).toBeGreaterThan(0);
    await gdb.write(address + at, Buffer.alloc(4));
    const asked = start().catch(() => undefined);
    await gdb.runTo(symbol('wasm_rt_trap').address & ~1);
    const behind = await gdb.returnAddress();
    await gdb.detach();
    await asked;
    return behind;
  }

  it('restarts after a trap, reports it, and keeps its cards', async () => {
    await over(async (terminal) => {
      await terminal.loadKey(key(SERIAL), { inClear: SERIAL });
      await terminal.bind({ pan: '4242424242424242', name: 'ZHANG SAN' });
      await terminal.reset();
    });
    expect(await start()).toEqual({ ...NONE, cause: ResetCause.Asked });
    const behind = await makeTrap();
    const failed = await start();
    expect(failed).toMatchObject({ cause: ResetCause.Trap, failures: 1, last_failure: ResetCause.Trap });
    // The address is inside the call, an instruction of four bytes: behind it, another function
    // may begin.
    expect(behind - (failed['failed_at'] ?? 0)).toBeGreaterThan(0);
    expect(behind - (failed['failed_at'] ?? 0)).toBeLessThanOrEqual(4);
    // And it is in the code of the firmware.
    expectTrapAt(name, failed['failed_at'] ?? 0);
    await expect.poll(() => events.at(-1)).toEqual([Event.Boot, ResetCause.Trap]);
    expect(events.at(-2)).toEqual([Event.Trap, failed['failed_at']]);
    expect(events).toContainEqual([Event.Commit, 1]);
    expect((await over((terminal) => terminal.list())).slots[0]).toMatchObject({ pan: '424242******4242' });
  });

  it('still reports a trap and its address after a power cut', async () => {
    await makeTrap();
    const failed = await start();
    await board.powerCut();
    await board.powerOn();
    expect(await start()).toEqual({ ...failed, cause: ResetCause.Power, failures: 1, last_failure: ResetCause.Trap });
  });

  it('reports a jump to an address without memory as a trap at that address', async () => {
    await start();
    const gdb = await Debugger.attach();
    await gdb.jump(NOWHERE);
    await gdb.detach();
    const trap = { cause: ResetCause.Trap, failures: 1, last_failure: ResetCause.Trap };
    expect(await start()).toEqual({ ...trap, failed_at: NOWHERE });
  });

  it.each(['an interrupt', 'a call'])('reports a stack overflow that %s finds as a trap', async (finder) => {
    await start();
    const gdb = await Debugger.attach();
    const asked = over(async (terminal) => {
      const answer = terminal.stats('boot');
      if (finder === 'a call') await gdb.runTo(symbol('Z_terminalZ_poll').address & ~1);
      await gdb.setStackPointer(symbol('stack_bottom').address + 8);
      await gdb.detach();
      return answer;
    });
    // A stack without room holds no exception frame, so the address is not known.
    const trap = { cause: ResetCause.Trap, failures: 1, last_failure: ResetCause.Trap };
    expect(await asked).toEqual({ ...trap, failed_at: 0 });
  });

  it('is restarted by the watchdog if its main loop hangs', async () => {
    const gdb = await Debugger.attach();
    const { address, bytes } = symbol('board_reset');
    // The branch to itself in which `board_reset` waits for the reset.
    const at = (await gdb.read(address & ~1, bytes)).indexOf(Buffer.of(0xfe, 0xe7));
    expect(at).toBeGreaterThan(0);
    await over(async (terminal) => {
      const asked = terminal.stats('boot');
      await gdb.runTo(symbol('Z_terminalZ_poll').address & ~1);
      await gdb.jump((address & ~1) + at);
      await gdb.detach();
      await asked.catch(() => undefined);
    });
    const terminal = new Terminal(linkFromAddress(board.address), { key, deadlineMs: 60_000, tries: 1000 });
    const began = await terminal.stats('boot');
    await terminal.close();
    const watchdog = { cause: ResetCause.Watchdog, failures: 1, last_failure: ResetCause.Watchdog };
    expect(began).toEqual({ ...watchdog, failed_at: (address & ~1) + at });
  });
}

for (const name of BOARDS) onBoard(`the firmware on ${name}`, () => tests(name), name);
