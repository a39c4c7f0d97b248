import { afterEach, beforeEach, expect, it } from 'vitest';
import { HalError, Region } from '../../assembly/protocol.js';
import { MEMORY, NativeHal } from '../support/hal-devices.js';
import { onBoard } from '../support/tools.js';

const SECTOR = 65_536;

onBoard(
  'the flash driver of the boards, on a flash with a stuck bit,',
  () => {
    let hal: NativeHal;
    beforeEach(() => (hal = new NativeHal()));
    afterEach(() => hal.close());

    const memory = new Uint8Array(MEMORY);
    const program = (address: number, bytes: number, byte: number): number =>
      hal.call('nor_program', [Region.Table, address, 0, bytes], memory.fill(byte));
    const erase = (address: number): number => hal.call('nor_erase', [Region.Table, address], memory);
    const read = (address: number): number => {
      expect(hal.call('nor_read', [Region.Table, address, 0, 1], memory)).toBe(0);
      return memory[0] ?? -1;
    };

    it.each([0, 31, 32, 99])('reports a program that does not read back right, at byte %i', (offset) => {
      const at = SECTOR + 100;
      hal.stick(at + offset, 0x10);
      expect(program(at, 100, 0)).toBe(HalError.Device);
      expect(read(at + offset)).toBe(0x10);
      // Programs that leave the stuck bit as it is work.
      expect(program(at + 100, 100, 0)).toBe(0);
      expect(program(at + offset, 1, 0x10)).toBe(0);
    });

    it.each([0, 63, 64, 1000, SECTOR - 1])('reports an erase that does not read back right, at byte %i', (offset) => {
      expect(program(offset, 1, 0)).toBe(0);
      expect(erase(0)).toBe(0);
      expect(read(offset)).toBe(0xff);
      expect(program(offset, 1, 0)).toBe(0);
      hal.stick(offset, 0x80);
      expect(erase(0)).toBe(HalError.Device);
      expect(read(offset)).toBe(0x7f);
      expect(erase(SECTOR)).toBe(0);
    });
  },
  'hal',
);
