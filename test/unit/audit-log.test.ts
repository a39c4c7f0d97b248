import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Chain, sha256 } from '../../host/audit/chain.js';
import { AuditLog, readAuditLog } from '../../host/audit/log.js';
import { turn } from '../../host/testing/manual-clock.js';

const BUILT = join(import.meta.dirname, '../../build/host/audit/log.js');

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'octobind-audit-'));
  path = join(dir, 'state', 'audit.jsonl');
});
afterEach(() => rmSync(dir, { recursive: true }));

const add = (n: number | string): Promise<string> => new AuditLog(path).append({ event: 'test', n });
const lines = (): string[] => readFileSync(path, 'utf8').trimEnd().split('\n');
const events = ({ links }: Chain): unknown[] => links.map(({ entry: { event, n } }) => n ?? event);

async function three(): Promise<void> {
  for (const n of [1, 2, 3]) await add(n);
}

describe('the chain of an audit log', () => {
  it('has the SHA-256 of each line in the next one, and the hash that append returned', async () => {
    const first = await add(1);
    await add(2);
    const [one = '', two = ''] = lines();
    expect(first).toBe(sha256(Buffer.from(one)));
    expect(JSON.parse(one)).toEqual({ event: 'test', n: 1, previous: null });
    expect(JSON.parse(two)).toEqual({ event: 'test', n: 2, previous: first });
    expect(readAuditLog(path)).toEqual({
      links: [
        { line: 1, entry: { event: 'test', n: 1, previous: null }, hash: first },
        { line: 2, entry: { event: 'test', n: 2, previous: first }, hash: sha256(Buffer.from(two)) },
      ],
    });
  });

  it.each<[what: string, tamper: (lines: string[]) => string[], line: number]>([
    ['a changed line', ([a = '', b = '', c = '']) => [a, b.replace('"n":2', '"n":9'), c], 3],
    ['a removed line', ([a = '', , c = '']) => [a, c], 2],
    ['a first line that is missing', ([, b = '', c = '']) => [b, c], 1],
    ['lines in another order', ([a = '', b = '', c = '']) => [b, a, c], 1],
    ['a line twice', ([a = '', b = '', c = '']) => [a, b, b, c], 3],
    ['a line that is no entry', ([a = '', , c = '']) => [a, 'nonsense', c], 2],
    ['an empty line', ([a = '', b = '', c = '']) => [a, b, '', c], 3],
    ['a log behind another', (all) => [...all, ...all], 4],
    ['a seal that seals nothing else', ([a = '', b = '', c = '']) => [a, b, 'x', c.replace('test', 'torn')], 3],
  ])('is broken by %s, at that line', async (_, tamper, line) => {
    await three();
    expect(readAuditLog(path).broken).toBeUndefined();
    writeFileSync(path, `${tamper(lines()).join('\n')}\n`);
    expect(readAuditLog(path).broken?.line).toBe(line);
  });

  it('goes on behind a last line that was torn anywhere, and a seal names what was torn', async () => {
    await three();
    const whole = readFileSync(path);
    const last = whole.lastIndexOf(0x0a, whole.length - 2) + 1;
    for (let length = last + 1; length < whole.length - 1; length += 3) {
      writeFileSync(path, whole.subarray(0, length));
      expect(readAuditLog(path)).toMatchObject({ torn: 3 });
      await add(4);
      const chain = readAuditLog(path);
      expect(chain.broken).toBeUndefined();
      expect(chain.torn).toBeUndefined();
      expect(events(chain)).toEqual([1, 2, 'torn', 4]);
    }
    // Only the line feed is missing: the entry is whole.
    writeFileSync(path, whole.subarray(0, -1));
    await add(4);
    expect(readAuditLog(path).broken).toBeUndefined();
    expect(events(readAuditLog(path))).toEqual([1, 2, 3, 4]);
  });

  it('goes on if the seal was torn too, anywhere', async () => {
    await add(1);
    const torn = `${readFileSync(path, 'utf8')}{"event":"te`;
    writeFileSync(path, torn);
    await add(2);
    const whole = readFileSync(path);
    for (let length = torn.length; length < whole.length; length += 5) {
      writeFileSync(path, whole.subarray(0, length));
      await add(3);
      const chain = readAuditLog(path);
      expect([length, chain.broken, chain.torn]).toEqual([length, undefined, undefined]);
      expect(events(chain)).toContain('torn');
      expect(events(chain).at(-1)).toBe(3);
    }
  });

  it('is broken if sealed bytes are changed or removed, or the line before them', async () => {
    await add(1);
    appendFileSync(path, '{"event":"te');
    await add(2);
    const [a = '', torn = '', ...others] = lines();
    for (const changed of [
      [a, `${torn}s`, ...others],
      [a.replace('"n":1', '"n":7'), torn, ...others],
      [a, torn, 'more', ...others],
    ]) {
      writeFileSync(path, `${changed.join('\n')}\n`);
      expect(readAuditLog(path).broken?.line).toBeGreaterThan(0);
    }
  });

  it('finds the last entry behind a long one, and behind a long torn line', async () => {
    await new AuditLog(path).append({ event: 'test', n: 1, long: 'x'.repeat(100_000) });
    await add(2);
    appendFileSync(path, Buffer.alloc(50_000));
    await add(3);
    expect(readAuditLog(path).broken).toBeUndefined();
    expect(events(readAuditLog(path))).toEqual([1, 2, 'torn', 3]);
  });
});

describe('appending', () => {
  it('keeps all entries of one process in order, also through two objects', async () => {
    const [one, two] = [new AuditLog(path), new AuditLog(path)];
    await Promise.all(Array.from({ length: 100 }, (_, n) => (n % 2 === 0 ? one : two).append({ event: 'test', n })));
    const chain = readAuditLog(path);
    expect(chain.broken).toBeUndefined();
    const all = events(chain) as number[];
    for (const rest of [0, 1]) {
      const own = all.filter((n) => n % 2 === rest);
      expect(own).toEqual(own.toSorted((a, b) => a - b));
      expect(own).toHaveLength(50);
    }
  });

  it.runIf(process.platform === 'linux')('waits while another process has the lock of the file', async () => {
    const previous = await add(1);
    const line = JSON.stringify({ event: 'test', n: 'theirs', previous });
    const script = 'echo held; read -r line; echo "$line" >> "$0"';
    const other = spawn('flock', [path, 'sh', '-c', script, path], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(other.stdout, 'data');
    const ours = add('ours');
    // Without a lock, it would be written by then.
    for (let turns = 0; turns < 5; turns++) await turn();
    other.stdin.end(`${line}\n`);
    await ours;
    expect(events(readAuditLog(path))).toEqual([1, 'theirs', 'ours']);
    expect(readAuditLog(path).broken).toBeUndefined();
  });

  it('keeps one chain if two processes append at once', async () => {
    const COUNT = 20;
    const program = `
      import { AuditLog } from ${JSON.stringify(BUILT)};
      const [path, name] = process.argv.slice(1);
      process.stdout.write('ready');
      process.stdin.once('data', async () => {
        const log = new AuditLog(path);
        for (let i = 0; i < ${COUNT}; i++) await log.append({ event: 'test', n: name + i });
        process.exit(0);
      });`;
    const children = ['A', 'B'].map((name) =>
      spawn(process.execPath, ['--input-type=module', '-e', program, path, name], {
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
    const chain = readAuditLog(path);
    expect(chain.broken).toBeUndefined();
    const wanted = ['A', 'B'].flatMap((name) => Array.from({ length: COUNT }, (_, i) => `${name}${i}`));
    expect((events(chain) as string[]).sort()).toEqual(wanted.sort());
  });

  it.runIf(process.platform !== 'win32')('makes a file of mode 0600 whatever the umask', async () => {
    for (const umask of [0, 0o027, 0o277]) {
      rmSync(join(dir, 'state'), { recursive: true, force: true });
      const before = process.umask(umask);
      try {
        await add(1);
        await add(2);
      } finally {
        process.umask(before);
      }
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(statSync(join(dir, 'state')).mode & 0o777).toBe(0o700);
    }
  });

  it.runIf(process.platform !== 'win32')('refuses a file that others may access, and what is no file', async () => {
    await add(1);
    chmodSync(path, 0o640);
    await expect(add(2)).rejects.toThrow(`chmod 600 ${path}`);
    expect(lines()).toHaveLength(1);
    rmSync(path);
    mkdirSync(path);
    await expect(add(2)).rejects.toThrow(/\(AUDIT_LOG\)$/);
    path = join('/dev/full');
    await expect(add(2)).rejects.toThrow(/must be a regular file.*\(AUDIT_LOG\)$/);
    path = '/proc/audit.jsonl';
    await expect(add(2)).rejects.toThrow(/cannot be written.*\(AUDIT_LOG\)$/);
  });

  it('tries again after a failure', async () => {
    const log = new AuditLog(path);
    mkdirSync(path, { recursive: true });
    await expect(log.append({ event: 'test', n: 1 })).rejects.toThrow(/AUDIT_LOG/);
    rmSync(path, { recursive: true });
    await log.append({ event: 'test', n: 2 });
    truncateSync(path, statSync(path).size - 5);
    await log.append({ event: 'test', n: 3 });
    expect(events(readAuditLog(path))).toEqual(['torn', 3]);
  });
});
