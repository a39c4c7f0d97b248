import xterm from '@xterm/headless';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Beep, RowLook } from '../../assembly/protocol.js';
import { MEMORY, NativeHal } from '../support/hal-devices.js';
import { onBoard } from '../support/tools.js';

const [COLUMNS, ROWS] = [20, 8];
const PLENTY = 4096;
const UNREAD_MS = 1000;

onBoard(
  'rows on a panel',
  () => {
    let device: NativeHal;
    let vt100: xterm.Terminal;
    beforeEach(() => {
      device = new NativeHal();
      // No wider than the screen: a full row ends in the last column of the window.
      vt100 = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
    });
    afterEach(() => device.close());

    function write(row: number, text: string, look = RowLook.Plain, cursor = -1): void {
      const memory = new Uint8Array(MEMORY);
      const bytes = Buffer.from(text);
      memory.set(bytes);
      expect(device.call('screen_write', [row, 0, bytes.length, look, cursor], memory)).toBe(0);
    }

    /** What the board sends if the line takes so many bytes. */
    function sent(room = PLENTY): Buffer {
      const memory = new Uint8Array(MEMORY);
      device.room(room);
      return Buffer.from(memory.subarray(0, device.call('panel_send', [], memory)));
    }

    const show = (bytes: Uint8Array): Promise<void> => new Promise((done) => vt100.write(bytes, done));
    const rows = (): string[] =>
      Array.from({ length: ROWS }, (_, row) => vt100.buffer.active.getLine(row)?.translateToString(true) ?? '');
    const FIRST = ['1', '22', '333', '4', '5', '6', '7', '8'];

    async function showFirst(): Promise<void> {
      FIRST.forEach((text, row) => write(row, text));
      await show(sent());
      expect(rows()).toEqual(FIRST);
    }

    it('are sent once, and alone if the others are unchanged', async () => {
      await showFirst();
      expect(sent().length).toBe(0);
      write(2, '设置');
      const bytes = sent();
      expect(bytes.includes('22')).toBe(false);
      await show(bytes);
      expect(rows()).toEqual(FIRST.with(2, '设置'));
    });

    it('are shown whole in a window of their own width', async () => {
      write(0, '主界面', RowLook.Reversed);
      write(1, 'x'.repeat(COLUMNS));
      write(2, '张'.repeat(COLUMNS / 2), RowLook.Reversed, COLUMNS - 1);
      await show(sent());
      expect(
        rows()
          .slice(0, 3)
          .map((row) => row.trimEnd()),
      ).toEqual(['主界面', 'x'.repeat(COLUMNS), '张'.repeat(COLUMNS / 2)]);
      const reversed = (row: number): number[] =>
        Array.from({ length: COLUMNS }, (_, x) => vt100.buffer.active.getLine(row)?.getCell(x)?.isInverse() ?? 0);
      expect(reversed(0).every((is) => is !== 0)).toBe(true);
      expect(reversed(1).every((is) => is === 0)).toBe(true);
      expect([vt100.buffer.active.cursorY, vt100.buffer.active.cursorX]).toEqual([2, COLUMNS - 1]);
    });

    it('are blank while the contrast is 0', async () => {
      await showFirst();
      const memory = new Uint8Array(MEMORY);
      device.call('screen_contrast', [0], memory);
      await show(sent());
      expect(rows()).toEqual(FIRST.map(() => ''));
      write(0, 'one');
      device.call('screen_contrast', [8], memory);
      await show(sent());
      expect(rows()).toEqual(FIRST.with(0, 'one'));
    });

    it('come in the order of the line, however little it takes, and as they are by then', async () => {
      FIRST.forEach((text, row) => write(row, text));
      await show(sent(5));
      write(7, 'changed');
      for (let bytes = sent(1); bytes.length > 0; bytes = sent(1)) await show(bytes);
      expect(rows()).toEqual(FIRST.with(7, 'changed'));
    });

    it('are all sent again if the line took nothing for a second', async () => {
      for (const [ms, isAgain] of [
        [UNREAD_MS - 1, false],
        [UNREAD_MS, true],
      ] as const) {
        await showFirst();
        write(0, 'changed');
        sent(0);
        device.pass(ms);
        expect(sent().includes('333')).toBe(isAgain);
      }
    });

    it('are all sent again at Ctrl-L', async () => {
      await showFirst();
      vt100.reset();
      device.type(0x0c);
      expect(device.call('keypad_key', [], new Uint8Array(MEMORY))).toBe(-1);
      await show(sent());
      expect(rows()).toEqual(FIRST);
    });

    it('are accompanied by BEL for what is done or refused, not for a key', async () => {
      await showFirst();
      const beep = (sound: Beep): Buffer => {
        device.beep(sound);
        return sent();
      };
      expect([Beep.Key, Beep.Done, Beep.Refused].map((sound) => beep(sound).toString())).toEqual(['', '\x07', '\x07']);
    });
  },
  'hal',
);
