import { Option, type Command } from 'commander';
import { readFaults } from '../../emulator/faults.js';
import { startTerminals } from '../../emulator/fleet.js';
import { OctobindError } from '../../error.js';
import type { Context } from '../context.js';
import { self } from '../names.js';
import { whole } from '../options.js';

const LAST_PORT = 65_535;

interface Options {
  readonly terminals: number;
  readonly tcp?: number;
  readonly faults?: string;
}

export function addSim(program: Command, context: Context): void {
  program
    .command('sim')
    .description('emulate terminals until Ctrl-C; their flash images are kept in --dir')
    .option('--terminals <n>', 'how many', whole(1, 1000), 1)
    .option('--pty', 'reach them through pseudo-terminals (this is so when nothing is said)')
    .addOption(
      new Option(
        '--tcp <port>',
        'reach them through TCP on this machine: the first on this port, the next on the one after it',
      )
        .argParser(whole(1, LAST_PORT))
        .conflicts('pty'),
    )
    .option('--faults <file>', 'table of line faults, YAML')
    .action(async ({ terminals: count, tcp, faults }: Options) => {
      const { dir, baud } = context.options;
      if (tcp !== undefined && tcp + count - 1 > LAST_PORT) {
        throw new OctobindError('USAGE', `TCP ports end at ${LAST_PORT}. Begin lower, or start fewer terminals.`);
      }
      const fleet = await startTerminals({
        count,
        dir,
        signal: context.signal,
        ...(tcp !== undefined && { tcp }),
        ...(baud !== undefined && { baud }),
        ...(faults !== undefined && { faults: await readFaults(faults) }),
      });
      context.defer(() => fleet.close());
      const terminals = fleet.terminals.map(({ name, serial, port }) => ({ name, serial, port }));
      context.output.result({ terminals }, () =>
        [...terminals.map(terminalText), 'Ctrl-C ends them; what they hold stays in their flash images.'].join('\n'),
      );
      await context.interrupted();
    });
}

/** A terminal that runs, with two commands to try on it in another shell. */
export function terminalText({ name, serial, port }: { name: string; serial: string; port: string }): string {
  return `${name}  ${serial}  ${port}\n    ${self()} list --port ${port}\n    ${self()} bind --port ${port}`;
}
