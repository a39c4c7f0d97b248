import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Size } from '../../assembly/protocol.js';
import { containing, finish, matching, run, start, startSim, type Run, type Sim } from './cli-support.js';

const CARDS = 'examples/test-cards.yaml';
const VISA = '4242424242424242';

/** The text of a card file with some of the cards of the example. */
async function cardFile(labels: readonly string[]): Promise<string> {
  const lines = (await readFile(CARDS, 'utf8')).split('\n');
  return ['cards:', ...lines.filter((line) => labels.includes(line.trim().split(':')[0] ?? ''))].join('\n');
}

interface Listed {
  generation: number;
  slots: { slot: number; status: string; pan?: string; scheme?: string; role?: string; name?: string }[];
}

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octobind-'));
});
afterAll(() => rm(dir, { recursive: true }));

it('sim prints commands that reach its terminals, wherever its files are kept', async () => {
  const away = await mkdtemp(join(tmpdir(), 'octobind-'));
  const child = start(['sim', '--dir', away]);
  const closed = once(child, 'close');
  let command: string | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    command ??= /octobind (list .*)/.exec(line)?.[1];
    if (line.startsWith('Ctrl-C')) break;
  }
  expect(await run(command?.split(' ') ?? [])).toMatchObject({ code: 0, stdout: containing('generation 0') });
  child.kill('SIGINT');
  await closed;
  await rm(away, { recursive: true });
});

describe('one terminal, on a PTY', () => {
  let sim: Sim;
  beforeAll(async () => {
    sim = await startSim('--dir', dir);
  });
  afterAll(() => sim.stop());

  const octobind = (args: string[], input?: string): Promise<Run> => run(['--dir', dir, ...args], input);
  const list = async (): Promise<Listed> => JSON.parse((await octobind(['list', '--json'])).stdout) as Listed;

  it('is found by its directory', async () => {
    expect(sim.terminals).toHaveLength(1);
    const { stdout } = await octobind(['ports', '--json']);
    expect(JSON.parse(stdout)).toEqual({
      ports: [{ port: sim.terminals[0]?.port, kind: 'emulated', name: 'till-1', serial: 'OB-SIM-0001' }],
    });
  });

  it('binds a card from standard input, and again without a change', async () => {
    const bound = await octobind(['bind', '--json', '--slot', '3', '--generation', '0'], `${VISA}\nO'BRIEN/PAT\n`);
    expect(bound).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(bound.stdout)).toMatchObject({ slot: 3, changed: true });
    const again = await octobind(['bind', '--name', "O'BRIEN/PAT"], VISA);
    expect(again).toMatchObject({ code: 0, stdout: containing('Nothing changed') });
    expect(again.stdout).toContain('424242******4242');
    const { slots } = await list();
    expect(slots[2]).toMatchObject({ status: 'bound', pan: '424242******4242', scheme: 'Visa', role: 'payment' });
    expect(slots.filter(({ status }) => status === 'empty')).toHaveLength(7);
  });

  it('gives the reason of a refusal, as text and as JSON', async () => {
    const before = await list();
    const args = ['bind', '--name', 'SOMEBODY ELSE'];
    const human = await octobind(args, VISA);
    expect(human).toMatchObject({ code: 1, stdout: '', stderr: containing('(REFUSED)') });
    const machine = await octobind([...args, '--json'], VISA);
    expect(machine).toMatchObject({ code: 1, stderr: '' });
    expect(JSON.parse(machine.stdout)).toMatchObject({ error: { code: 'REFUSED', refusal: 'HolderDiffers' } });
    const wrong = await octobind(['bind', '--name', 'A B'], '4242424242424241');
    expect(wrong.code).toBe(1);
    const stale = await octobind(['unbind', '3', '--generation', '0'], '');
    expect(stale).toMatchObject({ code: 1, stderr: containing('has changed since it was read') });
    for (const { stdout, stderr } of [human, machine, wrong]) expect(stdout + stderr).not.toMatch(/\d{12}/);
    expect(await list()).toEqual(before);
  });

  it('binds a card from a card file', async () => {
    const args = ['bind', '--card', 'amex', '--cards', CARDS, '--role', 'settlement', '--json'];
    const { code, stdout } = await octobind(args);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ changed: true });
    expect(await octobind(['bind', '--card', 'none', '--cards', CARDS])).toMatchObject({ code: 2 });
  });

  it('proves its cards, and names them by label', async () => {
    const held = join(dir, 'held.yaml');
    await writeFile(held, await cardFile(['visa', 'amex']), { mode: 0o600 });
    const { code, stdout } = await octobind(['verify', '--against', held, '--json']);
    expect(code).toBe(0);
    const { terminals, verified } = JSON.parse(stdout) as { terminals: { slots: unknown[] }[]; verified: boolean };
    expect(verified).toBe(true);
    expect(terminals[0]?.slots[2]).toMatchObject({ slot: 3, status: 'bound', card: 'visa', role: 'payment' });
    expect(terminals[0]?.slots[0]).toMatchObject({ slot: 1, status: 'bound', card: 'amex', role: 'settlement' });
  });

  it('gives exit code 1 if a card differs or is missing, or if the key is another one', async () => {
    const other = join(dir, 'other.yaml');
    await writeFile(other, `cards: { visa: { pan: "${VISA}", name: "SOMEBODY ELSE" } }`);
    const { code, stdout } = await octobind(['verify', '--against', other, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ verified: false, terminals: [{ missing: ['visa'] }] });
    await writeFile(other, await cardFile(['visa', 'amex', 'shop']), { mode: 0o600 });
    expect((await octobind(['verify', '--against', other])).code).toBe(1);
    const keys = join(dir, 'keys');
    expect((await octobind(['verify', '--against', other, '--keys', keys])).code).toBe(2);
    expect((await octobind(['keys', 'generate', '--keys', keys])).code).toBe(0);
    const wrong = await octobind(['list', '--keys', keys, '--json']);
    expect(wrong.code).toBe(1);
    expect(JSON.parse(wrong.stdout)).toMatchObject({ error: { code: 'KEY_WRONG' } });
  });

  it('replaces the whole table at once', async () => {
    const path = join(dir, 'table.yaml');
    await writeFile(path, 'slots: { 1: { card: shop, role: settlement }, 3: keep, 8: unionpay-19 }');
    const { code, stdout } = await octobind(['replace', path, '--cards', CARDS, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ changed: true });
    const { slots } = await list();
    expect(slots.filter(({ status }) => status === 'bound').map(({ slot }) => slot)).toEqual([1, 3, 8]);
    const again = await octobind(['replace', path, '--cards', CARDS, '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ changed: false });
  });

  it('empties one slot, or all of them', async () => {
    expect(JSON.parse((await octobind(['unbind', '8', '--json'])).stdout)).toMatchObject({ slot: 8, changed: true });
    expect((await octobind(['unbind', '8'])).stdout).toContain('Nothing changed');
    expect((await octobind(['format', '--yes'])).code).toBe(0);
    expect((await list()).slots.every(({ status }) => status === 'empty')).toBe(true);
  });

  it('reports its serial number, parameters and statistics', async () => {
    const { code, stdout } = await octobind(['info', '--json']);
    expect(code).toBe(0);
    const info = JSON.parse(stdout) as Record<string, unknown>;
    expect(info).toMatchObject({ serial: 'OB-SIM-0001', params: { bufSize: 2048, bufCount: 1 } });
    const build = createHash('sha256').update(readFileSync('build/terminal.wasm')).digest('hex');
    const made = { runtime: matching(/^emulator \d/), architecture: 'wasm32', processor: 'wasm32', board: 'emulator' };
    expect(info).toMatchObject({ info: { ...made, build, hal: Size.HalVersion, release: matching(/^\d+\.\d+/) } });
    expect(Object.keys(info.stats as object)).toEqual(['link', 'flash', 'session', 'boot']);
    const text = (await octobind(['info'])).stdout;
    expect(text).toContain('OB-SIM-0001');
    expect(text).toMatch(new RegExp(`build\\W+${build.slice(0, 12)}\\W`));
    expect(text).toMatch(/runtime\W+emulator \d+\.\d+\.\d+, HAL \d+\W+board\W+emulator \(wasm32, wasm32\)/);
    expect(text).toMatch(/flash state\W+ready/);
    expect(text).toMatch(/boot cause\W+power/);
    expect(text).toMatch(/boot last_failure\W+none/);
    expect(text).toMatch(/boot failed_at\W+0x0/);
  });

  it('prints no colour if its output is not a screen', async () => {
    for (const args of [['list'], ['info'], ['ports']]) {
      // eslint-disable-next-line no-control-regex -- every colour starts with it
      expect((await octobind(args)).stdout).not.toMatch(/\u001b/);
    }
  });

  it('locks its flash image against a second sim', async () => {
    const { code, stdout } = await finish(start(['--dir', dir, 'sim', '--json']));
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'IMAGE_IN_USE' } });
  });
});

describe('two terminals on TCP', () => {
  const TCP = 20_000 + (process.pid % 20_000);

  it('are told apart by --port, which is required', async () => {
    const sim = await startSim('--dir', dir, '--terminals', '2', '--tcp', String(TCP));
    try {
      const { code, stdout } = await run(['--dir', dir, 'list', '--json']);
      expect(code).toBe(2);
      const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
      expect(error.code).toBe('SEVERAL_TERMINALS');
      for (const { port } of sim.terminals) expect(error.message).toContain(port);
      expect(sim.terminals[1]?.port).toMatch(new RegExp(`^tcp://[^:]+:${TCP + 1}$`));
      expect((await run(['--dir', dir, 'list', '--port', sim.terminals[1]?.port ?? ''])).code).toBe(0);
    } finally {
      expect(await sim.stop()).toBe(0);
    }
  });

  it('leave no run files and no links behind when they end', async () => {
    const names = (await readdir(dir)).filter((name) => /\.(run|tty)$/.test(name));
    expect(names).toEqual([]);
  });
});

describe('a line that is slow and faulty', () => {
  it('loses no change', async () => {
    const faults = join(dir, 'faults.yaml');
    await writeFile(faults, 'seed: 7\nfaults:\n  - { kind: drop, every: 600 }\n  - { kind: split, rate: 0.5 }\n');
    const sim = await startSim('--dir', dir, '--baud', '115200', '--faults', faults);
    try {
      const bound = await run(['--dir', dir, 'bind', '--card', 'jcb', '--cards', CARDS, '--slot', '6', '--json']);
      expect(bound.code).toBe(0);
      const { slots } = JSON.parse((await run(['--dir', dir, 'list', '--json'])).stdout) as Listed;
      expect(slots[5]).toMatchObject({ pan: '356600******0505' });
    } finally {
      expect(await sim.stop()).toBe(0);
    }
  });

  it('is refused if its fault table is wrong', async () => {
    const faults = join(dir, 'bad.yaml');
    await writeFile(faults, 'faults: [{ kind: bite }]');
    expect((await run(['--dir', dir, 'sim', '--faults', faults])).code).toBe(2);
  });
});

describe('many terminals', () => {
  it('are made to match a plan by apply, which changes nothing the second time', async () => {
    const cards = join(dir, 'cards.yaml');
    await writeFile(cards, await readFile(CARDS, 'utf8'));
    const sim = await startSim('--dir', dir, '--terminals', '3');
    try {
      const ports = sim.terminals.map(({ port }) => port);
      const plan = join(dir, 'plan.yaml');
      const slots = 'slots: { 1: { card: shop, role: settlement }, 2: visa, 5: empty }';
      const terminals = ['missing', ...ports].map((port, index) => `  t${index}: { port: ${port}, ${slots} }`);
      await writeFile(plan, `cards: cards.yaml\nterminals:\n${terminals.join('\n')}\n`);
      const octobind = async (...args: string[]): Promise<{ code: number | null; terminals: Outcome[] }> => {
        const { code, stdout } = await run(['--dir', dir, '--json', ...args]);
        return { code, terminals: (JSON.parse(stdout) as { terminals: Outcome[] }).terminals };
      };

      const dry = await octobind('apply', plan, '--dry-run');
      expect(dry.code).toBe(3);
      expect(dry.terminals.map(({ changes }) => changes.length)).toEqual([0, 2, 2, 2]);
      expect((await octobind('verify', plan)).terminals.map(({ changes }) => changes.length)).toEqual([0, 2, 2, 2]);

      const first = await octobind('apply', plan);
      expect(first.code).toBe(3);
      expect(first.terminals.map(({ name, applied }) => [name, applied])).toEqual([
        ['t0', false],
        ['t1', true],
        ['t2', true],
        ['t3', true],
      ]);
      expect(first.terminals[0]?.error?.code).toBe('PORT_MISSING');

      await writeFile(plan, `cards: cards.yaml\nterminals:\n${terminals.slice(1).join('\n')}\n`);
      const second = await octobind('apply', plan);
      expect(second.code).toBe(0);
      expect(second.terminals.map(({ changes }) => changes.length)).toEqual([0, 0, 0]);
      expect(second.terminals.map(({ generation }) => generation)).toEqual(
        first.terminals.slice(1).map(({ generation }) => generation),
      );
      expect((await octobind('verify', plan)).code).toBe(0);

      await run(['--dir', dir, 'unbind', '2', '--port', ports[1] ?? '']);
      const verified = await octobind('verify', plan);
      expect(verified.code).toBe(1);
      expect(verified.terminals.map(({ changes }) => changes.length)).toEqual([0, 1, 0]);

      // Slot 7 is not in the plan, and keeps the card that the plan wants in slot 2: the terminal
      // refuses.
      await run(['--dir', dir, 'bind', '--slot', '7', '--card', 'visa', '--cards', CARDS, '--port', ports[1] ?? '']);
      const refused = await octobind('apply', plan);
      expect(refused.code).toBe(1);
      expect(refused.terminals[1]?.error).toMatchObject({ code: 'REFUSED', refusal: 'DuplicateCard' });
    } finally {
      await sim.stop();
    }
  });

  it('take no cards from a file that others may read', async () => {
    const cards = join(dir, 'secret.yaml');
    await writeFile(cards, 'cards: { mine: { pan: "4000001234567899", name: "LI SI" } }');
    await chmod(cards, 0o644);
    const { code, stdout, stderr } = await run(['--dir', dir, 'apply', 'examples/shop.yaml', '--cards', cards]);
    expect(code).toBe(2);
    expect(stderr).toContain('(CARD_FILE_MODE)');
    expect(stdout + stderr).not.toContain('4000001234567899');
  });
});

interface Outcome {
  name: string;
  generation?: number;
  applied: boolean;
  changes: unknown[];
  error?: { code: string; refusal?: string };
}

describe('the demo', () => {
  it('binds cards, has one refused, cuts the power and proves; a second run changes nothing', async () => {
    const fresh = join(dir, 'demo');
    const first = await run(['--dir', fresh, 'demo', '--once', '--json']);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(first.stdout.trimEnd().split('\n').at(-1) ?? '')).toEqual({
      terminals: 3,
      bound: 13,
      refused: [{ reason: containing('8 slots') }],
      verified: true,
    });
    const second = await run(['--dir', fresh, 'demo', '--once', '--json']);
    expect(JSON.parse(second.stdout)).toMatchObject({ bound: 0, verified: true });
  });

  it('shows a table of at most 100 columns, and no card number', async () => {
    const { code, stdout, stderr } = await run(['--dir', join(dir, 'demo'), 'demo', '--once']);
    expect(code).toBe(0);
    expect(stdout).toContain('620550*********0004');
    expect(
      Math.max(
        ...stdout
          .split('\n')
          .filter((line) => line.startsWith('│'))
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(100);
    expect(stdout + stderr).not.toMatch(/\d{12}/);
  });

  it('runs until Ctrl-C, and leaves only keys, images and the record behind', async () => {
    const fresh = join(dir, 'demo');
    const child = start(['--dir', fresh, 'demo']);
    const ended = finish(child);
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (text: string) => {
        if (text.includes('Ctrl-C')) resolve();
      });
    });
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
    expect((await readdir(fresh)).sort()).toEqual([
      'keyed.jsonl',
      'master-1.key',
      'master-2.key',
      ...[1, 2, 3].flatMap((n) => [`till-${n}.flash`, `till-${n}.keys`]),
    ]);
  });
});
