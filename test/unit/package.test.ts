import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * A user's program in TypeScript. It must type-check against the types in the package, and run.
 */
const PROGRAM = `
import { mkdtempSync, rmSync } from 'node:fs';
import { CardJudge, type ClientOptions, type Consent, FlashState, Group, type KeyLoadOptions, KeyedRecord, linkFromAddress, loadTerminals, OctobindError, Op, Refusal, Role, SmpClient, Terminal, terminalKey } from 'octobind';
import { EmulatedTerminal, emulatedLink, Nor } from 'octobind/emulator';
import { ansi, pixels, png, Screen } from 'octobind/screen';
import { FlashImage, KeyFile, listenTcp, openPty, QemuBoard, runningTerminals, startTerminals } from 'octobind/sim';
import { type FaultTable, ManualClock, startKeyedTerminal } from 'octobind/testing';

const nor: Nor = new Nor();
const emulated = new EmulatedTerminal({ serial: 'OB-PACK', nor });
emulated.powerOn();
const master = Buffer.alloc(32, 7);
const options: ClientOptions = { tries: 3 };
const terminal: Terminal = new Terminal(emulatedLink(emulated), { ...options, key: (serial) => terminalKey(master, serial) });
await terminal.loadKey(terminalKey(master, 'OB-PACK'), { inClear: 'OB-PACK' });
const { slot } = await terminal.bind({ pan: '4242424242424242', name: 'ZHANG SAN', role: Role.Settlement });
const { state } = await terminal.list();
let refusal: Refusal | undefined;
try {
  await terminal.bind({ pan: '4242424242424241', name: 'ZHANG SAN' });
} catch (error) {
  if (error instanceof OctobindError) refusal = error.refusal;
}
await terminal.close();
const masked: string = new CardJudge().mask('4242424242424242');

const dir = mkdtempSync('sim-');
const started = await startTerminals({ count: 1, dir, tcp: 47311 });
const [running] = await runningTerminals(dir);
const record = new KeyedRecord(dir);
const consent: Consent = { inClear: (serial) => serial === running?.serial, again: () => false };
const loading: KeyLoadOptions = { connect: (port, key) => new Terminal(linkFromAddress(port), { key }), master, consent, record };
const [loaded] = await loadTerminals([{ port: running?.port ?? '' }], loading);
record.close();
await started.close();
rmSync(dir, { recursive: true });
const files: unknown[] = [FlashImage, KeyFile, listenTcp, openPty, QemuBoard];

const faults: FaultTable = { seed: 1, faults: [{ kind: 'drop', direction: 'both', at: 3 }] };
const clock = new ManualClock();
const keyed = startKeyedTerminal({ clock, wire: { faults } });
const empty = await clock.finish(keyed.terminal.list());
await clock.finish(keyed.terminal.close());
const smp = new SmpClient(emulatedLink(emulated));
const { r } = await smp.request({ op: Op.Write, group: Group.Os, command: 0, body: { d: 'hi' } });
await smp.close();
const screen = new Screen(16, 4);
screen.writeRow(0, '设置', { reversed: true });
const picture: Uint8Array = png(pixels(screen.state));
const drawn = ansi(screen.state).includes('设置') && picture.length > 100;
console.log(JSON.stringify({ drawn, slot, ready: state === FlashState.Ready, refusal, masked, loaded: loaded?.changed, files: files.length, bound: empty.slots.filter(Boolean).length, lost: keyed.terminal.smp.counters.lost, r }));
`;

/** A page of a user: it must type-check without Node's types. */
const PAGE = `
import { type LinkFactory, Terminal, webSerialLink, type WebSerialPort } from 'octobind';
import { EmulatedTerminal, emulatedLink } from 'octobind/emulator';

export const onPort = (port: WebSerialPort): LinkFactory => webSerialLink(port, { baudRate: 9600 });
export function emulate(module: WebAssembly.Module): Terminal {
  const emulated = new EmulatedTerminal({ serial: 'OB-PAGE', module });
  emulated.powerOn();
  return new Terminal(emulatedLink(emulated));
}
`;
const PAGE_LOADER = `
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { emulate } from './page.js';

const file = createRequire(import.meta.url).resolve('octobind/terminal.wasm');
console.log(await emulate(new WebAssembly.Module(readFileSync(file))).serial());
`;

describe('the package that npm pack makes', () => {
  let folder: string;
  // Without the variables and paths that npm adds for this project: a dependency brings an old
  // npm.
  const env = Object.fromEntries(
    Object.entries(process.env)
      .filter(([name]) => !name.startsWith('npm_'))
      .map(([name, value]) => [
        name,
        name === 'PATH'
          ? value
              ?.split(':')
              .filter((at) => !at.endsWith('node_modules/.bin'))
              .join(':')
          : value,
      ]),
  );
  const run = (command: string, ...args: string[]): string =>
    execFileSync(command, args, { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'octobind-pack-'));
    execFileSync('npm', ['pack', '--pack-destination', folder], { cwd: ROOT, env, stdio: 'pipe' });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }));
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    run('npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', join(folder, `octobind-${version}.tgz`));
    writeFileSync(join(folder, 'program.ts'), PROGRAM);
  }, 180_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('type-checks a program that uses it, and runs it', () => {
    const options = ['--target', 'es2023', '--module', 'nodenext', '--strict', '--types', 'node'];
    const roots = ['--typeRoots', join(ROOT, 'node_modules/@types')];
    run(process.execPath, join(ROOT, 'node_modules/typescript/bin/tsc'), ...options, ...roots, 'program.ts');
    expect(JSON.parse(run(process.execPath, 'program.js'))).toEqual({
      drawn: true,
      slot: 1,
      ready: true,
      refusal: 258,
      masked: '424242******4242',
      loaded: true,
      files: 5,
      bound: 0,
      lost: 1,
      r: 'hi',
    });
  }, 60_000);

  it('type-checks a page that uses it, and runs that as a browser resolves it', () => {
    writeFileSync(join(folder, 'page.ts'), PAGE);
    writeFileSync(join(folder, 'load-page.js'), PAGE_LOADER);
    const options = ['--target', 'es2023', '--lib', 'es2023,dom', '--module', 'nodenext', '--strict'];
    const asPage = ['--customConditions', 'browser', '--typeRoots', '.', 'page.ts'];
    run(process.execPath, join(ROOT, 'node_modules/typescript/bin/tsc'), ...options, ...asPage);
    expect(run(process.execPath, '--conditions=browser', 'load-page.js')).toBe('OB-PAGE\n');
  }, 60_000);

  it('installs the command', () => {
    expect(run(join(folder, 'node_modules/.bin/octobind'), '--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
    const demo = run(join(folder, 'node_modules/.bin/octobind'), 'demo', '--once', '--json', '--dir', 'demo');
    expect(JSON.parse(demo.trim().split('\n').at(-1) ?? '')).toMatchObject({ terminals: 3, verified: true });
  }, 60_000);

  it('ships no test, no bench and no source', () => {
    const files = run(
      'tar',
      '-tzf',
      `octobind-${(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version}.tgz`,
    ).split('\n');
    expect(files).toContain('package/build/terminal.wasm');
    expect(files).toContain('package/LICENSE');
    // Of the data in the firmware's table of pinyin.
    expect(files).toContain('package/tools/pinyin/LICENSE-unicode.txt');
    expect(files).toContain('package/tools/pinyin/LICENSE-jieba.txt');
    expect(files).toContain('package/host/screen/UNIFONT.txt');
    expect(
      files.filter(
        (file) =>
          /test|bench\/|\.wat$|tsbuildinfo/.test(file) &&
          !file.startsWith('package/examples/') &&
          !/test-numbers|self-test|host\/testing\//.test(file),
      ),
    ).toEqual([]);
  });
});
