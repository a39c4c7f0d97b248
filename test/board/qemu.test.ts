import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MenuUser } from '../../assembly/protocol.js';
import { QemuBoard } from '../../host/sim/board/qemu-board.js';
import { type BoardName, BOARDS } from '../../host/sim/board/machines.js';
import { LifeCycle, linkFromAddress, type SlotView, Terminal } from '../../host/index.js';
import { key } from '../support/keyed.js';
import { Needles } from '../support/needles.js';
import { isRunningWith, onBoard } from '../support/tools.js';

const SERIAL = 'OB-BOARD-1';
/**
 * The part of the flash that holds the table and the secrets, on either board. The rest is erased.
 */
const USED_BYTES = 18 * 65_536;
const CARD = { pan: '4242424242424242', name: 'ZHANG SAN' };
const OTHER = { pan: '6200000000000005', name: '阿依古丽•买买提' };

const shown = (terminal: Terminal): Promise<(string | undefined)[]> =>
  terminal.list().then(({ slots }) => slots.map((slot) => (slot as SlotView | null)?.pan));

function tests(name: BoardName): void {
  let dir: string;
  let board: QemuBoard;
  let flash: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'octobind-board-'));
    flash = join(dir, 'flash');
    board = new QemuBoard({ board: name, flash, serial: SERIAL });
  });
  afterEach(async () => {
    await board.powerCut();
    rmSync(dir, { recursive: true });
  });

  /** Runs `work` with a terminal on the line that the board has now. */
  async function over<T>(work: (terminal: Terminal) => Promise<T>, options = {}): Promise<T> {
    const terminal = new Terminal(linkFromAddress(board.address), { key, ...options });
    try {
      return await work(terminal);
    } finally {
      await terminal.close();
    }
  }

  it('keeps its key and its cards without power, with no number and no name in its flash', async () => {
    await board.powerOn();
    await over(async (terminal) => {
      expect(await terminal.status()).toMatchObject({ lifeCycle: LifeCycle.Virgin, serial: SERIAL });
      await terminal.loadKey(key(SERIAL), { inClear: SERIAL });
      await terminal.bind(CARD);
    });
    await board.powerCut();
    await board.powerOn();
    await over(async (terminal) => {
      await terminal.bind(OTHER);
      expect((await shown(terminal)).slice(0, 3)).toEqual(['424242******4242', '620000******0005', undefined]);
    });
    await board.powerCut();
    const needles = new Needles().addNumber(CARD.pan).addNumber(OTHER.pan);
    needles.addText('a name', CARD.name).addText('a name', OTHER.name);
    expect(needles.in('flash', readFileSync(flash).subarray(0, USED_BYTES))).toEqual([]);
    await board.powerOn();
    expect((await over(shown)).slice(0, 3)).toEqual(['424242******4242', '620000******0005', undefined]);
    await board.powerOff();
    expect(board.isOn).toBe(false);
    await board.powerOn();
    expect(board.isOn).toBe(true);
    expect((await over(shown)).slice(0, 3)).toEqual(['424242******4242', '620000******0005', undefined]);
  });

  it('starts once if it is switched on twice', async () => {
    const [first, second] = [board.powerOn(), board.powerOn()];
    await second;
    expect(await over((terminal) => terminal.serial())).toBe(SERIAL);
    await first;
    const off = board.powerOff();
    await Promise.all([board.powerOn(), board.powerOn()]);
    await off;
    expect(board.isOn).toBe(true);
    expect(await over((terminal) => terminal.serial())).toBe(SERIAL);
  });

  it('does not start if the program that switched it on has died', async () => {
    // A `flock` that waits until the program has died, before it takes the lock.
    const slow = '#!/bin/sh\nwhile kill -0 $PPID; do :; done 2> /dev/null\nexec /usr/bin/flock "$@"\n';
    writeFileSync(join(dir, 'flock'), slow, { mode: 0o755 });
    const options = JSON.stringify({ board: name, flash, serial: SERIAL });
    const dies = `import { QemuBoard } from './build/host/sim/board/qemu-board.js';
      void new QemuBoard(${options}).powerOn();
      process.kill(process.pid, 'SIGKILL');`;
    const env = { ...process.env, PATH: `${dir}:${process.env['PATH']}` };
    expect(spawnSync(process.execPath, ['--input-type=module', '-e', dies], { env }).signal).toBe('SIGKILL');
    // The path is in the command lines of flock, the shell and QEMU.
    await expect.poll(() => isRunningWith(flash), { timeout: 5000 }).toBe(false);
  });

  it('reads its memory for several callers at once, or rejects with the reason', async () => {
    const failed = (text: string): object => ({
      code: 'BOARD_FAILED',
      message: expect.stringContaining(text) as unknown,
    });
    await expect(board.memory(0, 4)).rejects.toMatchObject(failed('off'));
    await board.powerOn();
    const [stack, both] = await Promise.all([board.memory(0, 4), board.memory(0, 8)]);
    expect(both.subarray(0, 4)).toEqual(stack);
    expect(stack.readUInt32LE()).toBeGreaterThan(0x2000_0000);
    await expect(board.memory(0, 0.5)).rejects.toMatchObject(failed('QEMU refused'));
    const asked = board.memory(0, 4);
    const ended = board.powerCut();
    // A read that QEMU did not finish is rejected, so that no caller waits for ever.
    await asked.then(
      (memory) => expect(memory).toHaveLength(4),
      (error: unknown) => expect(error).toMatchObject(failed('QEMU ended')),
    );
    await ended;
    expect(board.isOn).toBe(false);
    await board.powerCut();
    await board.powerOff();
  });

  it('hashes the passwords of its menu, and counts wrong ones through power cuts', async () => {
    await board.powerOn();
    await over(
      async (terminal) => {
        await terminal.loadKey(key(SERIAL), { inClear: SERIAL });
        await terminal.setPasswords({ operator: '482951', administrator: '70418263' });
        await terminal.unlock(MenuUser.Operator, '482951');
        for (let i = 0; i < 3; i++) await terminal.unlock(MenuUser.Operator, '482952').catch(() => undefined);
      },
      { timeoutMs: 20_000, deadlineMs: 60_000 },
    );
    await board.powerCut();
    await board.powerOn();
    await over(async (terminal) => {
      expect(await terminal.status()).toMatchObject({ lifeCycle: LifeCycle.InService });
      await expect(terminal.unlock(MenuUser.Operator, '482951')).rejects.toMatchObject({
        code: 'REFUSED',
        waitMs: expect.any(Number) as number,
      });
    });
  });

  it('loses no byte of long requests at full speed', async () => {
    await board.powerOn();
    await over(async (terminal) => {
      const texts = Array.from({ length: 30 }, (_, i) => `${i}`.repeat(900 + i).slice(0, 1900));
      for (const text of texts) expect(await terminal.echo(text)).toBe(text);
      const link = await terminal.stats('link');
      expect(link).toMatchObject({ overrun: 0, err_crc: 0, err_base64: 0, err_length: 0, expired: 0 });
    });
  });

  it('refuses to start with a wrong build, flash, port, link, entropy or serial number', async () => {
    const other = new QemuBoard({ board: name, flash, serial: SERIAL, elf: join(dir, 'none') });
    await expect(other.powerOn()).rejects.toMatchObject({ code: 'BOARD_MISSING' });
    const wrong = new QemuBoard({ board: name, flash: process.execPath, serial: SERIAL });
    await expect(wrong.powerOn()).rejects.toMatchObject({ code: 'IMAGE_SIZE' });
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const refused = new QemuBoard({ board: name, flash, serial: SERIAL, gdb: port });
    await expect(refused.powerOn()).rejects.toMatchObject({ code: 'BOARD_FAILED' });
    expect(refused.isOn).toBe(false);
    taken.close();
    for (const elf of [dir, 'README.md', process.execPath]) {
      const foreign = new QemuBoard({ board: name, flash, serial: SERIAL, elf });
      await expect(foreign.powerOn()).rejects.toMatchObject({ code: 'USAGE' });
    }
    for (const path of [dir, join(dir, 'none', 'flash')]) {
      const nowhere = new QemuBoard({ board: name, flash: path, serial: SERIAL });
      await expect(nowhere.powerOn()).rejects.toMatchObject({ code: 'USAGE' });
    }
    const unlinked = new QemuBoard({ board: name, flash, serial: SERIAL, link: join(dir, 'none', 'tty') });
    await expect(unlinked.powerOn()).rejects.toMatchObject({ code: 'BOARD_FAILED' });
    expect(unlinked.isOn).toBe(false);
    const short = new Uint8Array(3);
    const tooShort = expect.objectContaining({ code: 'USAGE' }) as Error;
    expect(() => new QemuBoard({ board: name, flash, serial: SERIAL, entropy: short })).toThrow(tooShort);
    for (const serial of ['', 'X'.repeat(33), 'Łódź']) {
      const usage = expect.objectContaining({ code: 'USAGE' }) as Error;
      expect(() => new QemuBoard({ board: name, flash, serial })).toThrow(usage);
    }
  });

  it('locks its flash and its link, and refuses the flash of another board', async () => {
    const link = join(dir, 'tty');
    board = new QemuBoard({ board: name, flash, serial: SERIAL, link });
    await board.powerOn();
    const second = new QemuBoard({ board: name, flash: `${dir}/../${basename(dir)}/flash`, serial: SERIAL, link });
    await expect(second.powerOn()).rejects.toMatchObject({ code: 'IMAGE_IN_USE' });
    expect(second.isOn).toBe(false);
    expect(existsSync(link)).toBe(true);
    await board.powerOff();
    await second.powerOn();
    await second.powerOff();
    for (const other of BOARDS.filter((each) => each !== name)) {
      const foreign = new QemuBoard({ board: other, flash, serial: SERIAL });
      await expect(foreign.powerOn()).rejects.toMatchObject({ code: 'IMAGE_SIZE' });
    }
  });

  it('does not start without randomness', async () => {
    board = new QemuBoard({ board: name, flash, serial: SERIAL, entropy: new Uint8Array(48) });
    await board.powerOn();
    await over((terminal) => expect(terminal.status()).rejects.toMatchObject({ code: 'NOT_A_TERMINAL' }), {
      timeoutMs: 300,
      deadlineMs: 1500,
    });
  });
}

for (const name of BOARDS) onBoard(name, () => tests(name), name);
