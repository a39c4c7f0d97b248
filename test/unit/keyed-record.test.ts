import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeyedRecord } from '../../host/fleet/keyed-record.js';

const BUILT = join(import.meta.dirname, '../../build/host/fleet/keyed-record.js');
const ISO = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

let dir: string;
let path: string;
const records: KeyedRecord[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octobind-'));
  path = join(dir, 'keyed.jsonl');
});
afterEach(async () => {
  for (const record of records.splice(0)) record.close();
  await rm(dir, { recursive: true });
});

function open(): KeyedRecord {
  const record = new KeyedRecord(dir);
  records.push(record);
  return record;
}

const serials = async (): Promise<string[]> =>
  (await readFile(path, 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { serial: string }).serial);

describe('the record of keyed terminals', () => {
  it('has the entries that were added, also after it is opened again, and no others', () => {
    open().add('OB-1', 'in clear');
    const record = open();
    expect(record.lastKeyed('OB-1')).toMatch(ISO);
    for (const other of ['OB-', 'OB-11', 'in clear', '', 'serial']) expect(record.lastKeyed(other)).toBeUndefined();
  });

  it('returns the time of the last entry of a terminal', async () => {
    const line = (at: string): string => JSON.stringify({ serial: 'OB-1', event: 'proven', at });
    const [first, last] = ['2026-01-02T03:04:05.678Z', '2026-02-03T04:05:06.789Z'];
    await writeFile(path, `\n${line(first)}\n${line(last)}`, { mode: 0o600 });
    expect(open().lastKeyed('OB-1')).toBe(last);
  });

  it.each(['A"B', String.raw`A\B`, 'A}B', ' ', '{"serial":"OB-2"}'])(
    'keeps any printable serial number: %s',
    (serial) => {
      const record = open();
      record.add(serial, 'proven');
      expect(record.lastKeyed(serial)).toMatch(ISO);
      expect(record.lastKeyed('OB-2')).toBeUndefined();
    },
  );

  it.runIf(process.platform !== 'win32')('has mode 0600, and is refused with any other', async () => {
    open().add('OB-1', 'proven');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    for (const mode of [0o640, 0o604, 0o602]) {
      await chmod(path, mode);
      expect(() => open()).toThrow(`chmod 600 ${path}`);
      expect(() => open()).toThrow(/\(KEY_RECORD\)$/);
    }
  });

  it('gives an error if it cannot be read', async () => {
    await mkdir(path);
    expect(() => open()).toThrow(/\(KEY_RECORD\)$/);
    dir = join(dir, 'nowhere');
    expect(() => open()).toThrow(/\(KEY_RECORD\)$/);
    dir = join(dir, '..');
  });

  it('gives an error for a terminal whose line is not a valid entry', async () => {
    await writeFile(path, '{"serial":"OB-1","at":"yesterday"}\n', { mode: 0o600 });
    expect(() => open().lastKeyed('OB-1')).toThrow(/\(KEY_RECORD\)$/);
  });

  it('loses no entry before or behind a line that was cut short', async () => {
    open().add('OB-1', 'in clear');
    const whole = await readFile(path);
    for (let length = 0; length < whole.length; length++) {
      await rm(path);
      const record = open();
      record.add('OB-0', 'proven');
      await appendFile(path, whole.subarray(0, length));
      expect(record.lastKeyed('OB-1')).toBeUndefined();
      record.add('OB-2', 'proven');
      expect(record.lastKeyed('OB-0')).toMatch(ISO);
      expect(record.lastKeyed('OB-2')).toMatch(ISO);
    }
  });

  it('loses no entry if two processes add at once, each with two openings', async () => {
    const COUNT = 300;
    const program = `
      import { KeyedRecord } from ${JSON.stringify(BUILT)};
      const [dir, name] = process.argv.slice(1);
      process.stdout.write('ready');
      process.stdin.once('data', () => {
        const records = [new KeyedRecord(dir), new KeyedRecord(dir)];
        for (let i = 0; i < ${COUNT}; i++) records[i % 2].add(name + i, 'proven');
        process.exit(0);
      });`;
    const children = ['A', 'B'].map((name) =>
      spawn(process.execPath, ['--input-type=module', '-e', program, dir, name], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    const ends = children.map((child) => once(child, 'close'));
    await Promise.all(children.map((child) => once(child.stdout, 'data')));
    for (const child of children) child.stdin.write('go');
    expect(await Promise.all(ends)).toEqual([
      [0, null],
      [0, null],
    ]);
    const wanted = ['A', 'B'].flatMap((name) => Array.from({ length: COUNT }, (_, i) => `${name}${i}`));
    expect((await serials()).sort()).toEqual(wanted.sort());
  });
});
