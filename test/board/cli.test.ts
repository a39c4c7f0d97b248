import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BOARDS } from '../../host/sim/board/machines.js';
import { onBoard } from '../support/tools.js';
import { Vt100 } from '../support/vt100.js';
import { type Child, containing, matching, run, startTerminals } from '../unit/cli-support.js';

const PAN = '4242424242424242';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'octobind-board-cli-'))));
afterEach(() => rmSync(dir, { recursive: true }));

function qemuOf({ pid }: Child): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  const qemu = children.find((child) => readFileSync(`/proc/${child}/comm`, 'utf8').startsWith('qemu'));
  if (!qemu) throw new Error('there is no QEMU');
  return qemu;
}

/**
 * False for a process that has ended, also if its parent did not collect its status (a zombie).
 */
function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

for (const name of BOARDS) {
  onBoard(
    `octobind board run ${name}`,
    () => {
      it('runs a terminal for other commands until Ctrl-C, and keeps its cards for the next run', async () => {
        const first = await startTerminals('board', 'run', name, '--dir', dir);
        const [terminal] = first.terminals;
        const port = terminal?.port ?? '';
        expect(terminal).toMatchObject({ name, serial: `OB-${name.toUpperCase()}` });
        expect((await run(['bind', '--dir', dir], `${PAN}\nADA LOVELACE\n`)).code).toBe(0);
        const info = await run(['info', '--dir', dir, '--self-test', '--json']);
        expect(JSON.parse(info.stdout)).toMatchObject({
          info: { runtime: matching(/^board \d/), architecture: 'arm', board: name },
          failed: 0,
          stats: { boot: { cause: 0, failures: 0 } },
        });
        const again = await run(['board', 'run', name, '--dir', dir, '--json']);
        expect(JSON.parse(again.stdout)).toMatchObject({ error: { code: 'IMAGE_IN_USE' } });
        expect(await first.stop()).toBe(0);
        expect(existsSync(port)).toBe(false);

        const second = await startTerminals('board', 'run', name, '--dir', dir, '--panel', '--bench');
        const panel = second.terminals[0]?.panel ?? '';
        const vt100 = await Vt100.attach(panel);
        vt100.type('\x0c');
        await expect.poll(() => vt100.rows[0], { timeout: 10_000 }).toMatch(/^主界面/);
        await vt100.detach();
        const list = await run(['list', '--dir', dir, '--json']);
        expect(list.code).toBe(0);
        expect(list.stdout).toContain('424242******4242');
        expect(await second.stop()).toBe(0);
        expect(existsSync(panel)).toBe(false);
      });

      it('leaves no QEMU behind if it is killed, and can be started again', async () => {
        const { child } = await startTerminals('board', 'run', name, '--dir', dir, '--virgin');
        const qemu = qemuOf(child);
        expect(isAlive(qemu)).toBe(true);
        child.kill('SIGKILL');
        await expect.poll(() => isAlive(qemu)).toBe(false);
        const again = await startTerminals('board', 'run', name, '--dir', dir);
        expect(await again.stop()).toBe(0);
      });

      it('names the flash image, the build or the folder that it cannot use', async () => {
        const files = { flash: join(dir, 'none', 'flash'), elf: join(dir, 'none') };
        const flash = await run(['board', 'run', name, '--dir', dir, '--flash', files.flash, '--json']);
        expect(flash.code).toBe(2);
        expect(JSON.parse(flash.stdout)).toMatchObject({ error: { code: 'USAGE', message: containing(files.flash) } });
        const elf = await run(['board', 'run', name, '--dir', dir, '--elf', files.elf, '--json']);
        expect(elf.code).toBe(2);
        expect(JSON.parse(elf.stdout)).toMatchObject({
          error: { code: 'BOARD_MISSING', message: containing(files.elf) },
        });
        for (const file of ['README.md', process.execPath]) {
          const other = await run(['board', 'run', name, '--dir', dir, '--elf', file, '--json']);
          expect(other.code).toBe(2);
          expect(JSON.parse(other.stdout)).toMatchObject({ error: { code: 'USAGE', message: containing(file) } });
        }
        const folder = await run(['board', 'run', name, '--dir', 'README.md', '--json']);
        expect(folder.code).toBe(2);
        expect(JSON.parse(folder.stdout)).toMatchObject({ error: { code: 'USAGE', message: containing('README.md') } });
      });

      it('ends with an error if QEMU ends', async () => {
        const { child, terminals } = await startTerminals('board', 'run', name, '--dir', dir, '--virgin');
        const [output, ended] = [text(child.stdout), once(child, 'close')];
        process.kill(qemuOf(child), 'SIGKILL');
        expect(await ended).toEqual([1, null]);
        expect(JSON.parse(await output)).toMatchObject({ error: { code: 'BOARD_FAILED' } });
        expect(existsSync(terminals[0]?.port ?? '')).toBe(false);
      });
    },
    name,
  );
}
