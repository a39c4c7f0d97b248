import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { containing, finish, matching, run, start } from './cli-support.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octobind-'));
});
afterAll(() => rm(dir, { recursive: true }));

const here = (): string[] => ['--dir', dir];

interface ErrorOutput {
  error: { code: string; message: string; refusal?: string };
}

describe('the command line', () => {
  it.each([
    ['argument', ['bind', '4242424242424242']],
    ['command', ['4242424242424241']],
    ['value of an unknown option', ['list', '--pan=4242-4242-4242-4242']],
    ['option with a letter behind it', ['list', '--4242424242424242x']],
    ['slot with a letter behind it', ['bind', '--slot', '4242424242424242x']],
  ])('with a card number as %s is a usage error that does not repeat it', async (_, args) => {
    const { code, stdout, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stderr).toContain('(USAGE)');
    expect(stdout + stderr).not.toMatch(/4242/);
  });

  it('with --json gives a usage error as JSON', async () => {
    const { code, stdout, stderr } = await run(['--json', 'bind', '4242424242424242']);
    expect(code).toBe(2);
    expect(stderr).toBe('');
    expect((JSON.parse(stdout) as ErrorOutput).error).toEqual({ code: 'USAGE', message: matching(/\(USAGE\)$/) });
    expect(stdout).not.toMatch(/4242/);
  });

  it.each([
    ['no command', []],
    ['an unknown command', ['bid']],
    ['an unknown option', ['list', '--jsno']],
    ['a slot that does not exist', ['unbind', '9']],
    ['a missing argument', ['unbind']],
    ['an unknown role', ['bind', '--role', 'king']],
    ['formatting without --yes', ['format']],
    ['nothing to verify against', ['verify']],
    ['two ways to reach a terminal', ['sim', '--pty', '--tcp', '4000']],
    ['--port for a command that has none', ['ports', '--port', '/dev/null']],
    ['an address of an unknown kind', ['list', '--port', 'http://localhost']],
    ['a label without a card file', ['bind', '--card', 'visa']],
    ['TCP ports above the last one', ['sim', '--terminals', '3', '--tcp', '65534']],
    ['--in-clear beside --over', ['keys', 'load', '--over', 'x', '--in-clear', 'OB-1']],
    ['--again beside --over', ['keys', 'load', '--over', 'x', '--again', 'OB-1']],
    ['--port beside a plan', ['verify', 'examples/shop.yaml', '--port', '/dev/null']],
  ])('with %s is a usage error', async (_, args) => {
    const { code, stdout, stderr } = await run([...here(), ...args]);
    expect(stderr).toContain('(USAGE)'.replace('USAGE', args.includes('http://localhost') ? 'LINK_ADDRESS' : 'USAGE'));
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it('prints help and version on standard output', async () => {
    expect(await run(['--help'])).toMatchObject({ code: 0, stderr: '', stdout: containing('Exit codes') });
    expect(await run(['bind', '--help'])).toMatchObject({ code: 0, stdout: containing('--port') });
    expect(await run(['--version'])).toMatchObject({ code: 0, stdout: matching(/^\d+\.\d+\.\d+\n$/) });
  });

  it('ends without an error message if the reader of its output goes away', async () => {
    const child = start(['--help']);
    child.stdout.destroy();
    const { stderr } = await finish(child);
    expect(stderr).toBe('');
  });
});

describe('without a terminal', () => {
  it.each([
    ['there is none', [], 'NO_TERMINAL'],
    ['the port does not exist', ['--port', '/dev/ttyNone0'], 'PORT_MISSING'],
    ['the port is a file', ['--port', '/etc/hostname'], 'NOT_A_TERMINAL'],
    ['nobody listens on the TCP port', ['--port', 'tcp://127.0.0.1:9'], ''],
  ])('list ends with exit code 3 if %s', async (_, args, expected) => {
    const { code, stdout, stderr } = await run([...here(), 'list', '--json', ...args]);
    expect(code).toBe(3);
    expect(stderr).toBe('');
    const { error } = JSON.parse(stdout) as ErrorOutput;
    expect(error.code).toContain(expected);
    expect(error.message).toMatch(new RegExp(`\\(${error.code}\\)$`));
  });

  it('ports lists nothing', async () => {
    expect(await run([...here(), 'ports', '--json'])).toMatchObject({ code: 0, stdout: '{"ports":[]}\n' });
  });

  it('apply refuses a wrong plan before it looks for terminals', async () => {
    const path = join(dir, 'plan.yaml');
    await writeFile(path, 'cards: none.yaml\nterminals: {}\n');
    expect((await run([...here(), 'apply', path])).code).toBe(2);
  });
});

describe('card check', () => {
  it('accepts a number, and shows it masked', async () => {
    const { code, stdout } = await run(['card', 'check', '--json'], '4242 4242 4242 4242\n');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual([
      { line: 1, pan: '424242******4242', scheme: 'Visa', digits: 16, accepted: true },
    ]);
  });

  it('names the bank in China that issues a number', async () => {
    const bank = { code: 'NBBANK', name: '宁波银行' };
    const { stdout } = await run(['card', 'check', '--json'], '6223164991230014');
    expect(JSON.parse(stdout)).toMatchObject([{ scheme: 'UnionPay', accepted: true, bank }]);
    const human = await run(['card', 'check'], '6223164991230014');
    expect(human.stdout).toContain('UnionPay, 宁波银行 (NBBANK), 16 digits: accepted');
  });

  it.each([
    ['0000000000000000', 'PanRepeated'],
    ['4242424242424241', 'PanCheckDigit'],
    ['42424242424242424242', 'PanLength'],
    ['42424242424', 'PanLength'],
    ['4242x42424242424', 'PanCharacter'],
    ['４２４２４２４２４２４２４２４２', 'PanCharacter'],
  ])('refuses %s, with the reason and without the number', async (pan, refusal) => {
    const { code, stdout } = await run(['card', 'check', '--json'], pan);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([{ accepted: false, refusal }]);
    expect(stdout).not.toContain(pan);
    const human = await run(['card', 'check'], pan);
    expect(human.code).toBe(1);
    expect(human.stdout + human.stderr).not.toContain(pan);
  });

  it('judges every line, and is refused if one number is', async () => {
    const { code, stdout } = await run(['card', 'check', '--json'], '4242424242424242\n\n4242424242424241\r\n');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([
      { line: 1, accepted: true },
      { line: 3, accepted: false, refusal: 'PanCheckDigit' },
    ]);
    const many = await run(['card', 'check'], '4242424242424242\n'.repeat(1000));
    expect(many.code).toBe(0);
    expect(many.stdout.trim().split('\n')).toHaveLength(1000);
  });

  it.each([
    ['no bytes', ''],
    ['empty lines', '\n\n'],
    ['a megabyte', '4242424242424242\n'.repeat(70_000)],
  ])('with %s on standard input is a usage error', async (_, input) => {
    const { code, stdout, stderr } = await run(['card', 'check'], input);
    expect(code).toBe(2);
    expect(stdout + stderr).not.toMatch(/\d{6}/);
  });
});

describe('a usage error', () => {
  it.each([
    [['list', '--bogus'], 'octobind list --help'],
    [['keys', 'load', '--bogus'], 'octobind keys load --help'],
    [['keys', 'bogus'], 'octobind keys --help'],
    [['bogus'], 'octobind --help'],
    [['replay'], 'octobind replay --help'],
  ])('of %j names the help of that command', async (args, help) => {
    const { code, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stderr).toContain(`Try \`${help}\``);
  });
});

it.each([
  [['apply', 'none.yaml'], 'PLAN_INVALID'],
  [['replace', 'none.yaml'], 'PLAN_INVALID'],
  [['replay', 'none.trace'], 'TRACE_INVALID'],
  [['sim', '--faults', 'none.yaml'], 'FAULTS_INVALID'],
  [['keys', 'passwords', '--file', 'none.yaml', '--port', '/dev/ttyS9'], 'PASSWORDS_INVALID'],
])('a file that is missing is a usage error: %j', async (args, codeOfError) => {
  const { code, stderr } = await run([...here(), ...args]);
  expect(stderr).toContain(`(${codeOfError})`);
  expect(code).toBe(2);
});
