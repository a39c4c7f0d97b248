import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn as spawnOnScreen } from '@lydell/node-pty';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from '../../host/cli/program.js';
import { completionScript, type Shell, SHELLS } from '../../host/cli/completion.js';

let dir: string;
let program: Command;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octobind-'));
  program = await createProgram(['completion'], () => undefined as never);
  for (const shell of SHELLS) await writeFile(join(dir, shell), completionScript(program, shell));
  await writeFile(join(dir, 'plan.yaml'), '');
});
afterAll(() => rm(dir, { recursive: true }));

const has = (shell: Shell): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

/** What bash completes each line to. The last word of a line is the one that is completed. */
function byBash(lines: readonly string[]): string[][] {
  const asked = lines.map(
    (line) =>
      `COMP_WORDS=(${line
        .split(' ')
        .map((word) => `'${word}'`)
        .join(' ')}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _octobind; echo "\${COMPREPLY[*]}"`,
  );
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', ['. ./bash', ...asked].join('\n')], {
    cwd: dir,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ').filter(Boolean));
}

describe('bash', () => {
  it.each([
    ['octobind ke', ['keys']],
    ['octobind keys ', ['generate', 'load', 'status', 'passwords']],
    ['octobind --dir x keys lo', ['load']],
    ['octobind keys load --ov', ['--over']],
    ['octobind list -', ['-s', '--port', '--all', '--json-lines']],
    ['octobind card check --po', []],
    ['octobind bind --role ', ['payment', 'settlement']],
    ['octobind bind --role s', ['settlement']],
    ['octobind board run em', ['emcraft-sf2']],
    ['octobind completion ', ['bash', 'zsh']],
    ['octobind clock s', ['show', 'set']],
    // The shell completes a file's name.
    ['octobind apply ', []],
    ['octobind verify --against ', []],
    ['octobind --dir ', []],
  ])('completes %j', (line, words) => {
    const [completed = []] = byBash([line]);
    if (words.length > 0) expect(completed).toEqual(expect.arrayContaining(words));
    else expect(completed).toEqual([]);
  });

  it('knows every command and every option of the program', () => {
    const lines: string[] = [];
    const wanted: string[][] = [];
    const visit = (command: Command, line: string): void => {
      lines.push(`${line} -`);
      wanted.push(command.options.flatMap(({ short, long }) => [short, long].filter((flag) => flag !== undefined)));
      for (const inner of command.commands) {
        lines.push(`${line} ${inner.name()}`);
        wanted.push([inner.name()]);
        visit(inner, `${line} ${inner.name()}`);
      }
    };
    visit(program, 'octobind');
    expect(lines.length).toBeGreaterThan(50);
    for (const [index, completed] of byBash(lines).entries()) {
      expect(completed, lines[index]).toEqual(expect.arrayContaining(wanted[index] ?? []));
    }
  });
});

describe.each(SHELLS)('on a screen, %s', (shell) => {
  const rc = { bash: ['--norc'], zsh: ['-f'] }[shell];
  const load = { bash: '. ./bash', zsh: 'autoload -U compinit; compinit -u -D; . ./zsh' }[shell];

  // Debian's package `zsh` has it.
  it.skipIf(!has(shell))(`completes a command, an option and a file (skipped without ${shell})`, async () => {
    const env = { PATH: process.env.PATH ?? '', TERM: 'dumb', PS1: '', PROMPT: '' };
    const screen = spawnOnScreen(shell, [...rc, '-i'], { cwd: dir, env, cols: 200 });
    let shown = '';
    const until = async (text: string): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (shown.includes(text)) resolve();
        };
        screen.onData((data) => {
          shown += data;
          look();
        });
        look();
      });
    // The echo of this line has no "ready 2".
    screen.write(`${load}; octobind() { echo "<$*>"; }; echo ready $((1 + 1))\r`);
    await until('ready 2');
    for (const [typed, completed] of [
      ['octobind keys sta\t\r', '<keys status>'],
      ['octobind list --retry\t\r', '<list --retry-failed>'],
      ['octobind apply pl\t\r', '<apply plan.yaml>'],
    ] as const) {
      screen.write(typed);
      await until(completed);
    }
    screen.kill();
  });
});
