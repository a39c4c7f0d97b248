import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ResetCause } from '../../assembly/protocol.js';
import { LifeCycle, linkFromAddress, Terminal } from '../../host/index.js';
import { expectTrapAt, symbolOf } from '../support/gdb.js';
import { key } from '../support/keyed.js';
import { Flood } from '../support/flood.js';
import { NativeTerminal } from '../support/native.js';
import { onBoard } from '../support/tools.js';

const SERIAL = 'OB-PROCESS';
const SECTOR_BYTES = 4096;
/** The region of the card table, at the start of the flash file. */
const TABLE_BYTES = 16 * SECTOR_BYTES;

let dir: string;
let flash: string;
let device: NativeTerminal;
let terminal: Terminal;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'octobind-process-'));
  flash = join(dir, 'flash');
});
afterEach(async () => {
  await terminal.close();
  await device.cut();
  rmSync(dir, { recursive: true });
});

async function powerOn(): Promise<void> {
  device = await NativeTerminal.start(flash, SERIAL);
  terminal = new Terminal(linkFromAddress(device.address), { key });
}

async function powerCut(): Promise<void> {
  await terminal.close();
  await device.cut();
}

onBoard(
  'the firmware as a process',
  () => {
    it('keeps its key and its cards through power cuts, and its clock through a reset', async () => {
      await powerOn();
      await terminal.loadKey(key(SERIAL), { inClear: SERIAL });
      await terminal.bind({ pan: '4242424242424242', name: 'ZHANG SAN' });
      await terminal.setDatetime(new Date('2026-01-02T03:04:05Z'));
      await terminal.reset();
      expect((await terminal.datetime()).getUTCFullYear()).toBe(2026);
      expect(await terminal.stats('boot')).toMatchObject({ cause: ResetCause.Asked, failures: 0 });
      await powerCut();
      await powerOn();
      expect((await terminal.list()).slots[0]).toMatchObject({ pan: '424242******4242' });
      expect(await terminal.stats('boot')).toMatchObject({ cause: ResetCause.Power, failures: 0 });
    });

    it('locks its flash file against a second process, also after a reset', async () => {
      await powerOn();
      await terminal.reset();
      const second = spawnSync('build/boards/linux/terminal.elf', [flash, SERIAL], { encoding: 'utf8' });
      expect(second.status).toBe(1);
      expect(second.stderr).toContain('another process');
    });

    it('restarts after a trap, and still reports where it trapped after a power cut', async () => {
      await powerOn();
      await terminal.loadKey(key(SERIAL), { inClear: SERIAL });
      // Sets the size of the firmware's memory to 0, so that its next access to it traps.
      device.change(symbolOf('linux', 'firmware'), (instance) => {
        const at = instance.lastIndexOf(Buffer.from(Uint32Array.of(symbolOf('linux', 'memory').bytes).buffer));
        expect(at).toBeGreaterThan(0);
        instance.fill(0, at, at + 4);
      });
      const failed = await terminal.stats('boot');
      expect(failed).toMatchObject({ cause: ResetCause.Trap, failures: 1, last_failure: ResetCause.Trap });
      expectTrapAt('linux', failed['failed_at'] ?? 0);
      await powerCut();
      await powerOn();
      expect(await terminal.stats('boot')).toEqual({ ...failed, cause: ResetCause.Power });
    });

    it('erases its keys and its table when its case is opened, and stays tampered', async () => {
      await powerOn();
      await terminal.loadKey(key(SERIAL), { inClear: SERIAL });
      await terminal.bind({ pan: '4242424242424242', name: 'ZHANG SAN' });
      const keyBytes = Buffer.from(key(SERIAL));
      expect(readFileSync(flash).includes(keyBytes)).toBe(true);
      device.open();
      await expect.poll(async () => (await terminal.status()).lifeCycle).toBe(LifeCycle.Tampered);
      await expect(terminal.list()).rejects.toMatchObject({ code: 'REFUSED' });
      const left = readFileSync(flash);
      expect(left.includes(keyBytes)).toBe(false);
      expect(left.subarray(0, TABLE_BYTES).every((byte) => byte === 0xff)).toBe(true);
      await powerCut();
      await powerOn();
      expect(await terminal.status()).toMatchObject({ lifeCycle: LifeCycle.Tampered, checkValue: null });
    });

    it('notices an opened case between two requests, even if its line is never idle', async () => {
      await powerOn();
      await terminal.loadKey(key(SERIAL), { inClear: SERIAL });
      await terminal.close();
      for (let round = 0; round < 5; round++) {
        await powerCut();
        await powerOn();
        // Stops it while requests that it has read from the line are left.
        const flood = await Flood.start(device.address);
        await expect.poll(() => flood.echoes).toBeGreaterThan(1000);
        device.pause();
        await flood.isStill();
        const before = flood.echoes;
        device.open();
        device.resume();
        await expect.poll(() => flood.refusals).toBeGreaterThan(0);
        expect(flood.echoes - before).toBeLessThanOrEqual(1);
        await flood.stop();
        terminal = new Terminal(linkFromAddress(device.address), { key });
        expect(await terminal.status()).toMatchObject({ lifeCycle: LifeCycle.Tampered, checkValue: null });
        await terminal.loadKey(key(SERIAL), { inClear: SERIAL });
      }
    });
  },
  'linux',
);
