import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { CardCommand, Group, Op, OsCommand, Refusal, SessionCommand, StatCommand } from '../../assembly/protocol.js';
import type { Clock } from '../../host/clock.js';
import {
  DEFAULT_GEOMETRY,
  EmulatedTerminal,
  KeyStore,
  Nor,
  Rtc,
  type TerminalParts,
} from '../../host/emulator/index.js';
import { firmwareModule } from '../../host/firmware/file.js';
import { encodeFrame } from '../../host/smp/frame.js';
import { encodePacket } from '../../host/smp/packet.js';
import { exchange, exchangeInClear, packetOf } from '../support/exchange.js';
import { keyedTerminal } from '../support/keyed.js';

/** A clock that moves only when `advance` is called. */
class ManualClock implements Clock {
  readonly pending = new Map<number, { fn: () => void; due: number }>();
  #now = 0;
  #handles = 0;

  now(): number {
    return this.#now;
  }
  setTimeout(fn: () => void, ms: number): number {
    this.pending.set(++this.#handles, { fn, due: this.#now + ms });
    return this.#handles;
  }
  clearTimeout(handle: unknown): void {
    this.pending.delete(handle as number);
  }
  advance(ms: number): void {
    this.#now += ms;
    for (const [handle, { fn, due }] of this.pending) {
      if (due <= this.#now && this.pending.delete(handle)) fn();
    }
  }
}

function booted(parts: Partial<TerminalParts> = {}): EmulatedTerminal {
  const terminal = keyedTerminal({ serial: 'OB-TEST-0001', ...parts });
  terminal.powerOn();
  return terminal;
}

const CARD = { gen: null, pan: '4242424242424242', name: 'ZHANG SAN' };
const ECHO = encodeFrame(
  encodePacket({ version: 1, op: Op.Write, group: Group.Os, sequence: 0, command: OsCommand.Echo }, { d: 'hi' }),
);
const info = (terminal: EmulatedTerminal): unknown =>
  exchange(terminal, Op.Read, Group.Os, OsCommand.Info, { format: 'n' })['output'];
const bind = (terminal: EmulatedTerminal): unknown =>
  exchange(terminal, Op.Write, Group.Card, CardCommand.Bind, CARD)['slot'];
const slots = (terminal: EmulatedTerminal): unknown[] =>
  exchange(terminal, Op.Read, Group.Card, CardCommand.List)['slots'] as unknown[];
const linkCounters = (terminal: EmulatedTerminal): unknown =>
  exchange(terminal, Op.Read, Group.Stat, StatCommand.Show, { name: 'link' })['fields'];

/** The bytes that a terminal sends in reply to others, as text in ISO 8859-1. */
function answers(terminal: EmulatedTerminal, bytes: Uint8Array): string {
  const sent: Uint8Array[] = [];
  terminal.onOutput = (output) => sent.push(output);
  terminal.receive(bytes);
  terminal.onOutput = undefined;
  return Buffer.concat(sent).toString('latin1');
}

describe('an emulated terminal', () => {
  it('is off until it is switched on, and ignores bytes until then', () => {
    const terminal = new EmulatedTerminal({ serial: 'OB-OFF' });
    expect(terminal.isOn).toBe(false);
    expect(answers(terminal, ECHO)).toBe('');
    terminal.powerOn();
    expect(terminal.isOn).toBe(true);
    expect(answers(terminal, ECHO)).not.toBe('');
  });

  it('accepts bytes in pieces of any size', () => {
    const whole = answers(booted(), ECHO);
    const terminal = booted();
    expect([...ECHO].map((byte) => answers(terminal, Uint8Array.of(byte))).join('')).toBe(whole);
    expect(answers(booted(), Buffer.concat([ECHO, ECHO]))).toBe(whole + whole);
  });

  it('tells the firmware its own serial number', () => {
    expect(info(booted({ serial: 'OB-A' }))).toBe('OB-A');
    expect(info(booted({ serial: 'Z'.repeat(32) }))).toBe('Z'.repeat(32));
  });

  it('keeps its cards through a power cut, and forgets its memory', () => {
    const terminal = booted();
    bind(terminal);
    const bound = slots(terminal);
    terminal.receive(ECHO.subarray(0, 9));
    terminal.powerOff();
    expect(terminal.isOn).toBe(false);
    expect(terminal.memory).toHaveLength(0);
    terminal.powerOff();
    terminal.powerOn();
    expect(slots(terminal)).toEqual(bound);
    expect(linkCounters(terminal)).toMatchObject({ rx_frames: 4, err_length: 0 });
  });

  it('is not booted again if it is switched on twice', () => {
    const terminal = booted();
    info(terminal);
    terminal.powerOn();
    expect(linkCounters(terminal)).toMatchObject({ rx_frames: 2 });
  });

  it('sends the reply first if the firmware asks for a restart', () => {
    const terminal = booted();
    bind(terminal);
    expect(exchange(terminal, Op.Write, Group.Os, OsCommand.Reset)).toEqual({});
    expect(linkCounters(terminal)).toMatchObject({ rx_frames: 1 });
    expect(slots(terminal)[0]).toMatchObject({ pan: '424242******4242' });
  });

  it('goes off at a power cut inside a change, and comes back with the old table', () => {
    const terminal = booted();
    bind(terminal);
    const before = slots(terminal);
    terminal.nor.strike({ after: 0, tear: { kind: 'prefix', bytes: 5 }, outcome: 'cut' });
    expect(() => exchange(terminal, Op.Write, Group.Card, CardCommand.Unbind, { gen: null, slot: 1 })).toThrow(
      'no answer',
    );
    expect(terminal.isOn).toBe(false);
    terminal.powerOn();
    expect(slots(terminal)).toEqual(before);
  });

  it('has a clock that goes on while it is off', () => {
    let wall = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
    const terminal = booted({ rtc: new Rtc(() => wall) });
    const time = (): unknown => exchange(terminal, Op.Read, Group.Os, OsCommand.DateTime)['datetime'];
    expect(time()).toBe('2026-01-02T03:04:05.678');
    exchange(terminal, Op.Write, Group.Os, OsCommand.DateTime, { datetime: '2030-06-07T08:09:10Z' });
    terminal.powerOff();
    wall += 60_000;
    terminal.powerOn();
    expect(time()).toBe('2030-06-07T08:10:10.000');
  });

  it('reports that its clock was never set, or that it has no key', () => {
    const terminal = booted({ rtc: new Rtc(Date.now, false) });
    expect(() => exchange(terminal, Op.Read, Group.Os, OsCommand.DateTime)).toThrow('4');
    const virgin = booted({ keys: new KeyStore() });
    expect(() => exchange(virgin, Op.Write, Group.Session, SessionCommand.Open, { d: new Uint8Array(48) })).toThrow(
      String(Refusal.KeyMissing),
    );
  });

  it('has no timer while it is idle, and drops a partial frame after a time', () => {
    const clock = new ManualClock();
    const terminal = booted({ clock });
    info(terminal);
    expect(clock.pending.size).toBe(0);
    terminal.receive(ECHO.subarray(0, 9));
    expect(clock.pending.size).toBe(1);
    clock.advance(60_000);
    expect(clock.pending.size).toBe(0);
    expect(linkCounters(terminal)).toMatchObject({ expired: 1 });
    terminal.receive(ECHO.subarray(0, 9));
    terminal.powerOff();
    expect(clock.pending.size).toBe(0);
  });

  it('shares nothing with other terminals but the compiled firmware', () => {
    expect(firmwareModule()).toBe(firmwareModule());
    const terminals = Array.from({ length: 50 }, (_, i) => booted({ serial: `OB-${i}` }));
    terminals.forEach((terminal, i) => {
      if (i % 2 === 0) bind(terminal);
    });
    terminals.forEach((terminal, i) => {
      expect(info(terminal)).toBe(`OB-${i}`);
      expect(slots(terminal)[0] === null).toBe(i % 2 === 1);
    });
  });
});

it('counts the bytes and frames that it receives and sends', () => {
  const terminal = booted();
  const bytes = { host: 0, terminal: 0 };
  terminal.onLine = (from, sent) => (bytes[from] += sent.length);
  const request = packetOf(Op.Read, Group.Stat, StatCommand.Show, { name: 'link' });
  const fields = () => exchangeInClear(terminal, request)['fields'] as Record<string, number>;
  const before = fields();
  const [asked, replied] = [bytes.host, bytes.terminal];
  const after = fields();
  // The count in a reply has the request, and not yet the reply itself.
  const grown = (name: string): number => (after[name] ?? NaN) - (before[name] ?? NaN);
  expect(grown('rx_bytes')).toBe(bytes.host - asked);
  expect(grown('tx_bytes')).toBe(replied);
  expect(grown('rx_frames')).toBe(grown('tx_frames'));
  expect(grown('tx_frames')).toBeGreaterThan(0);
});

describe('firmware that goes wrong', () => {
  /** A flash that throws through the firmware at its first program. */
  const broken = (): Nor => {
    const nor = new Nor(DEFAULT_GEOMETRY);
    nor.onOperation = () => {
      throw new RangeError('the bench has a fault');
    };
    return nor;
  };

  it('is reported to `onTrap` with the cause, and the terminal is off until it is switched on', () => {
    const terminal = booted({ nor: broken() });
    const traps: Error[] = [];
    terminal.onTrap = (error) => traps.push(error);
    expect(() => bind(terminal)).toThrow('no answer');
    expect(traps).toMatchObject([{ code: 'FIRMWARE', cause: new RangeError('the bench has a fault') }]);
    expect(terminal.isOn).toBe(false);
    terminal.powerOn();
    expect(info(terminal)).toBe('OB-TEST-0001');
  });

  it('throws an error if there is no `onTrap`', () => {
    expect(() => bind(booted({ nor: broken() }))).toThrow(expect.objectContaining({ code: 'FIRMWARE' }));
  });

  it('is not run if it needs another version of the HAL', () => {
    // (module (memory (export "memory") 1) (func (export "halVersion") (result i32) i32.const 99))
    const text =
      '0061736d0100000001050160 00017f 03020100 0503010001 071702066d656d6f727902000a68616c56657273696f6e0000 0a07010500 41e3000b';
    const module = new WebAssembly.Module(Buffer.from(text.replaceAll(' ', ''), 'hex'));
    expect(() => booted({ module })).toThrow(/HAL version 99.*\(FIRMWARE\)$/);
  });

  it('is not run if its ROM was stripped', () => {
    // The firmware up to its custom section, which is the last one.
    const file = readFileSync(createRequire(import.meta.url).resolve('octobind/terminal.wasm'));
    const stripped = file.subarray(0, sectionStart(file, 'octobind.rom'));
    expect(() => booted({ module: new WebAssembly.Module(stripped) })).toThrow(/octobind\.rom.*\(FIRMWARE\)$/);
  });
});

/**
 * The offset of the custom section of this name: id 0, a size of three bytes, and the name with
 * its length.
 */
function sectionStart(file: Buffer, name: string): number {
  const at = file.lastIndexOf(name) - 5;
  expect(file[at]).toBe(0);
  return at;
}
