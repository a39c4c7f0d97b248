import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { QemuBoard } from '../../host/sim/board/qemu-board.js';
import { type BoardName, BOARDS } from '../../host/sim/board/machines.js';
import { LifeCycle, linkFromAddress, Terminal } from '../../host/index.js';
import { Debugger, GDB_PORT, symbolOf } from '../support/gdb.js';
import { key } from '../support/keyed.js';
import { onBoard } from '../support/tools.js';

const SERIAL = 'OB-OPENED';
const NEW_KEY = key('another one');
/** The RAM that the firmware has on either board, in bytes. */
const MEMORY_BYTES = 48 * 1024;
/** movs r0, #1; bx lr */
const ANSWER_YES = Buffer.of(0x01, 0x20, 0x70, 0x47);
/** movs r0, #0; bx lr */
const ANSWER_NO = Buffer.of(0x00, 0x20, 0x70, 0x47);

function tests(name: BoardName): void {
  let dir: string;
  let flash: string;
  let board: QemuBoard;
  let terminal: Terminal;
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'octobind-case-'));
    flash = join(dir, 'flash');
    board = new QemuBoard({ board: name, flash, serial: SERIAL, gdb: GDB_PORT });
    await board.powerOn();
    terminal = new Terminal(linkFromAddress(board.address), { key });
    await terminal.loadKey(key(SERIAL), { inClear: SERIAL });
    await terminal.bind({ pan: '4242424242424242', name: 'ZHANG SAN' });
    expect(isOnFlash()).toBe(true);
    expect(tableOnFlash().every((byte) => byte === 0xff)).toBe(false);
  });
  afterEach(async () => {
    await terminal.close();
    await board.powerCut();
    rmSync(dir, { recursive: true });
  });

  const isOnFlash = (of = key(SERIAL)): boolean => readFileSync(flash).includes(Buffer.from(of));
  // On either board, the table is in the first sectors of the flash.
  const tableOnFlash = (): Uint8Array => readFileSync(flash).subarray(0, 16 * 4096);

  /** Replaces the code of functions while the board is stopped. Returns their former code. */
  async function patch(gdb: Debugger, functions: Record<string, Buffer>): Promise<Record<string, Buffer>> {
    const before: Record<string, Buffer> = {};
    for (const [of, code] of Object.entries(functions)) {
      const address = symbolOf(name, of).address & ~1;
      before[of] = await gdb.read(address, code.length);
      await gdb.write(address, code);
    }
    return before;
  }

  // Neither board has a switch at its case, so a debugger replaces the function that would read
  // one.

  it('erases keys and cards at once, without a request', async () => {
    const gdb = await Debugger.attach();
    const shut = await patch(gdb, { board_is_open: ANSWER_YES });
    await gdb.detach();
    await expect.poll(isOnFlash, { timeout: 10_000 }).toBe(false);
    await expect.poll(() => tableOnFlash().every((byte) => byte === 0xff), { timeout: 10_000 }).toBe(true);
    // Memory holds no copy either, although the two components came over the line.
    const { address, bytes } = symbolOf(name, 'received');
    expect((await board.memory(address, bytes)).every((byte) => byte === 0)).toBe(true);
    expect((await board.memory(0x2000_0000, MEMORY_BYTES)).includes(Buffer.from(key(SERIAL)))).toBe(false);
    const again = await Debugger.attach();
    await patch(again, shut);
    await again.detach();
    expect(await terminal.status()).toMatchObject({ lifeCycle: LifeCycle.Tampered, checkValue: null });
  });

  it('erases the keys even if a restart is due at that moment', async () => {
    const gdb = await Debugger.attach();
    const asked = terminal.reset();
    await gdb.runTo(symbolOf(name, 'runtime_reset').address & ~1);
    const shut = await patch(gdb, { board_is_open: ANSWER_YES });
    // The case is shut again before the board restarts, which would forget that it was open.
    await gdb.runTo(symbolOf(name, 'board_reset').address & ~1);
    await patch(gdb, shut);
    await gdb.detach();
    await asked.catch(() => undefined);
    expect(await terminal.status()).toMatchObject({ lifeCycle: LifeCycle.Tampered, checkValue: null });
    expect(isOnFlash()).toBe(false);
  });

  it('reports tampering while the flash refuses the erase, and finishes it before it accepts another key', async () => {
    const gdb = await Debugger.attach();
    const shut = await patch(gdb, { board_is_open: ANSWER_YES });
    // The latch is set, and nothing is erased yet.
    await gdb.runTo(symbolOf(name, 'Z_halZ_key_erase').address & ~1);
    const works = await patch(gdb, { board_nor_program: ANSWER_NO });
    await patch(gdb, shut);
    await gdb.detach();
    expect(await terminal.status()).toMatchObject({ lifeCycle: LifeCycle.Tampered, checkValue: null });
    await expect(terminal.loadKey(NEW_KEY, { inClear: SERIAL })).rejects.toMatchObject({ code: 'REFUSED' });
    expect(isOnFlash()).toBe(true);
    const again = await Debugger.attach();
    await patch(again, works);
    await again.detach();
    await terminal.loadKey(NEW_KEY, { inClear: SERIAL });
    expect(isOnFlash()).toBe(false);
    expect(isOnFlash(NEW_KEY)).toBe(true);
  });
}

for (const name of BOARDS) onBoard(`opening the case of ${name}`, () => tests(name), name);
