import { pbkdf2Sync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Group, Op, Refusal, SessionCommand } from '../../assembly/protocol.js';
import { KeyStore, replayTrace, seededRandom } from '../../host/emulator/index.js';
import { replayTraceNatively } from '../../host/sim/index.js';
import { exchangeInside, openSession, packetOf, refusalOf } from '../support/exchange.js';
import { keysOf } from '../support/keyed.js';
import { eventful, pressed, recorded, RUNTIME_LINES, SERIAL } from '../support/recorded.js';
import { spoiled } from '../support/spoiled.js';
import { onBoard } from '../support/tools.js';

let dir: string;
let trace: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'octobind-native-'));
  trace = join(dir, 'trace');
});
afterEach(() => rmSync(dir, { recursive: true }));

const write = (lines: string[]): void => writeFileSync(trace, lines.map((line) => `${line}\n`).join(''));

onBoard(
  'a replay as machine code',
  () => {
    it('repeats what the emulated terminal did, and leaves the same flash', async () => {
      const { lines, flash } = eventful();
      write(lines);
      const native = await replayTraceNatively(trace);
      expect(native).toMatchObject({ lines: lines.length, complete: true });
      expect(Buffer.compare(native.flash, flash)).toBe(0);
    });

    // In key files of earlier builds, each password has a salt of its own, of 16 bytes.
    it.each([16, 17])('accepts passwords that were set before the trace, with salts of %i bytes', async (saltBytes) => {
      const kept = ['482951', '70418263'].map((password, i) => {
        const salt = Buffer.alloc(saltBytes, saltBytes === 16 ? 0x51 + i : 0x51);
        if (saltBytes > 16) salt[16] = i + 1;
        return [i + 1, { salt, rounds: 3, hash: pbkdf2Sync(password, salt, 3, 32, 'sha256') }] as const;
      });
      const state = { ...keysOf(SERIAL).durable(), passwords: new Map(kept) };
      const keys = new KeyStore({ backing: { read: () => state, write: () => undefined } });
      const { terminal, lines } = recorded(keys);
      const within = openSession(terminal);
      const unlock = (who: number, password: string): Refusal | undefined => {
        const packet = packetOf(Op.Write, Group.Session, SessionCommand.Unlock, { who, password });
        return refusalOf(() => exchangeInside(terminal, within, packet));
      };
      expect([unlock(1, '482951'), unlock(2, '70418263')]).toEqual([Refusal.None, Refusal.None]);
      expect(unlock(1, '70418263')).toBe(Refusal.PasswordWrong);
      expect(unlock(2, '482951')).toBe(Refusal.PasswordWrong);
      terminal.powerOff();
      write(lines);
      expect(await replayTraceNatively(trace)).toMatchObject({ lines: lines.length, complete: true });
    });

    it.each([
      ['send', 'send 07'],
      ['program', 'program 0 07'],
      ['erase', 'erase 7'],
      ['wait', 'wait 7'],
      ['reset', 'trap'],
      ['off', `off ${'07'.repeat(32)}`],
      ['random', 'random 07'],
      ['time', 'poll 7'],
      ['answer', 'answer -1'],
    ])('finds a changed line of the kind `%s`', async (kind, other) => {
      const { lines } = eventful();
      const place = lines.findIndex((line) => line.startsWith(kind));
      write(lines.with(place, other));
      const message = expect.stringContaining(`line ${place + 1} of the trace has `) as unknown;
      await expect(replayTraceNatively(trace)).rejects.toMatchObject({ code: 'TRACE_DIFFERS', message });
    });

    it('repeats what a terminal with a screen showed, key by key', async () => {
      const lines = pressed();
      expect(lines).toContain('screen 20 8 1');
      write(lines);
      expect(await replayTraceNatively(trace)).toMatchObject({ lines: lines.length, complete: true });
    });

    it.each([
      ['press', 'press 14'],
      ['row', 'row 0 1 -1 41'],
      ['contrast', 'contrast 16'],
      ['beep', 'beep 7'],
    ])('finds a changed line of the kind `%s` of a terminal with a screen', async (kind, other) => {
      const lines = pressed();
      const place = lines.findIndex((line) => line.startsWith(kind));
      write(lines.with(place, other));
      await expect(replayTraceNatively(trace)).rejects.toMatchObject({ code: 'TRACE_DIFFERS' });
    });

    it('says what the recorded runtime said of itself', async () => {
      const { lines } = eventful();
      for (const [place, other] of RUNTIME_LINES) {
        write(lines.with(place, other));
        const message = expect.stringContaining(' of the trace has send') as unknown;
        await expect(replayTraceNatively(trace)).rejects.toMatchObject({ code: 'TRACE_DIFFERS', message });
      }
      write(lines.toSpliced(3, 1));
      await expect(replayTraceNatively(trace)).rejects.toMatchObject({ code: 'TRACE_INVALID' });
    });

    it('finds received bytes that complete a packet at another place', async () => {
      const { lines } = eventful();
      const place = lines.findIndex((line) => /^receive .* 1$/.test(line));
      const line = lines[place] ?? '';
      const lacking = [line.replace(/1$/, '0')];
      const more = [line.replace(/ 1$/, '42 1')];
      const [, bytes = ''] = line.split(' ');
      const halves = [`receive ${bytes.slice(0, 8)} 1`, `receive ${bytes.slice(8)} 1`];
      for (const others of [lacking, more, halves]) {
        write(lines.toSpliced(place, 1, ...others));
        const message = expect.stringContaining(`line ${place + 1} of the trace has receive`) as unknown;
        await expect(replayTraceNatively(trace)).rejects.toMatchObject({ code: 'TRACE_DIFFERS', message });
      }
    });

    it.each([
      ['a terminal without a screen', () => eventful().lines],
      ['one with a screen', pressed],
    ])(
      'refuses the spoiled traces of %s that the emulator refuses, and replays the others alike',
      async (_of, make) => {
        const lines = make();
        const random = seededRandom(3);
        const below = (limit: number): number => Math.floor(random() * limit);
        const refusal = (error: unknown): string => {
          expect(error).toMatchObject({ code: expect.stringMatching(/^TRACE_(DIFFERS|INVALID)$/) as unknown });
          return 'refused';
        };
        let refused = 0;
        for (let i = 0; i < 150; i++) {
          const changed = spoiled(lines, below);
          write(changed);
          const native = await replayTraceNatively(trace).catch(refusal);
          let emulated;
          try {
            const { lines: count, complete, flash } = replayTrace(changed);
            emulated = { lines: count, complete, flash: Buffer.from(flash) };
          } catch (error) {
            emulated = refusal(error);
            refused++;
          }
          expect([i, native]).toEqual([i, emulated]);
        }
        expect(refused).toBeGreaterThan(75);
      },
    );

    it('replays a trace that was cut short, and refuses a file that is not a trace', async () => {
      const { lines } = eventful();
      write(lines.slice(0, -20));
      expect(await replayTraceNatively(trace)).toMatchObject({ complete: false });
      write(lines.map((line, i) => (i === 1 ? line.replace(/^terminal \d+/, 'terminal 99') : line)));
      await expect(replayTraceNatively(trace)).rejects.toMatchObject({
        code: 'TRACE_INVALID',
        message: expect.stringContaining('HAL') as unknown,
      });
      write(['no trace']);
      await expect(replayTraceNatively(trace)).rejects.toMatchObject({ code: 'TRACE_INVALID' });
    });
  },
  'replay',
);
