import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EmulatedTerminal } from '../../host/emulator/index.js';
import { generateMasterKey, readMasterKey } from '../../host/index.js';
import { listenTcp } from '../../host/sim/index.js';
import { keyStoreOf } from '../../host/testing/index.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PORT = 44_000 + (process.pid % 10_000);
const SERIALS = ['OB-EXAMPLE-1', 'OB-EXAMPLE-2'];

const programs = readdirSync(join(ROOT, 'examples')).flatMap((name) => /^(.+)\.ts$/.exec(name)?.[1] ?? []);

let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'octobind-examples-'));
  // Against the declarations that the package ships, by its name, as a user's own program is
  // compiled.
  await node('node_modules/typescript/bin/tsc', '-p', 'examples');
}, 120_000);
afterAll(() => rmSync(dir, { recursive: true }));

async function node(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  return stdout;
}

const run = (program: string, ...args: string[]): Promise<string> => node(`build/examples/${program}.js`, ...args);

it('has a program for each row of its page', () => {
  const page = readFileSync(join(ROOT, 'examples/README.md'), 'utf8');
  const listed = [...page.matchAll(/^\| \[([\w.-]+)\.ts\]/gm)].map(([, name]) => name);
  expect(listed.sort()).toEqual(programs.sort());
});

it('binds a card and has it proven', async () => {
  expect(await run('bind-and-verify')).toBe('slot 1: bound\nslot 1 of OB-TEST-0001 holds: shop\n');
});

it('records and replays', async () => {
  expect(await run('record-and-replay')).toMatch(/: the same again\nthe trace is complete\n$/);
});

it('cuts the power', async () => {
  // A frame is whole one byte earlier if its last byte is erased flash, or has one wrong bit.
  expect(await run('power-cut')).toMatch(/^the old table \d+ times, the new one [1-3] times, and nothing else\n$/);
});

it('is a test of its own', async () => {
  expect(await node('--test', 'build/examples/emulated-terminal.js')).toMatch(/pass 4\n.* fail 0\n/);
});

it('is a fixture of vitest', async () => {
  expect(await node('node_modules/vitest/vitest.mjs', 'run', '--root', 'examples', '--reporter=json')).toContain(
    '"numPassedTests":3',
  );
});

it('opens a terminal over TCP', async () => {
  const [serial = ''] = SERIALS;
  const device = new EmulatedTerminal({ serial, keys: keyStoreOf(serial) });
  device.powerOn();
  const endpoint = await listenTcp(device, PORT);
  const output = await run('open-terminal', endpoint.address);
  await endpoint.close();
  expect(output).toContain(`${serial}: Keyed, key `);
  expect(output).toContain('rx_frames');
});

it('says what is wrong, by a code', async () => {
  await expect(run('open-terminal', 'tcp://127.0.0.1:1')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^PORT_MISSING /) as string,
  });
});

it('brings terminals to a plan, and then finds them as planned', async () => {
  generateMasterKey(dir);
  const master = await readMasterKey(dir);
  const endpoints = await Promise.all(
    SERIALS.map((serial, index) => {
      const device = new EmulatedTerminal({ serial, keys: keyStoreOf(serial, master) });
      device.powerOn();
      return listenTcp(device, PORT + 1 + index);
    }),
  );
  const terminals = endpoints.map(({ address }, index) => {
    const slots = { 1: { card: 'shop', role: 'settlement' }, 2: 'visa' };
    return [`till-${index + 1}`, { port: address, slots }] as const;
  });
  const plan = { cards: join(ROOT, 'examples/test-cards.yaml'), terminals: Object.fromEntries(terminals) };
  writeFileSync(join(dir, 'plan.yaml'), JSON.stringify(plan));
  const first = await run('apply-plan', join(dir, 'plan.yaml'), dir);
  const second = await run('apply-plan', join(dir, 'plan.yaml'), dir);
  for (const endpoint of endpoints) await endpoint.close();
  const outcome = (text: string): string =>
    SERIALS.map((serial, index) => `till-${index + 1} (${serial}): ${text}\n`).join('');
  expect(first).toBe(outcome('2 slots changed, and proven'));
  expect(second).toBe(outcome('as planned'));
});
