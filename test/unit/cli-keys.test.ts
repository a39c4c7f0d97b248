import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Exit } from '../../host/cli/exit.js';
import { containing, type Kept, matching, run, runHere, type Run, type Sim, startSim } from './cli-support.js';

const CHECK_VALUE = matching(/^[0-9a-f]{6}$/);

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octobind-'));
});
afterAll(() => rm(dir, { recursive: true }));

const octobind = (...args: string[]): Promise<Run> => run(['--dir', dir, '--json', ...args]);
const json = ({ stdout }: Run): unknown => JSON.parse(stdout);

describe('virgin terminals', () => {
  let sim: Sim;
  let ports: string[];
  const outputs: Run[] = [];
  beforeAll(async () => {
    sim = await startSim('--dir', dir, '--terminals', '2', '--virgin');
    ports = sim.terminals.map(({ port }) => port);
  });
  afterAll(() => sim.stop());

  const at = async (index: number, ...args: string[]): Promise<Run> => {
    const output = await octobind(...args, '--port', ports[index] ?? '');
    outputs.push(output);
    return output;
  };

  it('report their state without a master key, and do nothing else', async () => {
    expect(json(await at(0, 'keys', 'status'))).toMatchObject({ state: 'virgin', checkValue: null, ours: null });
    expect((await at(0, 'list')).code).not.toBe(0);
    expect(await at(0, 'keys', 'load')).toMatchObject({ code: 2, stdout: containing('KEY_MISSING') });
  });

  it('get a master key of two components, which is made only once', async () => {
    const made = await octobind('keys', 'generate');
    expect(made.code).toBe(0);
    expect(json(made)).toMatchObject({ parts: [CHECK_VALUE, CHECK_VALUE], checkValue: CHECK_VALUE });
    expect(await octobind('keys', 'generate')).toMatchObject({ code: 2, stdout: containing('KEY_EXISTS') });
    outputs.push(made);
  });

  it('are loaded one by one or all together, and one that has its key is left as it is', async () => {
    const one = await at(0, 'keys', 'load', '--in-clear', 'OB-SIM-0001');
    expect(one.code).toBe(0);
    expect(json(one)).toMatchObject({ changed: true, parts: [CHECK_VALUE, CHECK_VALUE], checkValue: CHECK_VALUE });
    const all = await octobind('keys', 'load', '--all', '--in-clear', 'OB-SIM-0002');
    expect(json(all)).toMatchObject({ terminals: [{ changed: false }, { changed: true }] });
    expect(json(await at(1, 'keys', 'status'))).toMatchObject({ state: 'keyed', ours: true });
    expect((await at(0, 'list')).code).toBe(0);
  });

  it('are put in service by their passwords', async () => {
    const file = join(dir, 'passwords.yaml');
    await writeFile(file, 'operator: "604718"\nadministrator: "8830172645"\n');
    await chmod(file, 0o644);
    expect((await at(0, 'keys', 'passwords', '--file', file)).code).toBe(2);
    await chmod(file, 0o600);
    expect((await at(0, 'keys', 'passwords', '--file', file)).code).toBe(0);
    expect(json(await at(0, 'keys', 'status'))).toMatchObject({ state: 'in service' });
    expect((await at(0, 'keys', 'passwords')).code).toBe(2);
  });

  it('refuse a host with another master key', async () => {
    const other = join(dir, 'other');
    expect((await octobind('--keys', other, 'keys', 'generate')).code).toBe(0);
    expect(json(await at(0, 'keys', 'status', '--keys', other))).toMatchObject({ ours: false });
    for (const command of [['list'], ['keys', 'load']]) {
      expect((await at(0, ...command, '--keys', other)).stdout).toContain('KEY_WRONG');
    }
    expect((await at(0, 'list')).code).toBe(0);
  });

  it('move to another master key once, with the help of the old one, and keep their cards', async () => {
    const other = join(dir, 'other');
    const bound = ['--name', 'ZHANG SAN', '--port', ports[0] ?? ''];
    expect((await run(['--dir', dir, '--json', 'bind', ...bound], '4242424242424242')).code).toBe(0);
    for (const changed of [true, false]) {
      const file = join(dir, 'passwords.yaml');
      const moved = await at(0, 'keys', 'load', '--keys', other, '--over', dir, '--passwords', file);
      expect(moved.code).toBe(0);
      expect(json(moved)).toMatchObject({ changed });
    }
    expect((await at(0, 'list')).stdout).toContain('KEY_WRONG');
    expect((await at(0, 'list', '--keys', other)).stdout).toContain('424242******4242');
    expect((await at(0, 'keys', 'load', '--over', other)).code).toBe(0);
    expect((await at(0, 'list')).code).toBe(0);
    expect((await at(0, 'keys', 'load', '--over', join(dir, 'nowhere'))).stdout).toContain('KEY_MISSING');
  });

  it('had no key and no password printed by any command', async () => {
    const secrets = ['604718', '8830172645'];
    for (const name of ['master-1.key', 'master-2.key']) secrets.push((await readFile(join(dir, name), 'utf8')).trim());
    const printed = outputs.map(({ stdout, stderr }) => stdout + stderr).join('\n');
    for (const secret of secrets) expect(printed).not.toContain(secret);
    expect(printed).not.toMatch(/[0-9a-f]{64}/i);
  });
});

describe('passwords', () => {
  it('are set on the terminals of a plan, or on all', async () => {
    const shop = join(dir, 'shop');
    const sim = await startSim('--dir', shop, '--terminals', '2');
    try {
      const file = join(shop, 'passwords.yaml');
      await writeFile(file, 'operator: "604718"\nadministrator: "8830172645"\n', { mode: 0o600 });
      const plan = join(shop, 'plan.yaml');
      await writeFile(plan, 'terminals: { a: { serial: OB-NONE }, b: { serial: OB-SIM-0002 } }');
      const set = (...chosen: string[]): Promise<Kept> =>
        runHere('--dir', shop, 'keys', 'passwords', '--file', file, ...chosen);
      const states = async (): Promise<unknown> => (await runHere('--dir', shop, 'keys', 'status', '--all')).document;

      const planned = await set(plan);
      expect(planned.exit).toBe(Exit.NoLink);
      expect(planned.document).toMatchObject({
        terminals: [
          { name: 'a', error: { code: 'PORT_MISSING' } },
          { name: 'b', serial: 'OB-SIM-0002', state: 'in service' },
        ],
        summary: { 'in service': 1, failed: 1 },
      });
      expect(planned.lines[0]).toBe('b OB-SIM-0002: the passwords are set.');
      expect(await states()).toMatchObject({ terminals: [{ state: 'keyed' }, { state: 'in service' }] });

      expect((await set('--all')).document).toMatchObject({ summary: { 'in service': 2 } });
      expect(await states()).toMatchObject({ terminals: [{ state: 'in service' }, { state: 'in service' }] });
      expect(JSON.stringify(planned)).not.toContain('secret-of');
    } finally {
      await sim.stop();
    }
  });
});

describe('terminals of a bench', () => {
  it('are loaded without a command, and prove the cards of a file', async () => {
    const bench = join(dir, 'bench');
    const sim = await startSim('--dir', bench, '--terminals', '2');
    try {
      expect((await readdir(bench)).filter((name) => name.startsWith('master-'))).toHaveLength(2);
      const cards = join(dir, 'cards.yaml');
      await writeFile(cards, 'cards: { visa: { pan: "4242424242424242", name: "O\'BRIEN/PAT" } }', { mode: 0o600 });
      const verify = (...args: string[]): Promise<Run> =>
        run(['--dir', bench, '--json', 'verify', '--against', cards, ...args]);
      const [first = '', second = ''] = sim.terminals.map(({ port }) => port);
      const bound = ['bind', '--card', 'visa', '--cards', cards, '--port', first];
      expect((await run(['--dir', bench, ...bound])).code).toBe(0);
      expect(await verify(first)).toMatchObject({ code: 0, stdout: containing('"verified":true') });
      const both = await verify();
      expect(both.code).toBe(1);
      expect(json(both)).toMatchObject({ verified: false, terminals: [{ verified: true }, { verified: false }] });
      expect((await verify(first, '--port', second)).code).toBe(2);
    } finally {
      await sim.stop();
    }
  });
});
