import xterm from '@xterm/headless';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Screen, type ScreenState } from '../../host/screen/screen.js';
import { ansi, vt100 } from '../../host/screen/shell.js';

const COLUMNS = 20;
const ROWS = 5;

/** What a real terminal emulator shows. */
class Shown {
  readonly #terminal = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true });

  /** The emulator does not tell, so it is read from what was sent. */
  #hasCursor = true;

  async write(bytes: Uint8Array): Promise<void> {
    const switched = [...textOf(bytes).matchAll(/\?25([hl])/g)].at(-1)?.[1];
    if (switched) this.#hasCursor = switched === 'h';
    await new Promise<void>((done) => this.#terminal.write(bytes, done));
  }

  /** Each row's text, and the attributes of its cells; the cursor. */
  get picture(): unknown {
    const { active } = this.#terminal.buffer;
    const rows = Array.from({ length: 24 }, (_, row) => {
      const line = active.getLine(row);
      const styles = Array.from({ length: COLUMNS }, (_, column) => {
        const cell = line?.getCell(column);
        return (cell?.isInverse() ? 1 : 0) + (cell?.isDim() ? 2 : 0);
      });
      return `${line?.translateToString(true) ?? ''}|${styles.join('')}`;
    });
    return { rows, at: this.#hasCursor ? [active.cursorY, active.cursorX] : undefined };
  }
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function menu(): Screen {
  const screen = new Screen(COLUMNS, ROWS);
  screen.writeRow(0, '系统设置', { reversed: true });
  screen.writeRow(2, '姓名：张·三');
  screen.writeRow(4, `a\u0301😀𬴂${String.fromCodePoint(0x3042)}`);
  return screen;
}

describe('a screen in a shell', () => {
  it('stands in a frame, reversed by SGR 7', () => {
    const screen = menu();
    screen.moveCursor({ row: 2, column: 7 });
    expect(ansi(screen.state).split('\n')).toEqual([
      '┌────────────────────┐',
      '│\x1b[7m系统设置            \x1b[0m│',
      '│                    │',
      '│姓名：\x1b[4m张\x1b[24m·三         │',
      '│                    │',
      // What a shell has no room for is a box: the mark, the emoji, and kana, which has no glyph.
      '│a□□𬴂□              │',
      '└────────────────────┘',
      '',
    ]);
    screen.darken(true);
    expect(ansi(screen.state)).toContain('│\x1b[2;7m系统设置            \x1b[0m│');
  });

  it('has its right edge in one column, as a terminal shows it', async () => {
    const shown = new Shown();
    await shown.write(bytesOf(ansi(menu().state).replaceAll('\n', '\r\n')));
    const { rows } = shown.picture as { rows: string[] };
    expect(rows.slice(1, 6).map((row) => row.replace(/\|[\d]+$/, '').at(-1))).toEqual(Array(5).fill('│'));
  });

  it('shows a QR code as half blocks, black on white', () => {
    const screen = new Screen(16, 4);
    screen.showQr('x');
    const rows = ansi(screen.state).trimEnd().split('\n');
    expect(rows).toHaveLength(15);
    const [start, end] = ['\x1b[0;30;107m    █▀▀▀▀▀█', '█▀▀▀▀▀█    \x1b[0m'];
    expect([rows[2]?.slice(0, start.length), rows[2]?.slice(-end.length)]).toEqual([start, end]);
  });
});

describe('updates of a VT100', () => {
  it('send only the rows that changed', () => {
    const screen = menu();
    const before = screen.state;
    screen.writeRow(2, '姓名：李·四');
    expect(textOf(vt100(screen.state, before))).toBe('\x1b[3;1H姓名：李·四         \x1b[?25l');
    expect(vt100(screen.state, screen.state)).toHaveLength(0);
  });

  it('begin with an empty screen if nothing, or another size, was shown', () => {
    const screen = menu();
    const whole = textOf(vt100(screen.state));
    expect(whole.startsWith('\x1b[0m\x1b[2J\x1b[1;1H')).toBe(true);
    expect(textOf(vt100(screen.state, new Screen(16, 4).state))).toBe(whole);
  });

  it('show in the end what a whole drawing shows', async () => {
    const change = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          row: fc.nat(ROWS - 1),
          text: fc.constantFrom('', '卡', '1-设置', 'Add card', '中'.repeat(10)),
          reversed: fc.boolean(),
        }),
      },
      fc.record({
        cursor: fc.option(fc.record({ row: fc.nat(ROWS - 1), column: fc.nat(COLUMNS - 1) }), { nil: undefined }),
      }),
      fc.record({ dark: fc.boolean() }),
      fc.record({ qr: fc.constantFrom('x', 'https://example.com') }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
        const screen = new Screen(COLUMNS, ROWS);
        const [updated, drawn] = [new Shown(), new Shown()];
        let before: ScreenState | undefined;
        for (const one of changes) {
          if ('row' in one) screen.writeRow(one.row, one.text, one);
          else if ('dark' in one) screen.darken(one.dark);
          else if ('qr' in one) screen.showQr(one.qr);
          else screen.moveCursor(one.cursor);
          await updated.write(vt100(screen.state, before));
          before = screen.state;
        }
        await drawn.write(vt100(screen.state));
        expect(updated.picture).toEqual(drawn.picture);
      }),
      { numRuns: 25 },
    );
  });
});
