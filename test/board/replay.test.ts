import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CardCommand, Group, Op, OsCommand } from '../../assembly/protocol.js';
import { EmulatedTerminal, Nor, replay, replayNatively, seededRandom } from '../../host/emulator/index.js';
import { exchange } from '../support/exchange.js';
import { keysOf } from '../support/keyed.js';
import { spoiled } from '../support/spoiled.js';
import { onBoard } from '../support/tools.js';

const SERIAL = 'OB-NATIVE';

let dir: string;
let trace: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'octobind-native-'));
  trace = join(dir, 'trace');
});
afterEach(() => rmSync(dir, { recursive: true }));

const write = (lines: string[]): void => writeFileSync(trace, lines.map((line) => `${line}\n`).join(''));

/** Cards, restarts, a power cut and tampering. */
function record(): string[] {
  const lines: string[] = [];
  const terminal = new EmulatedTerminal({
    serial: SERIAL,
    keys: keysOf(SERIAL),
    nor: new Nor(),
    observe: (line) => lines.push(line),
  });
  const bind = (pan: string): unknown =>
    exchange(terminal, Op.Write, Group.Card, CardCommand.Bind, { gen: null, pan, name: 'ZHANG SAN' });
  terminal.powerOn();
  bind('4242424242424242');
  exchange(terminal, Op.Write, Group.Os, OsCommand.Reset);
  terminal.nor.strike({ after: 0, tear: { kind: 'random', sixteenths: 8, seed: 3 }, outcome: 'cut' });
  expect(() => bind('6200000000000005')).toThrow();
  terminal.powerOn();
  bind('378282246310005');
  terminal.tamper();
  terminal.powerOff();
  return lines;
}

onBoard(
  "the board's build for this machine",
  () => {
    it('does what the emulated terminal did that was recorded, and leaves the same flash', async () => {
      const lines = record();
      write(lines);
      const native = await replayNatively(trace);
      expect(native).toMatchObject({ lines: lines.length, complete: true });
      expect(Buffer.compare(native.flash, replay(lines).flash)).toBe(0);
    });

    it('finds each line that has something else', async () => {
      const lines = record();
      const outputs = ['send', 'program', 'erase', 'wait', 'reset', 'off', 'tamper', 'random'];
      for (const kind of outputs) {
        const place = lines.findLastIndex((line) => line.startsWith(kind));
        write(lines.toSpliced(place, 1, `${kind} 7`));
        await expect(replayNatively(trace), kind).rejects.toMatchObject({ code: 'TRACE_DIFFERS' });
      }
    });

    it('ends in order whatever the trace has, and no sanitizer finds anything', async () => {
      const lines = record();
      const random = seededRandom(3);
      const below = (limit: number): number => Math.floor(random() * limit);
      let refused = 0;
      for (let i = 0; i < 150; i++) {
        write(spoiled(lines, below));
        await replayNatively(trace).catch((error: unknown) => {
          refused++;
          expect(error).toMatchObject({ code: expect.stringMatching(/^TRACE_(DIFFERS|INVALID)$/) as unknown });
        });
      }
      expect(refused).toBeGreaterThan(75);
    });

    it('goes as far as a trace does that was cut short, and refuses what is none', async () => {
      const lines = record();
      write(lines.slice(0, -20));
      expect(await replayNatively(trace)).toMatchObject({ complete: false });
      write(['no trace']);
      await expect(replayNatively(trace)).rejects.toMatchObject({ code: 'TRACE_DIFFERS' });
    });
  },
  'replay',
);
