import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { QemuBoard } from '../../host/board/board.js';
import { type BoardName, BOARDS } from '../../host/board/machines.js';
import { Life, linkFromAddress, Terminal } from '../../host/index.js';
import { Debugger, GDB_PORT, symbolOf } from '../support/gdb.js';
import { key } from '../support/keyed.js';
import { onBoard } from '../support/tools.js';

const SERIAL = 'OB-OPENED';
/** movs r0, #1; bx lr */
const ANSWER_YES = Buffer.of(0x01, 0x20, 0x70, 0x47);

/** Neither board has a switch at its case: the function that would ask it is made to answer something else. */
async function patchSwitch(name: BoardName, code: Buffer): Promise<Buffer> {
  const address = symbolOf(name, 'board_is_open').address & ~1;
  const gdb = await Debugger.attach();
  const before = await gdb.read(address, code.length);
  await gdb.write(address, code);
  await gdb.detach();
  return before;
}

function tests(name: BoardName): void {
  it('erases its keys and its cards at once, though nobody speaks to it', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'octobind-case-'));
    const flash = join(dir, 'flash');
    const board = new QemuBoard({ board: name, flash, serial: SERIAL, gdb: GDB_PORT });
    try {
      await board.powerOn();
      const terminal = new Terminal(linkFromAddress(board.address), { key });
      await terminal.loadKey(key(SERIAL));
      await terminal.bind({ pan: '4242424242424242', name: 'ZHANG SAN' });
      const isOnFlash = (): boolean => readFileSync(flash).includes(Buffer.from(key(SERIAL)));
      expect(isOnFlash()).toBe(true);
      const shut = await patchSwitch(name, ANSWER_YES);
      await expect.poll(isOnFlash, { timeout: 10_000 }).toBe(false);
      await patchSwitch(name, shut);
      expect(await terminal.status()).toMatchObject({ life: Life.Tampered, checkValue: null });
      await terminal.close();
    } finally {
      await board.powerCut();
      rmSync(dir, { recursive: true });
    }
  });
}

for (const name of BOARDS) onBoard(`the case of ${name}`, () => tests(name), name);
