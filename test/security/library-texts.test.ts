import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { run, type Run } from '../unit/cli-support.js';

const MAIN = join(import.meta.dirname, '../../build/host/cli/main.js');
const NUMBER = '4539578763621486';
const PASSWORD = 'hunter22';

const dir = mkdtempSync(join(tmpdir(), 'octobind-texts-'));
afterAll(() => rmSync(dir, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

/** Runs a command in which a library does something as soon as the program is up. */
async function runWith(act: string): Promise<Run> {
  const preload = `const wait = setInterval(() => {
    if (process.listenerCount('uncaughtException') === 0) return;
    clearInterval(wait);
    ${act};
  }, 10)`;
  const options = ['--import', `data:text/javascript,${encodeURIComponent(preload)}`];
  // Its standard input stays open, so it waits for a number.
  const child = spawn(process.execPath, [...options, MAIN, 'card', 'check']);
  const ended = once(child, 'close') as Promise<[number | null]>;
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
  }
  const [code] = await ended;
  return { code, ...output };
}

describe('what a library says', () => {
  it.each([
    ['a number in a key that is a map', `cards: {visa: {pan: {{ ${NUMBER} }}}}`],
    ['a number as a key', `cards: {${NUMBER}: {pan: "1"}}`],
    ['a number as a key of a card', `cards: {visa: {${NUMBER}: 1}}`],
    ['a number as an alias', `cards: {visa: *${NUMBER} }`],
    ['a number as a tag', `cards: {visa: !${NUMBER} x}`],
    ['a number as a directive', `%${NUMBER}\n---\ncards: {}`],
    ['a number as a number', `cards: {visa: {pan: ${NUMBER}, name: A B}}`],
  ])('of a card file is not printed: %s', async (_, text) => {
    const { code, stdout, stderr } = await run([
      ...['--dir', dir, 'bind', '--card', 'visa', '--cards', file('cards.yaml', text)],
    ]);
    expect(code).toBe(2);
    expect(stdout + stderr).not.toContain(NUMBER);
    expect(stderr).not.toContain('Warning');
  });

  it.each([
    ['a key that is a map', `operator: {{ ${PASSWORD} }}`],
    ['a directive', `%${PASSWORD}\n---\noperator: 1`],
    ['no key', PASSWORD],
  ])('of a file of passwords is not printed: %s', async (_, text) => {
    const { code, stdout, stderr } = await run([
      ...['--dir', dir, 'keys', 'passwords', '--port', 'tcp://127.0.0.1:1', '--file', file('passwords.yaml', text)],
    ]);
    expect(code).toBe(2);
    expect(stdout + stderr).not.toContain(PASSWORD);
  });

  it('in a warning of the process is not printed', async () => {
    const { stdout, stderr } = await runWith(
      `process.emitWarning('${PASSWORD}', { code: 'OLD', detail: '${PASSWORD}' });
       setImmediate(() => process.kill(process.pid, 'SIGINT'))`,
    );
    expect(stdout + stderr).not.toContain(PASSWORD);
  });

  it.each([
    ['an error that nobody catches', `throw new Error('oops ${NUMBER}')`],
    ['a rejection that nobody handles', `Promise.reject(new Error('oops ${NUMBER}'))`],
  ])('in %s is filtered, and there is no stack', async (_, act) => {
    const { code, stdout, stderr } = await runWith(act);
    expect(code).toBe(1);
    expect(stderr).toContain('oops (number withheld)');
    expect(stdout + stderr).not.toContain(NUMBER);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});
