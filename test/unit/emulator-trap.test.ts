import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { ResetCause, Size } from '../../assembly/protocol.js';
import { EmulatedTerminal } from '../../host/emulator/index.js';
import type { OctobindError } from '../../host/index.js';

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

function compiled(): Uint8Array {
  const dir = mkdtempSync(join(tmpdir(), 'octobind-trap-'));
  try {
    writeFileSync(join(dir, 'traps.ts'), SOURCE);
    const asc = resolve('node_modules/assemblyscript/bin/asc.js');
    const options = ['--runtime', 'stub', '--initialMemory', '1', '-O3', '--outFile', 'traps.wasm'];
    const { status, stderr } = spawnSync(process.execPath, [asc, 'traps.ts', ...options], {
      cwd: dir,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    return readFileSync(join(dir, 'traps.wasm'));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

it('tells a firmware that it trapped, how often, and where in its file', () => {
  const binary = compiled();
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
