import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LifeCycle, MenuUser } from '../../assembly/protocol.js';
import { linkFromAddress, Terminal, terminalKey } from '../../host/index.js';
import { copyFlash, expectCards, expectedOf, type Golden, masterOf } from '../support/golden.js';
import { NativeTerminal } from '../support/native.js';
import { onBoard } from '../support/tools.js';

const COMMIT = 'a9c9caa';

onBoard(
  'a flash image that the machine code of a9c9caa wrote',
  () => {
    it('keeps its cards, keys and passwords through a change and a restart', async () => {
      const dir = mkdtempSync(join(tmpdir(), 'octobind-golden-'));
      const { cards, passwords, cases } = expectedOf(COMMIT);
      const golden = cases['native'] as Golden;
      const master = await masterOf(COMMIT, dir);
      const device = await NativeTerminal.start(copyFlash(COMMIT, 'native', dir), golden.serial);
      const terminal = new Terminal(linkFromAddress(device.address), { key: (serial) => terminalKey(master, serial) });
      try {
        expect(await terminal.status()).toMatchObject({ lifeCycle: LifeCycle.InService });
        await expectCards(terminal, golden, cards, master);
        await terminal.unlock(MenuUser.Operator, passwords.operator);
        await terminal.unlock(MenuUser.Administrator, passwords.administrator);
        await terminal.unbind(8);
        await terminal.reset();
        const { generation, state, slots } = golden;
        expect(await terminal.list()).toEqual({
          generation: generation + 1,
          state,
          slots: slots.map((slot, index) => (index === 7 ? null : slot)),
        });
        await terminal.setPasswords({ operator: '246810', administrator: '13579135' });
        await terminal.reset();
        await terminal.unlock(MenuUser.Operator, '246810');
      } finally {
        await terminal.close();
        await device.cut();
        rmSync(dir, { recursive: true });
      }
    });
  },
  'linux',
);
