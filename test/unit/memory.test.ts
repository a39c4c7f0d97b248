import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { CardCommand, Group, Op, OsCommand, StatCommand } from '../../assembly/protocol.js';
import { EmulatedTerminal } from '../../host/emulator/index.js';
import { firmwareModule } from '../../host/firmware/file.js';
import { exchange } from '../support/exchange.js';
import { keyedTerminal } from '../support/keyed.js';

const WASM = createRequire(import.meta.url).resolve('octobind/terminal.wasm');

/**
 * A terminal that has used all of its memory: largest packets, full tables, many commands,
 * refusals.
 */
function worked(): EmulatedTerminal {
  const terminal = keyedTerminal({ serial: 'S'.repeat(32) });
  terminal.powerOn();
  const attempt = (op: Op.Read | Op.Write, group: number, command: number, body = {}): void => {
    try {
      exchange(terminal, op, group, command, body);
    } catch {
      // Refusals are part of the work.
    }
  };
  const card = { pan: '6205500000000000004', name: '张'.repeat(26) };
  const slots = ['4242424242424242', '5555555555554444', '378282246310005', '3056930009020004', '6011111111111117'].map(
    (pan) => ({ ...card, pan }),
  );
  for (let round = 0; round < 100; round++) {
    attempt(Op.Write, Group.Os, OsCommand.Echo, { d: 'x'.repeat(2034) });
    attempt(Op.Write, Group.Card, CardCommand.Replace, { gen: null, slots: [...slots, null, null, null] });
    attempt(Op.Write, Group.Card, CardCommand.Bind, { gen: null, ...card });
    attempt(Op.Write, Group.Card, CardCommand.Bind, { gen: null, ...card, name: 'X' });
    attempt(Op.Write, Group.Card, CardCommand.Unbind, { gen: null, slot: 1 + (round % 8) });
    attempt(Op.Read, Group.Card, CardCommand.List);
    attempt(Op.Read, Group.Card, CardCommand.Verify, { nonce: new Uint8Array(32) });
    attempt(Op.Read, Group.Os, OsCommand.Info, { format: 'a' });
    attempt(Op.Read, Group.Os, OsCommand.DateTime);
    attempt(Op.Read, Group.Stat, StatCommand.Show, { name: 'link' });
    terminal.receive(Buffer.from(`\u0006\u0009${'A'.repeat(9000)}\n`, 'latin1'));
  }
  return terminal;
}

describe('the firmware', () => {
  it('has at most 96 KiB, and uses at most 12 KiB of memory', () => {
    expect(readFileSync(WASM).length).toBeLessThanOrEqual(96 * 1024);
    const { exports } = new WebAssembly.Instance(firmwareModule(), {
      hal: Object.fromEntries(WebAssembly.Module.imports(firmwareModule()).map(({ name }) => [name, () => 0])),
    });
    expect((exports['memoryEnd'] as () => number)()).toBeLessThanOrEqual(12 * 1024);
  });

  it('imports the HAL and nothing else', () => {
    expect(new Set(WebAssembly.Module.imports(firmwareModule()).map(({ module }) => module))).toEqual(new Set(['hal']));
  });

  it('has no code that could allocate memory', () => {
    const text = readFileSync(WASM.replace(/wasm$/, 'wat'), 'utf8');
    expect(text).toContain('(module');
    // The allocator of the runtime would move its heap offset and grow the memory. Neither it nor
    // a caller of it may be in the module.
    expect(text).not.toMatch(/memory\.grow|rt\/stub|__alloc|__new|__renew/);
  });

  it('never grows its memory, and never writes behind the end that it reports', () => {
    const terminal = worked();
    const { exports } = new WebAssembly.Instance(firmwareModule(), {
      hal: Object.fromEntries(WebAssembly.Module.imports(firmwareModule()).map(({ name }) => [name, () => 0])),
    });
    const end = (exports['memoryEnd'] as () => number)();
    expect(terminal.memory.length).toBe(64 * 1024);
    expect(terminal.memory.subarray(end).every((byte) => byte === 0)).toBe(true);
    expect(terminal.isOn).toBe(true);
  });

  it('keeps no card number and no name in memory after a request is refused', () => {
    const terminal = keyedTerminal({ serial: 'OB-WIPE' });
    terminal.powerOn();
    const pan = '6205500000000000004';
    const bad = { gen: null, pan, name: 'OCTAVIA BINDER^' };
    expect(() => exchange(terminal, Op.Write, Group.Card, CardCommand.Bind, bad)).toThrow();
    const replace = { gen: 99, slots: [{ pan, name: 'OCTAVIA BINDER' }, null, null, null, null, null, null, null] };
    expect(() => exchange(terminal, Op.Write, Group.Card, CardCommand.Replace, replace)).toThrow();
    const memory = Buffer.from(terminal.memory);
    for (const trace of [pan, 'OCTAVIA', Buffer.from(pan.slice(0, 18), 'hex'), Buffer.from('OCTAVIA', 'utf16le')]) {
      expect(memory.includes(trace)).toBe(false);
    }
  });
});
