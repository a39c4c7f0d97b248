import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Terminal } from '../../host/index.js';
import { type Bench, targets } from '../support/targets.js';

const [MAIN, SETTINGS] = ['主界面', '设置'];

describe.each(targets)('group screen on $name', (target) => {
  let bench: Bench;
  let terminal: Terminal;
  beforeAll(async () => {
    bench = await target.start();
    terminal = bench.terminal;
  });
  afterAll(() => bench.stop());

  const title = async (): Promise<string> => (await terminal.readScreen()).rows[0]?.text.replace(/[▲▼ ]+$/u, '') ?? '';

  it('shows a screen of 20×8 cells on a bench terminal, inside a session', async () => {
    const { columns, rows, bench: isBench, proven } = await terminal.readScreen();
    expect([columns, rows.length, isBench, proven]).toEqual([20, 8, true, true]);
    expect(rows.map(({ reversed }) => reversed)).toEqual([true, ...Array.from({ length: 7 }, () => false)]);
  });

  it('takes keys', async () => {
    expect(await title()).toBe(MAIN);
    await terminal.press('Menu');
    expect(await title()).toBe(SETTINGS);
    const { changes } = await terminal.readScreen();
    await terminal.press('Cancel');
    expect(await title()).toBe(MAIN);
    expect((await terminal.readScreen()).changes).toBeGreaterThan(changes);
  });
});
