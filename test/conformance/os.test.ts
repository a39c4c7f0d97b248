import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EnumerationCommand, Group, Op, OsCommand, Size } from '../../assembly/protocol.js';
import type { OctobindError, Terminal } from '../../host/index.js';
import { type Bench, targets } from '../support/targets.js';

const { version: VERSION } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

describe.each(targets)('groups os and stat on $name', (target) => {
  let bench: Bench;
  let terminal: Terminal;
  beforeAll(async () => {
    bench = await target.start();
    terminal = bench.terminal;
  });
  afterAll(() => bench.stop());

  it.each([0, 1, 80, 93, 94, 500, 2000])('echoes a text of %i bytes', async (length) => {
    const text = 'é'.repeat(length >> 1) + 'x'.repeat(length & 1);
    expect(await terminal.echo(text)).toBe(text);
  });

  it('replies to a packet of the largest size that it reports', async () => {
    const { bufSize, bufCount } = await terminal.params();
    expect(bufSize).toBe(2048);
    expect(bufCount).toBe(1);
    const text = 'x'.repeat(bufSize - 8 - 6);
    expect(await terminal.echo(text)).toBe(text);
  });

  it('reports its name, version, architecture, processor and board', async () => {
    const all = await terminal.uname();
    expect(all).toMatch(/^octobind \S+ \d+\.\d+\.\d+ 1 unknown \S+ \S+ \S+ octobind$/);
    const [, , release, , , ...machine] = all.split(' ').slice(0, -1);
    expect(await terminal.uname('rs')).toBe(`octobind ${release}`);
    expect(await terminal.uname('ipm')).toBe(machine.join(' '));
    expect(await terminal.uname('')).toBe('octobind');
    await expect(terminal.uname('z')).rejects.toMatchObject({ name: 'OctobindError' });
  });

  it('says what it is: runtime, board and build', async () => {
    const { runtime, hal, build, release, architecture, processor, board } = await terminal.info();
    expect(await terminal.uname('r')).toBe(release);
    for (const [letter, value] of Object.entries({ m: architecture, p: processor, i: board })) {
      expect(value).toMatch(/^[!-~]{1,32}$/);
      expect(await terminal.uname(letter)).toBe(value);
    }
    expect(runtime).toMatch(/^[!-~]+ \d+\.\d+\.\d+$/);
    expect(hal).toBe(Size.HalVersion);
    expect(build).toMatch(/^[0-9a-f]{64}$/);
  });

  it.skipIf(!target.made)('is what it is known to be, and runs the firmware that was built', async () => {
    const { firmware = '', runtime = '', ...machine } = target.made ?? {};
    const build = createHash('sha256').update(readFileSync(firmware)).digest('hex');
    expect(await terminal.info()).toMatchObject({ ...machine, runtime: `${runtime} ${VERSION}`, build });
  });

  it('lists its groups', async () => {
    expect(await terminal.groups()).toEqual([
      Group.Os,
      Group.Stat,
      Group.Enumeration,
      Group.Session,
      Group.Card,
      Group.Screen,
    ]);
    const single = { op: Op.Read, group: Group.Enumeration, command: EnumerationCommand.Single } as const;
    await expect(terminal.smp.request({ ...single, body: { index: 6 } })).rejects.toMatchObject({ code: 'REFUSED' });
  });

  it('has each group that it lists, and no other below 256', async () => {
    const groups = await terminal.groups();
    const has: number[] = [];
    for (let group = 0; group < 256; group++) {
      // A group has a command 0. It may refuse: then it is there.
      const request = terminal.smp.request({ op: Op.Read, group, command: 0 });
      const isMissing = await request.then(
        () => false,
        (error: unknown) => (error as OctobindError).code === 'UNSUPPORTED',
      );
      if (!isMissing) has.push(group);
    }
    expect(has).toEqual(groups);
  });

  it('has no bootloader', async () => {
    expect(await terminal.bootloader()).toBe('none');
    const query = { op: Op.Read, group: Group.Os, command: OsCommand.Bootloader, body: { query: 'mode' } } as const;
    await expect(terminal.smp.request(query)).rejects.toMatchObject({ name: 'OctobindError' });
  });

  it('keeps the time that it is set to', async () => {
    const time = new Date('2031-05-06T07:08:09.123Z');
    await terminal.setDatetime(time);
    const shown = await terminal.datetime();
    expect(shown.getTime()).toBeGreaterThanOrEqual(time.getTime());
    expect(shown.getTime()).toBeLessThan(time.getTime() + 60_000);
  });

  it('counts the good frames that it receives', async () => {
    expect(await terminal.statGroups()).toEqual(['link', 'flash', 'session', 'boot']);
    const before = await terminal.stats('link');
    await terminal.echo('once');
    const after = await terminal.stats('link');
    expect(after['rx_frames']).toBeGreaterThan(before['rx_frames'] ?? Infinity);
    await expect(terminal.stats('nothing')).rejects.toMatchObject({ name: 'OctobindError' });
  });

  it.each([
    ['an unknown group', { op: Op.Read, group: 64, command: 0 }],
    ['an unknown command', { op: Op.Read, group: Group.Os, command: 99 }],
    ['a write to a command that can only be read', { op: Op.Write, group: Group.Os, command: OsCommand.Params }],
    ['a group above the last one', { op: Op.Read, group: 68, command: 0 }],
  ] as const)('does not support %s', async (_what, request) => {
    await expect(terminal.smp.request(request)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });

  it('counts from zero again after a restart', async () => {
    for (let i = 0; i < 20; i++) await terminal.echo('before');
    await terminal.reset();
    expect((await terminal.stats('link'))['rx_frames']).toBeLessThan(20);
  });
});
