import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Checkout } from '../../tools/dev/checkout.js';
import { RunningDev } from '../../tools/dev/running-dev.js';

describe('npm run dev', () => {
  let checkout: Checkout;
  let dev: RunningDev;
  let dir: string;

  beforeAll(async () => {
    checkout = new Checkout();
    dir = join(checkout.folder, '.octobind');
    dev = new RunningDev(checkout.folder, '--dir', dir, '--terminals', '2');
    await dev.line(/first reply OK/);
  });
  afterAll(async () => {
    await dev.stop();
    checkout.remove();
  });

  /** Changes a file, and waits for a line. Returns what was printed since the change. */
  async function after(path: string, pattern: RegExp, replacement: string, line: RegExp): Promise<string[]> {
    const from = dev.lines.length;
    checkout.edit(path, pattern, replacement);
    await dev.line(line, from);
    return dev.lines.slice(from);
  }

  it('starts as many terminals as it is told', () => {
    expect(dev.lines.filter((line) => / started till-\d {2}OB-SIM-000\d {2}/.test(line))).toHaveLength(2);
  });

  it('restarts terminals with a changed firmware, with the keys that they had', async () => {
    const keys = readFileSync(join(dir, 'till-1.keys'));
    const lines = await after(
      'assembly/group/os.ts',
      /rom\('unknown'\)/,
      "rom('changed')",
      /first reply OK.* changed /,
    );
    expect(lines.join('\n')).toMatch(/ built debug: [\d.]+ s, assembly\/group\/os\.ts changed\n/);
    expect(lines.join('\n')).toMatch(/ restarted till-1 .*\n.* restarted till-2 /);
    expect(readFileSync(join(dir, 'till-1.keys'))).toEqual(keys);
  });

  it('tells an error in the firmware by file and line, and lets the terminals go on', async () => {
    const lines = await after(
      'assembly/group/os.ts',
      /rom\('changed'\)/,
      'nothing',
      / go on with what was built before/,
    );
    expect(lines.join('\n')).toMatch(/ FAILED debug: .*\n +assembly\/group\/os\.ts:\d+:\d+ error TS2304: /);
    expect(lines.join('\n')).not.toContain('restarted');
    await after('assembly/group/os.ts', /nothing/, "rom('mended')", /first reply OK.* mended /);
  });

  it('tells an error in the host by file and line, and lets the terminals go on', async () => {
    const lines = await after('host/cli/exit.ts', /Done = 0/, "Done = 'x'.x", / go on with what was built before/);
    expect(lines.join('\n')).toMatch(/ FAILED host: .*\n +host\/cli\/exit\.ts:\d+:\d+ error TS2339: /);
    await after('host/cli/exit.ts', /'x'\.x/, '0', /restarted|nothing is restarted|first reply/);
  });

  it('ends with Ctrl-C, and says what it has done', async () => {
    expect(await dev.stop()).toBe(0);
    expect(dev.lines.at(-1)).toMatch(/ Ended: \d builds, 2 failed, [2-4] restarts\. Flash and keys stay in \S+\.$/);
  });

  it('refuses options that the command line refuses', async () => {
    const other = new RunningDev(checkout.folder, '--nothing');
    await other.line(/unknown option '--nothing'/);
    expect(await other.ended()).toBe(2);
  });
});
