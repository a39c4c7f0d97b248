import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { changesOf } from '../../host/audit/changes.js';
import { readAuditLog } from '../../host/audit/log.js';
import { usersLog } from '../../host/cli/audit.js';
import { changesText } from '../../host/cli/audit-view.js';
import { Exit } from '../../host/cli/exit.js';
import { linkFromAddress, readMasterKey, Terminal, terminalKey } from '../../host/index.js';
import { containing, matching, run, runHere, type Run, type Sim, startSim } from './cli-support.js';

const PAN = '4242424242424242';

let dir: string;
let log: string;
let sim: Sim;
const home = process.env['XDG_STATE_HOME'];
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'octobind-'));
  process.env['XDG_STATE_HOME'] = join(dir, 'state');
  log = usersLog();
  sim = await startSim('--dir', dir, '--terminals', '2');
});
afterAll(async () => {
  process.env['XDG_STATE_HOME'] = home;
  await sim.stop();
  rmSync(dir, { recursive: true });
});

const octobind = (args: readonly string[], input = ''): Promise<Run> => run(['--dir', dir, '--json', ...args], input);

/** Runs a command in this process. Returns its exit code and its JSON document. */
async function here(...args: string[]): Promise<[Exit, unknown]> {
  const { exit, document } = await runHere(...args);
  return [exit, document];
}

it("the log is in the user's state folder, and emulating terminals needs none", () => {
  expect(log).toBe(join(dir, 'state', 'octobind', 'audit.jsonl'));
  expect(existsSync(log)).toBe(false);
});

it('every command that changes a terminal is logged, and audit shows it', async () => {
  expect((await octobind(['bind', '-s', 'OB-SIM-0001', '--name', 'LI SI'], PAN)).code).toBe(0);
  const plan = join(dir, 'plan.yaml');
  writeFileSync(
    plan,
    `terminals:\n  left: { serial: OB-SIM-0001, slots: { 1: empty } }\n  right: { serial: OB-SIM-0002, slots: { 1: empty } }\n`,
  );
  const cards = join(process.cwd(), 'examples/test-cards.yaml');
  expect(await octobind(['apply', plan, '--cards', cards])).toMatchObject({ code: 0 });
  expect(await here('audit', '--serial', 'OB-SIM-0001')).toMatchObject([
    Exit.Done,
    {
      log,
      changes: [
        { command: 'bind', outcome: 'changed', proof: 'session', slots: [{ to: { pan: '424242******4242' } }] },
        { command: 'apply', name: 'left', outcome: 'changed', slots: [{ slot: 1, to: 'empty' }] },
      ],
    },
  ]);
  const text = changesText(changesOf(readAuditLog(log)));
  expect(text).toContain('slot 1: 424242******4242 → empty');
  expect(text).toContain('OB-SIM-0001');
  expect(readFileSync(log, 'utf8')).not.toMatch(/4242424242|LI SI/);
});

it('audit verify prints the head of the chain, and misses it in a log that was cut', async () => {
  const [exit, good] = (await here('audit', 'verify')) as [Exit, { head: string }];
  expect([exit, good]).toMatchObject([Exit.Done, { verified: true, entries: 4, head: matching(/^[0-9a-f]{64}$/) }]);
  const cut = join(dir, 'cut.jsonl');
  const lines = readFileSync(log, 'utf8').split('\n');
  writeFileSync(cut, `${lines.slice(0, 3).join('\n')}\n`);
  expect(await here('audit', 'verify', '--audit', cut)).toMatchObject([Exit.Done, { verified: true }]);
  const missing = await here('audit', 'verify', '--audit', cut, '--head', good.head);
  expect(missing).toMatchObject([Exit.Refused, { broken: { problem: containing('is missing') } }]);
  writeFileSync(cut, readFileSync(log, 'utf8').replace('"command":"bind"', '"command":"list"'));
  const changed = await octobind(['audit', 'verify', '--audit', cut]);
  expect(changed).toMatchObject({ code: 1, stdout: containing('"broken":{"line":2,') });
});

it('a change whose log cannot be written is not made', async () => {
  const folder = join(dir, 'folder');
  mkdirSync(folder);
  const refused = await octobind(['bind', '-s', 'OB-SIM-0002', '--name', 'LI SI', '--audit', folder], PAN);
  expect(refused).toMatchObject({ code: 2, stdout: containing('(AUDIT_LOG)') });
  const master = await readMasterKey(dir);
  const terminal = new Terminal(linkFromAddress(sim.terminals[1]?.port ?? ''), {
    key: (serial) => terminalKey(master, serial),
  });
  expect(await terminal.list()).toMatchObject({ generation: 0 });
  await terminal.close();
});

it('only commands that change terminals, and audit, take --audit; a missing log is an error', async () => {
  for (const command of [['list'], ['keys', 'status'], ['sim'], ['verify', 'x']]) {
    await expect(here(...command, '--audit', 'x')).rejects.toThrow(/takes no --audit/);
  }
  await expect(here('audit', 'verify', '--port', 'x')).rejects.toThrow(/audit verify takes no --port/);
  await expect(here('audit', '--audit', join(dir, 'none'))).rejects.toThrow(/does not exist.*AUDIT_LOG/);
});
