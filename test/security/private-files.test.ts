import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuditLog, readAuditLog } from '../../host/audit/log.js';
import { DEFAULT_GEOMETRY } from '../../host/emulator/nor.js';
import { readCards } from '../../host/fleet/card-file.js';
import { KeyedRecord } from '../../host/fleet/keyed-record.js';
import { generateMasterKey, readMasterKey } from '../../host/fleet/master-key.js';
import { makeFolder } from '../../host/folder.js';
import { linkFromAddress } from '../../host/link/node/address.js';
import { FailureFile } from '../../host/sim/failure-file.js';
import { FlashImage } from '../../host/sim/flash-image.js';
import { KeyFile } from '../../host/sim/key-file.js';
import { holdName, runningTerminals, sweep } from '../../host/sim/running.js';
import { TraceFile } from '../../host/sim/trace-file.js';
import { run } from '../unit/cli-support.js';

let dir: string;
let umask: number;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'octobind-private-'));
  umask = process.umask(0);
});
afterEach(() => {
  process.umask(umask);
  rmSync(dir, { recursive: true });
});

const modeOf = (path: string): number => statSync(path).mode & 0o777;
const EMPTY = { keys: new Map(), registers: new Map(), passwords: new Map() };

const openLink = (): Promise<unknown> => {
  symlinkSync('/dev/null', join(dir, 'till.tty'));
  return linkFromAddress(join(dir, 'till.tty')).open();
};

/** What opens a file of this program, and where it is. */
const OPENERS: [what: string, name: string, open: (path: string) => unknown, code: RegExp][] = [
  ['a flash image', 'till.flash', (path) => new FlashImage(path, DEFAULT_GEOMETRY), /USAGE/],
  ['a key store that is read', 'till.keys', (path) => new KeyFile(path).read(), /KEY_MISSING/],
  ['a key store that is written', 'till.keys', (path) => new KeyFile(path).write(EMPTY), /KEY_MISSING/],
  ['a record of failures', 'till.failures', (path) => new FailureFile(path).read(), /USAGE/],
  ['the record of keyed terminals', 'keyed.jsonl', () => new KeyedRecord(dir), /KEY_RECORD/],
  ['a component', 'master-1.key', () => readMasterKey(dir), /KEY_MISSING/],
  ['a new component', 'master-1.key', () => generateMasterKey(dir), /KEY_EXISTS/],
  ['a card file', 'cards.yaml', (path) => readCards(path), /CARD_FILE_INVALID/],
  ['the file of a running terminal that is listed', 'till.run', () => runningTerminals(dir), /USAGE/],
  ['the file of a terminal that starts', 'till.run', () => holdName(dir, 'till'), /USAGE/],
  ['a file that a killed process may have left', 'till.run', () => sweep(dir), /USAGE/],
  ['the file beside the link to a PTY', 'till.run', () => openLink(), /USAGE/],
  ['the audit log', 'audit.jsonl', (path) => new AuditLog(path).append({ event: 'test' }), /AUDIT_LOG/],
  ['the audit log that is read', 'audit.jsonl', (path) => readAuditLog(path), /AUDIT_LOG/],
  ['a new trace', 'trace', (path) => new TraceFile(path), /TRACE_EXISTS/],
];

describe.skipIf(process.platform === 'win32')('in the place of a file of this program', () => {
  it.each(OPENERS)('a symbolic link is refused: %s', async (_, name, open, code) => {
    const target = join(dir, 'target');
    writeFileSync(target, 'not ours', { mode: 0o600 });
    symlinkSync(target, join(dir, name));
    writeFileSync(join(dir, 'master-2.key'), `${'0f'.repeat(32)}\n`, { mode: 0o600 });
    await expect(Promise.resolve().then(() => open(join(dir, name)))).rejects.toThrow(code);
    expect(readFileSync(target, 'utf8')).toBe('not ours');
  });

  it.each(OPENERS)('a FIFO is refused at once: %s', async (_, name, open, code) => {
    execFileSync('mkfifo', ['-m', '600', join(dir, name)]);
    writeFileSync(join(dir, 'master-2.key'), `${'0f'.repeat(32)}\n`, { mode: 0o600 });
    await expect(Promise.resolve().then(() => open(join(dir, name)))).rejects.toThrow(code);
  });

  it('a link to a missing file creates none', () => {
    symlinkSync(join(dir, 'target'), join(dir, 'till.flash'));
    expect(() => new FlashImage(join(dir, 'till.flash'), DEFAULT_GEOMETRY)).toThrow(/must be a regular file/);
    expect(() => statSync(join(dir, 'target'))).toThrow(/ENOENT/);
  });
});

describe.skipIf(process.platform === 'win32')('whatever the umask', () => {
  it('a new folder has mode 0700, and its parents too', () => {
    makeFolder(join(dir, 'a', 'b'));
    expect([modeOf(join(dir, 'a')), modeOf(join(dir, 'a', 'b'))]).toEqual([0o700, 0o700]);
    process.umask(0o477);
    makeFolder(join(dir, 'c'));
    expect(modeOf(join(dir, 'c'))).toBe(0o700);
  });

  it('a folder that exists keeps its mode, because it may hold other things', () => {
    mkdirSync(join(dir, 'a'), { mode: 0o755 });
    makeFolder(join(dir, 'a'));
    expect(modeOf(join(dir, 'a'))).toBe(0o755);
  });

  it('a command makes its folder and its files for the owner alone', async () => {
    const keys = join(dir, 'new', 'keys');
    expect((await run(['--dir', dir, 'keys', 'generate', '--keys', keys])).code).toBe(0);
    expect(modeOf(keys)).toBe(0o700);
    expect(modeOf(join(keys, 'master-1.key'))).toBe(0o600);
    new KeyFile(join(dir, 'till.keys')).write(EMPTY);
    new FlashImage(join(dir, 'till.flash'), DEFAULT_GEOMETRY).close();
    new TraceFile(join(dir, 'trace')).close();
    new KeyedRecord(keys).close();
    expect(modeOf(join(dir, 'till.keys'))).toBe(0o600);
    expect(modeOf(join(dir, 'till.flash'))).toBe(0o600);
    expect(modeOf(join(keys, 'keyed.jsonl'))).toBe(0o600);
  });
});
