import { once } from 'node:events';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdName } from '../../host/sim/running.js';
import { containing, finish, matching, run, runHere, type Run, type Sim, start, startSim } from './cli-support.js';

const CARDS = join(import.meta.dirname, '../../examples/test-cards.yaml');

let dir: string;
let sim: Sim;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octobind-'));
  sim = await startSim('--dir', dir, '--terminals', '3');
});
afterAll(async () => {
  await sim.stop();
  await rm(dir, { recursive: true });
});

const octobind = (...args: string[]): Promise<Run> => run(['--dir', dir, ...args]);
const port = (number: number): string => sim.terminals[number - 1]?.port ?? '';
const serial = (number: number): string => `OB-SIM-000${number}`;

interface Document {
  terminals: { name: string; serial?: string; port?: string; generation?: number; error?: { code: string } }[];
  summary: Record<string, number>;
}
const json = ({ stdout }: Run): Document => JSON.parse(stdout) as Document;

let plans = 0;
async function planFile(terminals: Record<string, string>): Promise<string> {
  const path = join(dir, `plan-${++plans}.yaml`);
  const lines = Object.entries(terminals).map(([name, at]) => `  ${name}: { ${at}, slots: { 2: visa } }\n`);
  await writeFile(path, `cards: ${CARDS}\nterminals:\n${lines.join('')}`);
  return path;
}

async function generations(): Promise<(number | undefined)[]> {
  return json(await octobind('list', '--all', '--json')).terminals.map(({ generation }) => generation);
}

describe('a plan that is not what the cables are', () => {
  it('is refused before anything changes if two ports are swapped, and names both', async () => {
    const plan = await planFile({
      a: `serial: ${serial(1)}, port: ${port(2)}`,
      b: `serial: ${serial(2)}, port: ${port(1)}`,
      c: `serial: ${serial(3)}`,
    });
    for (const command of ['apply', 'verify']) {
      const { code, stderr } = await octobind(command, plan);
      expect(code).toBe(1);
      expect(stderr).toContain('(WRONG_TERMINAL)');
      expect(stderr).toContain(`a: ${serial(1)} is wanted at ${port(2)}, but the terminal there is ${serial(2)}`);
      expect(stderr).toContain(`b: ${serial(2)} is wanted at ${port(1)}`);
    }
    expect(await generations()).toEqual([0, 0, 0]);
  });

  it('is refused if one terminal is in it twice, by a link to its port or by its number', async () => {
    const link = join(dir, 'link');
    await symlink(port(1), link);
    for (const other of [`port: ${link}`, `serial: ${serial(1)}`]) {
      const plan = await planFile({ a: `port: ${port(1)}`, b: other });
      expect(await octobind('apply', plan)).toMatchObject({ code: 1, stderr: containing('(WRONG_TERMINAL)') });
    }
    expect(await generations()).toEqual([0, 0, 0]);
  });
});

describe('one terminal', () => {
  it('is named by its serial number, by its name, or by its port', async () => {
    for (const text of [serial(2), 'till-2', 'till-2.tty', port(2)]) {
      const { code, stdout } = await octobind('list', '-s', text, '--json');
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ port: port(2), serial: serial(2) });
    }
    expect(await octobind('list', '-s', 'OB-NONE')).toMatchObject({ code: 3, stderr: containing('OB-NONE') });
  });

  it('is shown to choose, if there are several', async () => {
    expect(await octobind('list')).toMatchObject({ code: 2, stderr: containing(`-s ${serial(3)}, or --port`) });
  });

  it('is not changed if it is another one than the serial number that `ports` has', async () => {
    const away = await mkdtemp(join(tmpdir(), 'octobind-'));
    const held = await holdName(away, 'till-1');
    held.announce('OB-OTHER', port(1));
    const args = ['--dir', away, '--keys', dir, '-s', 'OB-OTHER'];
    for (const command of [['format', '--yes'], ['list'], ['info'], ['keys', 'status']]) {
      const { code, stderr } = await run([...command, ...args]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/OB-OTHER[^]*OB-SIM-0001[^]*\(WRONG_TERMINAL\)/);
    }
    expect((await generations())[0]).toBe(0);
    held.release();
    await rm(away, { recursive: true });
  });
});

describe('what a plan command shows', () => {
  it('names serial numbers, has failures last by their cause, and ends with a summary', async () => {
    const plan = await planFile({
      a: `port: ${join(dir, 'gone')}`,
      b: `serial: ${serial(2)}`,
      c: 'serial: OB-NONE',
    });
    const { code, stdout } = await octobind('apply', plan);
    expect(code).toBe(3);
    expect(stdout).toMatch(/^b OB-SIM-0002: 1 slot changed, 0 as planned\./);
    expect(stdout).toMatch(/failed \(PORT_MISSING\):\n {2}a: There is no port [^\n]*\n {2}c OB-NONE: [^\n]*\n/);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('1 changed, 2 failed; run again to retry');
    const again = json(await octobind('apply', plan, '--json'));
    expect(again.summary).toEqual({ unchanged: 1, failed: 2 });
    expect(again.terminals[1]).toMatchObject({ name: 'b', serial: serial(2), port: port(2) });
  });

  it('has no error in a cell of a table', async () => {
    const { stdout } = await octobind(
      'keys',
      'load',
      await planFile({ b: `serial: ${serial(2)}`, c: 'serial: OB-NONE' }),
    );
    for (const line of stdout.split('\n').filter((text) => text.includes('│'))) expect(line).not.toContain('found');
    expect(stdout).toContain('1 unchanged, 1 failed; run again to retry');
    const cards = join(dir, 'cards.yaml');
    await writeFile(cards, 'cards: { other: { pan: "5555555555554444", name: "A B" } }');
    const verified = await octobind('verify', '--against', cards, port(2), join(dir, 'gone'));
    expect(verified.stdout).toMatch(/failed \(PORT_MISSING\):\n {2}\S*gone: There is no port/);
    expect(verified.stdout).toContain('1 different, 1 failed; run again to retry');
  });

  it('comes as lines of JSON with --json-lines, each when its terminal is done', async () => {
    const { code, stdout } = await octobind('keys', 'status', '--all', '--json-lines', '--jobs', '1');
    expect(code).toBe(0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toMatchObject([
      { name: 'till-1', serial: serial(1), state: 'keyed', ours: true },
      { name: 'till-2' },
      { name: 'till-3' },
      { summary: { keyed: 3 } },
    ]);
  });
});

describe('a part of a plan', () => {
  it('is chosen by names and serial numbers, also by those that only the terminals know', async () => {
    const plan = await planFile({ a: `port: ${port(1)}`, b: `serial: ${serial(2)}`, c: `port: ${port(3)}` });
    const chosen = async (...only: string[]): Promise<string[]> =>
      json(await octobind('list', plan, '--json', ...only)).terminals.map(({ name }) => name);
    expect(await chosen('--only', `b,c`)).toEqual(['b', 'c']);
    expect(await chosen('--only', serial(3), '--only', 'a')).toEqual(['a', 'c']);
    expect(await octobind('list', plan, '--only', 'a,till-9')).toMatchObject({ code: 2, stderr: containing('till-9') });
    expect((await octobind('list', '--only', 'a')).code).toBe(2);
    expect((await octobind('list', plan, '--all')).code).toBe(2);
  });

  it('is what failed in an earlier run, by its JSON or its lines of JSON', async () => {
    const missing = join(dir, 'later');
    const plan = await planFile({ a: `port: ${port(1)}`, b: `port: ${missing}` });
    for (const format of ['--json', '--json-lines']) {
      const earlier = join(dir, 'earlier.json');
      await writeFile(earlier, (await octobind('list', plan, format)).stdout);
      await symlink(port(2), missing);
      const retried = json(await octobind('list', plan, '--retry-failed', earlier, '--json'));
      expect(retried.terminals).toMatchObject([{ name: 'b', serial: serial(2) }]);
      await rm(missing);
      await writeFile(earlier, JSON.stringify({ terminals: retried.terminals }));
      const nothing = await octobind('list', plan, '--retry-failed', earlier);
      expect(nothing).toMatchObject({ code: 0, stdout: containing('nothing to do') });
    }
    expect((await octobind('list', plan, '--retry-failed', plan)).code).toBe(2);
    // A run that ended before it looked at any terminal.
    const ended = join(dir, 'ended.json');
    await writeFile(ended, JSON.stringify({ error: { code: 'KEY_MISSING' } }));
    await expect(runHere('list', plan, '--retry-failed', ended, '--dir', dir)).rejects.toMatchObject({ code: 'USAGE' });
  });
});

it('--retry-failed takes those too that a verification found different', async () => {
  const plan = join(dir, 'verified.yaml');
  const slots = 'slots: { 8: visa }';
  await writeFile(
    plan,
    `cards: ${CARDS}\nterminals: { a: { serial: ${serial(1)}, ${slots} }, b: { serial: ${serial(2)} } }`,
  );
  const cards = join(dir, 'none.yaml');
  await writeFile(cards, 'cards: { other: { pan: "5555555555554444", name: "A B" } }');
  const earlier = join(dir, 'verified.json');
  for (const [args, names] of [
    [['verify', plan], ['a']],
    [
      ['verify', '--against', cards, '--all'],
      ['till-1', 'till-2', 'till-3'],
    ],
  ] as const) {
    const { document, exit } = await runHere(...args, '--dir', dir);
    expect(exit).toBe(1);
    await writeFile(earlier, JSON.stringify(document));
    const retried = await runHere(...args, '--dir', dir, '--retry-failed', earlier);
    expect((retried.document as Document).terminals.map(({ name }) => name)).toEqual(names);
  }
});

describe('Ctrl-C', () => {
  it.each(['--json', '--json-lines'])(
    'while terminals are looked for, shows all of them as interrupted, with %s',
    async (format) => {
      const silent = createServer((socket) => socket.resume().on('error', () => undefined)).listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const at = `tcp://127.0.0.1:${(silent.address() as AddressInfo).port}`;
      const plan = await planFile({ a: `serial: ${serial(1)}`, b: `port: ${at}` });
      const connected = once(silent, 'connection');
      const child = start(['--dir', dir, 'list', plan, format, '--jobs', '1']);
      const ended = finish(child);
      await connected;
      child.kill('SIGINT');
      const { code, stdout } = await ended;
      expect(code).toBe(130);
      expect(stdout).toContain('"interrupted":');
      expect(stdout).toContain('"ABORTED"');
      silent.close();
    },
  );

  it('keeps the outcome of a terminal that was done', async () => {
    const child = start(['--dir', dir, 'info', '--all', '--jobs', '1', '--json-lines']);
    const lines = createInterface({ input: child.stdout });
    const ended = once(child, 'close') as Promise<[number | null]>;
    const seen: { name?: string; error?: unknown; summary?: Record<string, number> }[] = [];
    for await (const line of lines) {
      seen.push(JSON.parse(line) as object);
      if (seen.length === 1) child.kill('SIGINT');
    }
    expect((await ended)[0]).toBe(130);
    expect(seen[0]).toMatchObject({ name: 'till-1', serial: serial(1) });
    expect(seen[0]).not.toHaveProperty('error');
    const { summary = {} } = seen.at(-1) ?? {};
    expect(summary['read']).toBeGreaterThan(0);
    expect(summary['interrupted']).toBeGreaterThan(0);
  });
});

describe('plans that are written', () => {
  it('by init, have the serial numbers of the terminals that are there, and are read again', async () => {
    const plan = join(dir, 'init.yaml');
    expect((await octobind('plan', 'init', '--out', plan, '--cards', CARDS)).code).toBe(0);
    expect((await readFile(plan, 'utf8')).match(/serial: OB-SIM-000\d/g)).toHaveLength(3);
    expect(await octobind('plan', 'init', '--out', plan)).toMatchObject({ code: 2, stderr: containing('EEXIST') });
    expect(json(await octobind('list', plan, '--json')).summary).toEqual({ listed: 3 });
    expect(json(await octobind('verify', plan, '--json')).summary).toEqual({ proven: 3 });
  });

  it('by import, have the rows of a table', async () => {
    const csv = join(dir, 'shop.csv');
    const plan = join(dir, 'import.yaml');
    await writeFile(
      csv,
      `\ufeffname;serial;Slot1;slot2;slot 8\r\ntill-a;${serial(1)};shop:settlement;visa;\r\n"till-b";${serial(2)};;empty;keep\r\n`,
    );
    expect((await octobind('plan', 'import', csv, '--out', plan, '--cards', CARDS)).code).toBe(0);
    const { terminals } = json(await octobind('apply', plan, '--dry-run', '--json'));
    expect(terminals).toMatchObject([
      {
        name: 'till-a',
        serial: serial(1),
        changes: expect.arrayContaining([
          expect.objectContaining({ slot: 1, to: { status: 'bound', card: 'shop', role: 'settlement' } }),
        ]) as unknown,
      },
      { name: 'till-b', serial: serial(2) },
    ]);
  });

  it.each([
    ['a column that is not known', 'name,sreial\na,b\n', /no column "sreial"/],
    ['no serial number and no port', 'name,serial,port\na,,\n', /line 2: give the serial number/],
    ['a name twice', 'name,serial\na,1\na,2\n', /line 3: the name is there twice/],
    ['a role that is not known', 'name,serial,slot1\na,1,visa:setlement\n', /line 2: slots\.1: a slot is/],
    ['too many cells', 'name,serial\na,1,2\n', /line 2: CSV_/],
    ['a card number', 'name,serial,slot1\na,1,4242 4242 4242 4242\n', /may be a card number/],
  ])('by import, are refused with %s', async (_, text, expected) => {
    const csv = join(dir, 'bad.csv');
    await writeFile(csv, text);
    expect(await octobind('plan', 'import', csv)).toMatchObject({ code: 2, stdout: '', stderr: matching(expected) });
  });
});

describe('over TCP', () => {
  it('host:port is a port, and one terminal under two names of its host is refused', async () => {
    const tcp = 20_000 + ((process.pid + 7919) % 20_000);
    const away = await mkdtemp(join(tmpdir(), 'octobind-'));
    const other = await startSim('--dir', away, '--terminals', '2', '--tcp', String(tcp));
    try {
      const one = await run(['--dir', away, 'list', '--port', `localhost:${tcp}`, '--json']);
      expect(JSON.parse(one.stdout)).toMatchObject({ serial: serial(1) });
      const plan = await planFile({ a: `port: 'localhost:${tcp}'`, b: `port: 'tcp://127.0.0.1:${tcp}'` });
      const twice = await run(['--dir', away, 'apply', plan]);
      expect(twice).toMatchObject({ code: 1, stderr: containing('(WRONG_TERMINAL)') });
      const good = await planFile({ a: `port: 'localhost:${tcp}'`, b: `serial: ${serial(2)}` });
      const applied = await run(['--dir', away, 'apply', good, '--json']);
      expect(json(applied)).toMatchObject({
        terminals: [{ serial: serial(1) }, { serial: serial(2) }],
        summary: { changed: 2 },
      });
    } finally {
      await other.stop();
      await rm(away, { recursive: true });
    }
  });
});
