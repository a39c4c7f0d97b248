import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StartedTerminals, startTerminals } from '../../host/sim/start-terminals.js';
import { onScreen, runHere } from './cli-support.js';

let dir: string;
let sim: StartedTerminals;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octobind-'));
  sim = await startTerminals({ count: 1, dir });
});
afterAll(async () => {
  await sim.close();
  await rm(dir, { recursive: true });
});

describe('screen', () => {
  it('--text prints what the terminal shows', async () => {
    const { lines, document } = await runHere('screen', '--text', '--dir', dir);
    expect(lines.join('\n')).toContain('│主界面              │');
    expect(lines.join('')).not.toContain('\u001b');
    expect(document).toMatchObject({ columns: 20, bench: true, proven: false });
  });

  it('--png writes a picture of it', async () => {
    const file = join(dir, 'screen.png');
    await runHere('screen', '--png', file, '--dir', dir);
    const bytes = await readFile(file);
    expect(bytes.subarray(1, 4).toString()).toBe('PNG');
  });

  it('--png names a file that it cannot write', async () => {
    const file = join(dir, 'missing', 'screen.png');
    await expect(runHere('screen', '--png', file, '--dir', dir)).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('shows the screen as it changes, and types keys on it', async () => {
    const { code, screen } = await onScreen(
      [
        ['主界面', 'm'],
        ['设置', '1'],
        ['本机信息', '\u001b'],
        ['2-', '\u0003'],
      ],
      ['screen', '--dir', dir],
    );
    expect(screen).toContain('OB-SIM-0001');
    expect(screen.endsWith('\u001b[?1049l')).toBe(true);
    expect(code).toBe(130);
  });
});
