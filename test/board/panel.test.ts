import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Event } from '../../assembly/protocol.js';
import { LifeCycle, linkFromAddress, Terminal } from '../../host/index.js';
import { BOARDS } from '../../host/sim/board/machines.js';
import { QemuBoard } from '../../host/sim/board/qemu-board.js';
import { key } from '../support/keyed.js';
import { NativeTerminal } from '../support/native.js';
import { onBoard } from '../support/tools.js';
import { Vt100 } from '../support/vt100.js';

const SERIAL = 'OB-PANEL';
const [MAIN, SETTINGS, INFORMATION] = ['主界面', '设置', '本机信息'];
const [NO_KEY, WAS_TAMPERED] = ['尚未装入密钥', '机器已被拆开'];
const [ESC, CTRL_L] = ['\x1b', '\x0c'];
const COLUMNS = 20;
/** More than the buffers of all that is between a board and whoever reads its panel. */
const MUCH = 128 * 1024;
/** A drawn page has more. */
const PAGE_BYTES = 100;

interface Machine {
  readonly port: string;
  readonly panel: string;
  end(): Promise<void>;
}

const startNative = async (flash: string): Promise<NativeTerminal & { panel: string }> =>
  (await NativeTerminal.start(flash, SERIAL, { panel: true, bench: true })) as NativeTerminal & { panel: string };

let dir: string;
let machine: Machine;
let terminal: Terminal;
let vt100: Vt100;

beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'octobind-panel-'))));
afterEach(async () => {
  await vt100.detach();
  await terminal.close();
  await machine.end();
  rmSync(dir, { recursive: true });
});

async function begin(start: (dir: string) => Promise<Machine>): Promise<void> {
  machine = await start(dir);
  terminal = new Terminal(linkFromAddress(machine.port), { key });
  vt100 = await Vt100.attach(machine.panel);
  // Opening the port may have thrown away what was drawn before.
  vt100.type(CTRL_L);
}

/** Waits until a row of the screen begins with a text. */
const shows = (text: string, row = 0): Promise<void> =>
  expect.poll(() => vt100.rows[row], { timeout: 10_000 }).toMatch(new RegExp(`^${text}`));

function tests(start: (dir: string) => Promise<Machine>): void {
  it('shows the screen, with a reversed title, and takes keys', async () => {
    await begin(start);
    await shows(MAIN);
    await shows(NO_KEY, 1);
    expect([0, 1].map((row) => vt100.reversedCells(row))).toEqual([COLUMNS, 0]);
    const { rows } = vt100;
    vt100.type('m');
    await shows(SETTINGS);
    expect(vt100.rows.length).toBeLessThanOrEqual(8);
    vt100.type('1');
    await shows(INFORMATION);
    vt100.type(ESC);
    await shows(SETTINGS);
    vt100.type(ESC);
    await expect.poll(() => vt100.rows).toEqual(rows);
  });

  it('draws the whole screen for who attaches and sends Ctrl-L', async () => {
    await begin(start);
    vt100.type('m');
    await shows(SETTINGS);
    const { rows } = vt100;
    await vt100.detach();
    vt100 = await Vt100.attach(machine.panel);
    expect(vt100.rows).toEqual([]);
    vt100.type(CTRL_L);
    await expect.poll(() => vt100.rows, { timeout: 10_000 }).toEqual(rows);
    // It was no key.
    vt100.type('1');
    await shows(INFORMATION);
  });

  it('shows the screen again after a restart', async () => {
    await begin(start);
    vt100.type('m');
    await shows(SETTINGS);
    await terminal.reset();
    await shows(MAIN);
    vt100.type('m');
    await shows(SETTINGS);
  });

  it('does not stop the terminal if nobody reads, and shows what is true by then', async () => {
    await begin(start);
    vt100.type('m');
    await shows(SETTINGS);
    await vt100.detach();
    // Types, and reads nothing. Each key draws the whole page anew.
    const line = await linkFromAddress(machine.panel).open();
    for (let drawn = 0; drawn < MUCH; drawn += 8 * PAGE_BYTES) {
      line.write(Buffer.from(`m${CTRL_L}`.repeat(8)));
      expect(await terminal.echo('still here')).toBe('still here');
    }
    await line.close();
    await terminal.press('Digit1');
    vt100 = await Vt100.attach(machine.panel);
    await shows(INFORMATION);
    vt100.type(ESC);
    await shows(SETTINGS);
  });
}

for (const name of BOARDS) {
  const start = async (folder: string): Promise<Machine & { board: QemuBoard }> => {
    const panel = join(folder, 'panel');
    const board = new QemuBoard({ board: name, flash: join(folder, 'flash'), serial: SERIAL, panel, bench: true });
    await board.powerOn();
    return { port: board.address, panel, board, end: () => board.powerOff() };
  };
  onBoard(
    `the panel of ${name}`,
    () => {
      tests(start);

      it('is beside the events, and ends with the board', async () => {
        const events: Event[] = [];
        const panel = join(dir, 'panel');
        const board = new QemuBoard({
          board: name,
          flash: join(dir, 'flash'),
          serial: SERIAL,
          panel,
          screen: { columns: 16, rows: 4 },
        });
        board.onEvent = (code) => events.push(code);
        await board.powerOn();
        await begin(() => Promise.resolve({ port: board.address, panel, end: () => board.powerOff() }));
        await shows(MAIN);
        expect(vt100.reversedCells(0)).toBe(16);
        expect(events).toContain(Event.Boot);
        // No strap is set.
        await expect(terminal.press('Menu')).rejects.toMatchObject({ code: 'REFUSED' });
        await vt100.detach();
        await board.powerOff();
        expect(existsSync(panel)).toBe(false);
      });
    },
    name,
  );
}

onBoard(
  'the panel of a process',
  () => {
    const start = async (folder: string): Promise<Machine & { device: NativeTerminal }> => {
      const device = await startNative(join(folder, 'flash'));
      return { port: device.address, panel: device.panel, device, end: () => device.cut() };
    };
    tests(start);

    it('forgets keys that were typed before the case was opened', async () => {
      let device: NativeTerminal | undefined;
      await begin(async (folder) => {
        const started = await start(folder);
        ({ device } = started);
        return started;
      });
      await terminal.loadKey(key(SERIAL), { inClear: SERIAL });
      await shows(MAIN);
      device?.pause();
      vt100.type('m1');
      device?.open();
      device?.resume();
      await shows(WAS_TAMPERED, 1);
      expect(await terminal.status()).toMatchObject({ lifeCycle: LifeCycle.Tampered });
      expect(vt100.rows[0]).toMatch(new RegExp(`^${MAIN}`));
      vt100.type('m');
      await shows(SETTINGS);
    });
  },
  'linux',
);
