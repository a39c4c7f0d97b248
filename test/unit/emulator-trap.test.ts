import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ResetCause, Size } from '../../assembly/protocol.js';
import { EmulatedTerminal } from '../../host/emulator/index.js';
import type { OctobindError } from '../../host/index.js';
import { controlTerminal, placesIn, readFirmware, startTerminals } from '../../host/sim/index.js';
import { finish, start } from './cli-support.js';

/**
 * Firmware that traps at every byte, and writes to its memory what the HAL tells about the last
 * trap.
 */
const SOURCE = `
@external('hal', 'reset_cause') declare function reset_cause(): i32;
@external('hal', 'failures') declare function failures(): u32;
@external('hal', 'last_failure') declare function last_failure(): i32;
@external('hal', 'failed_at') declare function failed_at(): u32;
export function halVersion(): i32 { return ${Size.HalVersion}; }
export function boot(): void {
  store<u32>(1024, reset_cause());
  store<u32>(1028, failures());
  store<u32>(1032, last_failure());
  store<u32>(1036, failed_at());
}
export function poll(now: u32): i32 { return -1; }
export function receive(byte: u32): bool { unreachable(); return false; }
`;

/** One that traps in a function that is called with the byte, by an assertion. */
const ASSERTING = SOURCE.replace(
  /export function receive.*/,
  `@inline function below(byte: u32, limit: u32): bool { return byte < limit; }
function take(byte: u32): void {
  assert(below(byte, 2));
}
export function receive(byte: u32): bool { take(byte); return false; }`,
);
const ASSERTION_LINE = ASSERTING.split('\n').findIndex((line) => line.includes('assert(')) + 1;

/** One that traps while it starts, on the first terminal alone. */
const FIRST_TRAPS = `${SOURCE.replace('export function boot(): void {', 'export function boot(): void {\n  refuse();')}
@external('hal', 'serial_number') declare function serial_number(ptr: usize, max: i32): i32;
function refuse(): void {
  const length = serial_number(2048, 32);
  if (load<u8>(2047 + length) == 0x31) unreachable();
}
`;

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'octobind-trap-'))));
afterEach(() => rmSync(dir, { recursive: true }));

/** Compiles a firmware; returns its file. */
function compile(source: string, ...options: string[]): string {
  writeFileSync(join(dir, 'traps.ts'), source);
  const asc = resolve('node_modules/assemblyscript/bin/asc.js');
  const always = ['--runtime', 'stub', '--initialMemory', '1', '--use', 'abort=', '--outFile', 'traps.wasm'];
  const { status, stderr } = spawnSync(process.execPath, [asc, 'traps.ts', ...always, ...options], {
    cwd: dir,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return join(dir, 'traps.wasm');
}

it('tells a firmware that it trapped, how often, and where in its file', () => {
  const binary = readFileSync(compile(SOURCE, '-O3'));
  const traps: OctobindError[] = [];
  const terminal = new EmulatedTerminal({ serial: 'OB-TRAPS', module: new WebAssembly.Module(new Uint8Array(binary)) });
  terminal.onTrap = (error) => traps.push(error);
  const started = (): number[] => {
    terminal.powerOn();
    return [...new Uint32Array(terminal.memory.slice(1024, 1040).buffer)];
  };
  expect(started()).toEqual([ResetCause.Power, 0, 0, 0]);
  terminal.receive(Uint8Array.of(1));
  expect(terminal.isOn).toBe(false);
  expect(traps).toHaveLength(1);
  const [cause, failures, last, at = 0] = started();
  expect([cause, failures, last]).toEqual([ResetCause.Trap, 1, ResetCause.Trap]);
  const UNREACHABLE = 0x00;
  expect(at).toBeGreaterThan(8);
  expect(binary[at]).toBe(UNREACHABLE);
  terminal.powerOff();
  expect(started()).toEqual([ResetCause.Power, 1, ResetCause.Trap, at]);
});

/** The error of a terminal that is sent a byte on which its firmware traps. */
function trapOf(file: string): OctobindError | undefined {
  let trap: OctobindError | undefined;
  const terminal = new EmulatedTerminal({ serial: 'OB-TRAPS', module: readFirmware(file), locate: placesIn(file) });
  terminal.onTrap = (error) => (trap = error);
  terminal.powerOn();
  terminal.receive(Uint8Array.of(9));
  return trap;
}

it('is told by function, file and line, if there is a source map', () => {
  const trap = trapOf(compile(ASSERTING, '-O0', '--debug', '--sourceMap'));
  const place = `in traps/take (traps.ts:${ASSERTION_LINE}:3)`;
  const caller = `in traps/receive (traps.ts:${ASSERTION_LINE + 2}:44)`;
  expect(trap?.message).toBe(
    `The firmware of OB-TRAPS trapped (unreachable) ${place}, called ${caller}. Report this. (FIRMWARE)`,
  );
  expect(trap?.calls).toEqual([place, caller]);
});

it('is told by function, if there are names alone: in the file, or in the text beside it', () => {
  expect(trapOf(compile(ASSERTING, '-O0', '--debug'))?.calls).toEqual(['in traps/take', 'in traps/receive']);
  rmSync(join(dir, 'traps.wasm'));
  const other = join(dir, 'other');
  mkdirSync(other);
  dir = other;
  expect(trapOf(compile(ASSERTING, '-O0', '--textFile', 'traps.wat'))?.calls).toEqual([
    'in traps/take',
    'in traps/receive',
  ]);
  dir = join(other, '..');
});

it('is told by its offset, if nothing is known', () => {
  const trap = trapOf(compile(ASSERTING, '-O0'));
  expect(trap?.calls).toEqual([expect.stringMatching(/^at 0x[0-9a-f]+$/), expect.stringMatching(/^at 0x[0-9a-f]+$/)]);
  expect(trap?.message).toContain(` trapped (unreachable) ${trap?.calls?.join(', called ')}. `);
});

it('is shown by sim, whose terminal starts again', async () => {
  const file = compile(ASSERTING, '-O0', '--debug', '--sourceMap');
  const port = 20_000 + (process.pid % 12_000);
  const options = ['--dir', join(dir, 'sim'), '--virgin', '--tcp', String(port), '--firmware', file];
  const child = start(['sim', ...options]);
  let shown = '';
  child.stderr.on('data', (text: Buffer) => (shown += text.toString()));
  const ended = finish(child);
  await once(child.stdout, 'data');
  const socket = connect(port, '127.0.0.1');
  const callers = /called in traps\/receive/g;
  for (let count = 1; count <= 2; count++) {
    socket.write(Uint8Array.of(9));
    while ((shown.match(callers) ?? []).length < count) await once(child.stderr, 'data');
  }
  socket.destroy();
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ code: 0 });
  const place = `in traps/take (traps.ts:${ASSERTION_LINE}:3)`;
  const caller = `in traps/receive (traps.ts:${ASSERTION_LINE + 2}:44)`;
  const trap = `till-1  The firmware of OB-SIM-0001 trapped (unreachable) ${place}, called ${caller}. Report this. (FIRMWARE)\n`;
  expect(shown.split(trap)).toHaveLength(3);
});

it('resets its own terminal alone, and is a warning of the process, if nobody takes it', async () => {
  const firmware = compile(ASSERTING, '-O0', '--debug', '--sourceMap');
  const fleet = await startTerminals({
    count: 2,
    dir: join(dir, 'sim'),
    firmware,
    tcp: 20_000 + (process.pid % 12_000),
  });
  try {
    const [first, second] = fleet.terminals.map(({ terminal }) => terminal);
    const causes = (): (number | undefined)[] => [first, second].map((one) => one?.memory[1024]);
    const warned = once(process, 'warning') as Promise<[Error]>;
    first?.receive(Uint8Array.of(9));
    const [{ message }] = await warned;
    expect(message).toMatch(/^till-1: The firmware of OB-SIM-0001 trapped .* in traps\/take \(traps\.ts:\d+:3\)/);
    await expect.poll(causes).toEqual([ResetCause.Trap, ResetCause.Power]);
  } finally {
    await fleet.close();
  }
});

it('leaves its own terminal off alone, if it comes at the start', async () => {
  const firmware = compile(FIRST_TRAPS, '-O0', '--debug', '--sourceMap');
  const traps: string[] = [];
  const fleet = await startTerminals({
    count: 2,
    dir: join(dir, 'sim'),
    firmware,
    onTrap: (name, { message }) => traps.push(`${name} ${message}`),
  });
  try {
    expect(fleet.terminals.map(({ terminal }) => terminal.isOn)).toEqual([false, true]);
    expect(traps).toEqual([
      expect.stringMatching(
        /^till-1 The firmware of OB-SIM-0001 trapped \(unreachable\) in traps\/refuse \(traps.ts:\d+/,
      ),
    ]);
    expect(traps[0]).not.toContain('\n');
    const on = controlTerminal(join(dir, 'sim'), 'till-1', { action: 'power-on' });
    await expect(on).rejects.toThrow(/^till-1 is off: its firmware trapped while it started\. \(FIRMWARE\)$/);
    expect(traps).toHaveLength(2);
  } finally {
    await fleet.close();
  }
});

it('is one too before the firmware is asked to boot', () => {
  const trap = trapOf(compile(`${SOURCE}\nunreachable();\n`, '-O0', '--debug'));
  expect(trap?.calls).toEqual(['in start:traps', 'in ~start']);
});

it('at the start is told by sim in one line, and sim goes on', async () => {
  const file = compile(FIRST_TRAPS, '-O0', '--debug', '--sourceMap');
  const options = ['--dir', join(dir, 'sim'), '--tcp', String(20_000 + (process.pid % 12_000)), '--firmware', file];
  const child = start(['sim', ...options]);
  const ended = finish(child);
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  const { code, stdout, stderr } = await ended;
  expect(code).toBe(0);
  expect(stdout).toMatch(/^till-1 {2}OB-SIM-0001 {2}is off: its firmware trapped while it started\.\nCtrl-C/);
  const lines = stderr
    .trimEnd()
    .split('\n')
    .filter((line) => !line.includes('trap: at'));
  expect(lines).toEqual([expect.stringMatching(/till-1 {2}The firmware of OB-SIM-0001 trapped .* in traps\/refuse /)]);
});

it('is remembered when the terminal is emulated again', async () => {
  const firmware = compile(SOURCE, '-O0');
  const run = async (bytes: number): Promise<number[]> => {
    const fleet = await startTerminals({ count: 1, dir: join(dir, 'sim'), firmware, onTrap: () => undefined });
    try {
      const terminal = fleet.terminals[0]?.terminal;
      for (let sent = 0; sent < bytes; sent++) {
        terminal?.receive(Uint8Array.of(1));
        await expect.poll(() => terminal?.isOn).toBe(true);
      }
      return [...new Uint32Array(terminal?.memory.slice(1024, 1040).buffer ?? [])];
    } finally {
      await fleet.close();
    }
  };
  const [cause, failures, last, at] = await run(2);
  expect([cause, failures, last]).toEqual([ResetCause.Trap, 2, ResetCause.Trap]);
  expect(await run(0)).toEqual([ResetCause.Power, 2, ResetCause.Trap, at]);
  const path = join(dir, 'sim', 'till-1.failures');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  writeFileSync(path, '{"failures": "many"}');
  await expect(run(0)).rejects.toThrow(/till-1\.failures is no record of failures\. Remove it.*\(USAGE\)$/);
});
