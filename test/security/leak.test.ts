import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emulatedLink } from '../../host/emulator/index.js';
import { readCards, Terminal } from '../../host/index.js';
import { PUBLISHED_TEST_NUMBERS } from '../../host/fleet/test-numbers.js';
import { key, keyedTerminal } from '../support/keyed.js';
import { Needles } from '../support/needles.js';
import { run, type Run, type Sim, startSim } from '../unit/cli-support.js';

const CARDS = 'examples/test-cards.yaml';
const PORT = 42_000 + (process.pid % 10_000);

/** All bytes that were printed, written or sent, by place. They are searched at the end. */
const places = new Map<string, Buffer>();
const needles = new Needles();
let names: string[];
let dir: string;
let sim: Sim;
let proxy: Server;
const sockets = new Set<Socket>();

function keep(place: string, bytes: Uint8Array | string): void {
  places.set(place, Buffer.concat([places.get(place) ?? Buffer.alloc(0), Buffer.from(bytes as Uint8Array)]));
}

/**
 * A proxy between host and terminal that keeps the bytes of both directions, as a listener would.
 */
function listen(): Promise<Server> {
  const server = createServer((host) => {
    const terminal = connect(PORT, '127.0.0.1');
    for (const [place, from, to] of [
      ['line to the terminal', host, terminal],
      ['line to the host', terminal, host],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes: Buffer) => {
        keep(place, bytes);
        to.write(bytes);
      });
      from.on('close', () => to.destroy());
      from.on('error', () => to.destroy());
    }
  });
  return new Promise((resolve) => server.listen(PORT + 1, '127.0.0.1', () => resolve(server)));
}

async function octobind(args: string[], input?: string): Promise<Run> {
  const output = await run(['--dir', dir, ...args], input);
  keep('standard output', output.stdout);
  keep('standard error', output.stderr);
  return output;
}

beforeAll(async () => {
  const cards = await readCards(CARDS);
  names = [...cards.values()].map(({ name }) => name);
  for (const pan of PUBLISHED_TEST_NUMBERS) needles.addNumber(pan);
  // A short name could be found by chance.
  for (const name of names.filter((text) => Buffer.byteLength(text) > 6)) needles.addText('a name', name);
  dir = mkdtempSync(join(tmpdir(), 'octobind-leak-'));
  // For the audit log.
  process.env['XDG_STATE_HOME'] = dir;
  sim = await startSim('--dir', dir, '--tcp', String(PORT), '--virgin');
  proxy = await listen();
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  proxy.close();
  await sim.stop();
  rmSync(dir, { recursive: true });
});

/** The content of the frames that a listener sees: the base64 of every line, decoded. */
function behindTheFraming(line: Buffer): Buffer {
  const lines = line.toString('latin1').split('\n');
  return Buffer.concat(lines.map((text) => Buffer.from(text.slice(2), 'base64')));
}

describe('card numbers and names', () => {
  it('pass through every command that handles cards', async () => {
    const port = ['--port', `tcp://127.0.0.1:${PORT + 1}`];
    const labels = [...(await readCards(CARDS)).keys()];
    await octobind(['keys', 'generate']);
    expect((await octobind(['keys', 'load', '--in-clear', 'OB-SIM-0001', ...port])).code).toBe(0);
    for (const label of labels) {
      const form = labels.indexOf(label) % 2 === 0 ? ['--json'] : [];
      const { code } = await octobind(['bind', '--card', label, '--cards', CARDS, ...port, ...form]);
      expect(code).toBe(label === labels[8] ? 1 : 0);
    }
    await octobind(['card', 'check', '--json'], [...PUBLISHED_TEST_NUMBERS].join('\n'));
    for (const pan of PUBLISHED_TEST_NUMBERS) await octobind(['bind', '--name', 'SOMEBODY ELSE', ...port], pan);
    for (const form of [['--json'], []]) {
      await octobind(['list', ...port, ...form]);
      await octobind(['info', ...port, ...form]);
      await octobind(['verify', '--against', CARDS, ...port, ...form]);
      await octobind(['unbind', '3', ...port, ...form]);
      await octobind(['replace', 'examples/table.yaml', ...port, ...form]);
      await octobind(['bind', '4242424242424242', ...port, ...form]);
      await octobind(['bind', '--name', '4242424242424242', ...port, ...form]);
    }
    const plan = join(dir, 'plan.yaml');
    const cards = join(process.cwd(), CARDS);
    writeFileSync(
      plan,
      `cards: ${cards}\nterminals:\n  till-1: { port: ${port[1] ?? ''}, slots: { 1: visa, 2: amex } }\n`,
    );
    await octobind(['apply', plan]);
    await octobind(['verify', plan, '--json']);
    expect(places.get('line to the terminal')?.length).toBeGreaterThan(5000);
  }, 120_000);

  it('pass through commands while the libraries log everything', async () => {
    const env = { DEBUG: process.env['DEBUG'], NODE_DEBUG: process.env['NODE_DEBUG'] };
    Object.assign(process.env, { DEBUG: '*', NODE_DEBUG: 'net,stream,timer,module,worker' });
    await octobind(['bind', '--card', 'diners', '--cards', CARDS, '--port', `tcp://127.0.0.1:${PORT + 1}`]);
    await octobind(['list', '--port', `tcp://127.0.0.1:${PORT + 1}`]);
    for (const [name, value] of Object.entries(env)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    expect(places.get('standard error')?.includes('NET')).toBe(true);
  });

  it('pass through a terminal in this process', async () => {
    const emulated = keyedTerminal({ serial: 'OB-LEAK' });
    emulated.powerOn();
    const terminal = new Terminal(emulatedLink(emulated), { key });
    for (const [index, { pan, name }] of [...(await readCards(CARDS)).values()].entries()) {
      await terminal.bind({ pan, name }).catch(() => undefined);
      await terminal.list();
      await terminal.verify(new Uint8Array(16));
      if (index % 3 === 2) await terminal.unbind(index);
      keep('memory', emulated.memory);
    }
    keep('flash in memory', emulated.nor.snapshot());
    await terminal.close();
  });

  it('are in no output, file, line or memory after all of that', () => {
    for (const way of ['line to the terminal', 'line to the host']) {
      keep(`${way}, decoded`, behindTheFraming(places.get(way) ?? Buffer.alloc(0)));
    }
    for (const name of readdirSync(dir))
      if (statSync(join(dir, name)).isFile()) keep(name, readFileSync(join(dir, name)));
    keep('audit.jsonl', readFileSync(join(dir, 'octobind', 'audit.jsonl')));
    expect([...places.keys()].sort()).toEqual([
      'audit.jsonl',
      'flash in memory',
      'keyed.jsonl',
      'line to the host',
      'line to the host, decoded',
      'line to the terminal',
      'line to the terminal, decoded',
      'master-1.key',
      'master-2.key',
      'memory',
      'plan.yaml',
      'standard error',
      'standard output',
      'till-1.flash',
      'till-1.keys',
      'till-1.run',
    ]);
    expect([...places].flatMap(([place, bytes]) => needles.in(place, bytes))).toEqual([]);
  });

  it('would be found there in any form', () => {
    for (const [place, bytes] of places) {
      for (const { what, bytes: form } of needles.forms) {
        const planted = Buffer.concat([bytes.subarray(0, 100), form, bytes.subarray(100, 200)]);
        expect(needles.in(place, planted)).toContain(`${place}: ${what}`);
      }
    }
  });
});
