import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { emulatedLink } from '../../host/emulator/index.js';
import { LineFaults } from '../../host/emulator/faults.js';
import { Line } from '../../host/emulator/line.js';
import { Wire } from '../../host/emulator/wire.js';
import { Terminal } from '../../host/index.js';
import { sendFrom } from '../../host/sim/send-from.js';
import { ManualClock } from '../../host/testing/index.js';
import { key, keyedTerminal } from '../support/keyed.js';
import { Loopback } from '../support/loopback.js';

const BAUD = 115_200;
const byteTime = (bytes: number, baud = BAUD): number => (bytes * 10_000) / baud;

/** The time in ms until all bytes of the chunks have passed through a line. */
async function carry(chunks: readonly number[], baud: number): Promise<number> {
  let left = chunks.reduce((sum, length) => sum + length, 0);
  const began = performance.now();
  await new Promise<void>((resolve) => {
    const line = new Line(
      (bytes) => {
        left -= bytes.length;
        if (left === 0) resolve();
      },
      'to-host',
      { baud },
    );
    for (const length of chunks) line.send(new Uint8Array(length));
  });
  return performance.now() - began;
}

/**
 * The least of several measurements. It measures until one is within the limit, at most 40 times:
 * a busy machine makes a measurement too long, and never too short.
 */
async function best(measure: () => Promise<number>, limit: number): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < 40 && least > limit; i++) least = Math.min(least, await measure());
  return least;
}

describe('a paced line', () => {
  it.each([
    ['one chunk', [500]],
    ['many chunks, whose rounding errors must not add up', Array<number>(250).fill(2)],
    ['one byte', [1]],
  ])('takes the time that its bytes need: %s', async (_what, chunks) => {
    const needed = byteTime(chunks.reduce((sum, length) => sum + length, 0));
    const limit = needed * 1.05 + 0.3;
    const taken = await best(() => carry(chunks, BAUD), limit);
    expect(taken).toBeGreaterThanOrEqual(needed);
    expect(taken).toBeLessThanOrEqual(limit);
  });

  it('is as slow as its baud rate', async () => {
    expect(await carry([48], 9600)).toBeGreaterThanOrEqual(byteTime(48, 9600));
  });

  it('delivers in order', async () => {
    const arrived: number[] = [];
    await new Promise<void>((resolve) => {
      const line = new Line(
        (bytes) => {
          arrived.push(...bytes);
          if (arrived.length === 100) resolve();
        },
        'to-host',
        { baud: 1_000_000 },
      );
      for (let i = 0; i < 100; i++) line.send(Uint8Array.of(i));
    });
    expect(arrived).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it('carries two directions at once in the time of one', async () => {
    const limit = byteTime(300) * 1.2;
    const taken = await best(async () => {
      const began = performance.now();
      await Promise.all([carry([300], BAUD), carry([300], BAUD)]);
      return performance.now() - began;
    }, limit);
    expect(taken).toBeLessThanOrEqual(limit);
  });

  it('drops the bytes under way when it is cleared, and is free at once', async () => {
    const arrived: Uint8Array[] = [];
    let notify = (): void => undefined;
    const line = new Line(
      (bytes) => {
        arrived.push(bytes);
        notify();
      },
      'to-host',
      { baud: 1200 },
    );
    line.send(new Uint8Array(10_000));
    line.clear();
    expect(line.isBusy).toBe(false);
    // This byte would have to wait 83 seconds for the dropped ones.
    const delivery = new Promise<void>((resolve) => (notify = resolve));
    line.send(Uint8Array.of(42));
    await delivery;
    expect(arrived).toEqual([Uint8Array.of(42)]);
  });
});

describe('a line with a clock of its own', () => {
  it('delivers when that clock says so, and no sooner', async () => {
    const clock = new ManualClock();
    const arrived: number[] = [];
    const line = new Line((bytes) => arrived.push(...bytes), 'to-host', { baud: 115_200, clock });
    for (const byte of [1, 2, 3]) line.send(Uint8Array.of(byte));
    await clock.advance(byteTime(3) - 0.01);
    expect(arrived).toEqual([1, 2]);
    await clock.advance(0.02);
    expect(arrived).toEqual([1, 2, 3]);
    expect(clock.pending).toBe(0);
  });
});

describe('a line without a baud rate', () => {
  it('delivers at once, and is not busy afterwards', () => {
    const arrived: Uint8Array[] = [];
    const line = new Line((bytes) => arrived.push(bytes), 'to-host');
    line.send(Uint8Array.of(1));
    expect(arrived).toEqual([Uint8Array.of(1)]);
    expect(line.isBusy).toBe(false);
  });

  it('delivers nothing before a chunk that is delayed', async () => {
    const delayed = new LineFaults({ seed: 1, faults: [{ kind: 'delay', direction: 'both', ms: 20, at: 0 }] });
    const began = performance.now();
    const arrived: number[] = [];
    await new Promise<void>((resolve) => {
      const line = new Line(
        (bytes) => {
          arrived.push(...bytes);
          if (arrived.length === 2) resolve();
        },
        'to-host',
        { faults: delayed },
      );
      line.send(Uint8Array.of(1));
      line.send(Uint8Array.of(2));
    });
    expect(arrived).toEqual([1, 2]);
    expect(performance.now() - began).toBeGreaterThanOrEqual(20);
  });
});

describe('a wire', () => {
  it('leaves bytes in a stream while the line is busy, and carries all of them in the end', async () => {
    const wire = new Wire(new Loopback(), { baud: 1_000_000 });
    const source = new PassThrough();
    const arrived: Uint8Array[] = [];
    const sent = Buffer.from(Array.from({ length: 4096 }, (_, i) => i % 251));
    const all = new Promise<void>((resolve) => {
      wire.onOutput = (bytes) => {
        arrived.push(bytes);
        if (Buffer.concat(arrived).length === sent.length) resolve();
      };
    });
    sendFrom(source, wire, { isFull: false, onDrain: undefined });
    source.write(sent.subarray(0, 1024));
    expect(source.isPaused()).toBe(true);
    for (let at = 1024; at < sent.length; at += 1024) source.write(sent.subarray(at, at + 1024));
    expect(source.readableLength + source.writableLength).toBe(3072);
    await all;
    expect(Buffer.concat(arrived).equals(sent)).toBe(true);
  });

  it('resumes a paused stream when it is cleared', () => {
    const wire = new Wire(new Loopback(), { baud: 1200 });
    const source = new PassThrough();
    sendFrom(source, wire, { isFull: false, onDrain: undefined });
    source.write(new Uint8Array(5000));
    expect(source.isPaused()).toBe(true);
    wire.clear();
    expect(source.isPaused()).toBe(false);
  });

  it('at 115200 baud makes a bind take at most 1.15 times the time of its bytes', async () => {
    const ratio = await best(async () => {
      const emulated = keyedTerminal({ serial: 'OB-PACED' });
      emulated.powerOn();
      const terminal = new Terminal(emulatedLink(emulated, { baud: BAUD }), { key });
      const { generation } = await terminal.list();
      const before = await terminal.stats('link');
      const began = performance.now();
      await terminal.bind({ pan: '4242424242424242', name: 'ZHANG SAN' }, generation);
      const taken = performance.now() - began;
      const after = await terminal.stats('link');
      const sum = (stats: Record<string, number>): number => (stats['rx_bytes'] ?? 0) + (stats['tx_bytes'] ?? 0);
      // Between the two counts are also the bytes of one request for them and its reply: measure
      // those by two requests in a row, and subtract them.
      const again = await terminal.stats('link');
      await terminal.close();
      return taken / byteTime(sum(after) - sum(before) - (sum(again) - sum(after)));
    }, 1.15);
    // A counter in a reply may get one digit more meanwhile: one or two bytes of a hundred.
    expect(ratio).toBeGreaterThan(0.95);
    expect(ratio).toBeLessThanOrEqual(1.15);
  });
});
