import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmulatedTerminal, KeyStore, Nor, replayTrace, seededRandom } from '../../host/emulator/index.js';
import { readFirmware } from '../../host/firmware/file.js';
import { readTrace, TraceFile } from '../../host/sim/index.js';
import { linkFromAddress, Terminal } from '../../host/index.js';
import { keysOf } from '../support/keyed.js';
import { bind, eventful, flashOf, OTHER, recorded, RUNTIME_LINES, SERIAL } from '../support/recorded.js';
import { spoiled } from '../support/spoiled.js';
import { containing, run, startTerminals } from './cli-support.js';

const kindsOf = (lines: string[]): Set<string> => new Set(lines.map((line) => line.replace(/ .*/, '')));

describe('a trace', () => {
  it('is replayed to the byte: cards, clock, resets, power cuts, failing flash, tampering', () => {
    const { lines, flash } = eventful();
    const kinds =
      'answer boot build cut erase event flash key octobind-trace off poll program random receive reset send set-time tamper terminal text time wait';
    expect([...kindsOf(lines)]).toEqual(expect.arrayContaining(kinds.split(' ')));
    const replayed = replayTrace(lines);
    expect(replayed).toMatchObject({ lines: lines.length, complete: true, boots: 5 });
    expect(replayed.bytesSent).toBeGreaterThan(500);
    expect(Buffer.compare(replayed.flash, flash)).toBe(0);
  });

  it('has what the runtime said of itself, so that another firmware says the same', () => {
    const { lines } = eventful();
    expect(lines.slice(2, 7)).toEqual([
      expect.stringMatching(/^text 0 emulator \d+\.\d+\.\d+$/),
      'text 1 wasm32',
      'text 2 wasm32',
      'text 3 emulator',
      expect.stringMatching(/^build [0-9a-f]{64}$/),
    ]);
    expect(replayTrace(lines, readFirmware('build/checked/terminal.wasm'))).toMatchObject({ complete: true });
  });

  it('is refused at the reply that has it if the runtime said something else', () => {
    const { lines } = eventful();
    for (const [place, other] of RUNTIME_LINES) {
      const differs = expect.objectContaining({ code: 'TRACE_DIFFERS', message: containing('has `send`') }) as Error;
      expect(() => replayTrace(lines.with(place, other))).toThrow(differs);
    }
    expect(() => replayTrace(lines.toSpliced(3, 1))).toThrow(expect.objectContaining({ code: 'TRACE_INVALID' }));
  });

  it('begins with the flash, keys, registers and passwords that the terminal had', () => {
    const keys = keysOf(SERIAL);
    keys.setPasswords(Buffer.from('482951'), Buffer.from('70418263'));
    const nor = new Nor();
    const past = new EmulatedTerminal({ serial: SERIAL, nor, keys });
    past.powerOn();
    bind(past);
    past.powerOff();
    const { terminal, lines } = recorded(keys, nor);
    bind(terminal, OTHER);
    terminal.powerOff();
    for (const kind of ['flash', 'key', 'register', 'password']) expect(kindsOf(lines)).toContain(kind);
    expect(replayTrace(lines)).toMatchObject({ complete: true, flash: Uint8Array.from(flashOf(terminal)) });
  });

  it('has the value of a weak cell each time that it reads differently', () => {
    let reads = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const { terminal, lines } = recorded();
      bind(terminal);
      terminal.nor.strike({ after: 0, tear: { kind: 'weak', cell: seed, others: 'all' }, outcome: 'cut' });
      expect(() => bind(terminal, OTHER)).toThrow();
      terminal.nor.seedNoise(seed);
      terminal.powerOn();
      bind(terminal, OTHER);
      terminal.powerOff();
      reads += lines.filter((line) => line.startsWith('read ')).length;
      expect(replayTrace(lines)).toMatchObject({ lines: lines.length, complete: true });
    }
    expect(reads).toBeGreaterThan(0);
  });

  it('does not have random bytes that were not for the firmware', () => {
    const { terminal, lines } = recorded();
    terminal.keys.random(3);
    bind(terminal);
    terminal.powerOff();
    expect(replayTrace(lines)).toMatchObject({ lines: lines.length, complete: true });
  });

  it('is refused at the line that differs from the firmware, and the error quotes none of it', () => {
    const { lines } = eventful();
    const outputs = ['send', 'program', 'erase', 'wait', 'set-time', 'reset', 'off'];
    const places = lines.flatMap((line, index) => (outputs.includes(line.replace(/ .*/, '')) ? [index] : []));
    expect(places.length).toBeGreaterThan(50);
    // Without its last line, it would be the trace of a killed process.
    for (const place of places.slice(0, -1)) {
      const line = lines[place] ?? '';
      for (const other of [line.replace(/.$/, (last) => (last === '7' ? '8' : '7')), undefined]) {
        const changed = lines.toSpliced(place, 1, ...(other === undefined ? [] : [other]));
        let message = '';
        try {
          replayTrace(changed);
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^TRACE_(DIFFERS|INVALID)$/) as unknown });
          message = (error as Error).message;
        }
        // A missing line may be noticed only at one of the next lines.
        const named = Number(/ine (\d+) of the trace/.exec(message)?.[1]) - 1;
        expect([place, named >= place, named <= place + 3]).toEqual([place, true, true]);
        for (const word of changed.join(' ').split(' ')) if (word.length > 10) expect(message).not.toContain(word);
      }
    }
  });

  it('is refused if it switches off a terminal that is off', () => {
    const { lines } = eventful();
    const place = lines.findIndex((line) => line.startsWith('off'));
    const twice = lines.toSpliced(place, 0, lines[place] ?? '');
    expect(() => replayTrace(twice)).toThrow(expect.objectContaining({ code: 'TRACE_INVALID' }));
  });

  it('is refused or replayed to its end if it was changed anywhere', () => {
    const { lines } = eventful();
    const random = seededRandom(7);
    const below = (limit: number): number => Math.floor(random() * limit);
    let refused = 0;
    for (let i = 0; i < 400; i++) {
      const changed = spoiled(lines, below);
      try {
        const { lines: count, complete } = replayTrace(changed);
        // A trace that ends with `flash` lines behind its last `off` is not complete.
        expect([i, complete || count === changed.length, complete]).toEqual([
          i,
          true,
          count === changed.length && changed.at(-1)?.startsWith('off'),
        ]);
      } catch (error) {
        refused++;
        expect(error).toMatchObject({ code: expect.stringMatching(/^TRACE_(DIFFERS|INVALID)$/) as unknown });
      }
    }
    expect(refused).toBeGreaterThan(200);
  });

  it.each([
    'no kind of line',
    '0123456789abcdef0123456789abcdef',
    `key3 ${'33'.repeat(32)}`,
    `key 3 ${'33'.repeat(31)}`,
    `key 8 ${'33'.repeat(32)}`,
    `register 0 ${'33'.repeat(33)}`,
    `password 1 ${'33'.repeat(16)} 0 ${'33'.repeat(32)}`,
    `password 1 ${'33'.repeat(16)} 1000001 ${'33'.repeat(32)}`,
    'receive 1 0',
    'receive 4242 2',
    'receive 42424242424242424242',
    'program 4242424242424242 00',
    'program4242424242424242 00',
    'poll -1',
    'tamper 1',
    '',
  ])('is refused before it is replayed if it has the line %j, and the error quotes none of it', (line) => {
    const { lines } = eventful();
    const last = lines.length - 1;
    const message = `Line ${last + 1} of the trace is malformed, or cannot come at this place. (TRACE_INVALID)`;
    expect(() => replayTrace(lines.with(last, line))).toThrow(
      expect.objectContaining({ code: 'TRACE_INVALID', message }) as Error,
    );
  });

  it('is refused if the terminal works before a boot, or after a power cut or a reset', () => {
    const { lines } = eventful();
    const [first, cut, reset] = ['boot', 'cut', 'reset'].map((kind) =>
      lines.findIndex((line) => line.startsWith(kind)),
    );
    for (const place of [first ?? 0, (cut ?? 0) + 1, (reset ?? 0) + 2]) {
      for (const more of [['poll 5', 'wait -1'], ['receive 42 0'], ['tamper'], ['boot 0 0']]) {
        const error = { code: expect.stringMatching(/^TRACE_(DIFFERS|INVALID)$/) as unknown };
        expect(() => replayTrace(lines.toSpliced(place, 0, ...more)), `${place} ${more[0]}`).toThrow(
          expect.objectContaining(error) as Error,
        );
      }
    }
  });

  it('is complete only if it ends with the terminal off', () => {
    const { lines } = eventful();
    const boot = lines.findIndex((line) => line.startsWith('boot'));
    expect(replayTrace(lines.slice(0, boot))).toMatchObject({ boots: 0, complete: false });
    const invalid = expect.objectContaining({ code: 'TRACE_INVALID' }) as Error;
    expect(() => replayTrace([...lines.slice(0, boot), 'poll 5'])).toThrow(invalid);
    expect(replayTrace([...lines, `flash 0 ${'00'.repeat(64)}`])).toMatchObject({ complete: false });
  });

  it('of a killed process is replayed as far as it goes', () => {
    const { lines } = eventful();
    for (let count = 1; count < lines.length; count++) {
      if (lines[count - 1]?.startsWith('terminal')) continue;
      const replayed = count > 1 ? replayTrace(lines.slice(0, count)) : undefined;
      if (replayed) expect([count, replayed.lines <= count]).toEqual([count, true]);
    }
    expect(replayTrace(lines.slice(0, -1)).complete).toBe(false);
  });
});

describe('a trace file', () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'octobind-trace-'))));
  afterEach(() => rmSync(dir, { recursive: true }));

  it('has mode 0600, is never written over, and is removed if nothing was recorded', () => {
    const path = join(dir, 'a.trace');
    const file = new TraceFile(path);
    file.observe('octobind-trace 4');
    expect(() => new TraceFile(path)).toThrow(expect.objectContaining({ code: 'TRACE_EXISTS' }) as Error);
    file.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readTrace(path)).toEqual(['octobind-trace 4']);
    const unused = new TraceFile(join(dir, 'b.trace'));
    unused.close();
    expect(() => readTrace(join(dir, 'b.trace'))).toThrow(expect.objectContaining({ code: 'TRACE_INVALID' }) as Error);
    expect(() => new TraceFile(join(dir, 'none', 'c.trace'))).toThrow(
      expect.objectContaining({ code: 'USAGE' }) as Error,
    );
  });

  it('ends the recording if it cannot be written, and keeps the lines before that', async () => {
    const path = join(dir, 'a.trace');
    const { child, terminals } = await startTerminals('record', path, '--dir', dir);
    const ended = once(child, 'close');
    const output = text(child.stdout);
    // Files cannot grow beyond 80,000 bytes, as on a full disk. The flash image is smaller.
    expect(spawnSync('prlimit', ['--pid', String(child.pid), '--fsize=80000']).status).toBe(0);
    const terminal = new Terminal(linkFromAddress(terminals[0]?.port ?? ''), { timeoutMs: 500, tries: 1 });
    // The terminal replies until the recording ends, also to what is not written.
    const echoes = async (): Promise<never> => {
      for (;;) await terminal.echo('x'.repeat(1000));
    };
    await expect(echoes()).rejects.toMatchObject({ code: expect.stringMatching(/^LINK_/) as unknown });
    await terminal.close();
    expect(await ended).toEqual([1, null]);
    expect(JSON.parse(await output)).toMatchObject({ error: { code: 'TRACE_FAILED' } });
    expect(statSync(path).size).toBe(80_000);
    expect(replayTrace(readTrace(path)).complete).toBe(false);
  });

  it.each(['', 'no trace\n', 'octobind-trace 3\n', 'octobind-trace 4'])('is refused if the file has %j', (text) => {
    const path = join(dir, 'a.trace');
    writeFileSync(path, text);
    expect(() => readTrace(path)).toThrow(expect.objectContaining({ code: 'TRACE_INVALID' }) as Error);
  });

  it('is made by `record`, and replayed by `replay`', async () => {
    const [trace, image] = [join(dir, 'a.trace'), join(dir, 'image')];
    const terminals = await startTerminals('record', trace, '--dir', dir);
    const [terminal] = terminals.terminals;
    const bound = await run(['bind', '--dir', dir, '--port', terminal?.port ?? ''], `${OTHER}\nADA LOVELACE\n`);
    expect(bound.code).toBe(0);
    expect(await terminals.stop()).toBe(0);
    const { code, stdout } = await run(['replay', trace, '--flash', image, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ complete: true, lines: readTrace(trace).length });
    expect(readFileSync(image)).toEqual(readFileSync(join(dir, 'till-1.flash')));
    const spoiled = join(dir, 'b.trace');
    writeFileSync(spoiled, readFileSync(trace, 'latin1').replace(/^wait -?\d+$/m, 'wait -2'));
    const refused = await run(['replay', spoiled, '--json']);
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'TRACE_DIFFERS' } });
  });
});

it('a key store reports its random bytes to `onRandom`, and its durable keys', () => {
  const given: number[] = [];
  const keys = new KeyStore({ random: (count) => new Uint8Array(count).fill(7) });
  keys.onRandom = (bytes) => given.push(bytes.length);
  keys.generate(0);
  keys.random(3);
  expect(given).toEqual([32, 3]);
  expect(keys.durable().keys.get(0)).toEqual(new Uint8Array(32).fill(7));
});
