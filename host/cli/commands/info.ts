import type { Command } from 'commander';
import type { Context } from '../context.js';
import { Exit } from '../exit.js';
import { resetName, stateName } from '../names.js';
import { table } from '../table.js';

export function addInfo(program: Command, context: Context): void {
  program
    .command('info')
    .description("show a terminal's serial number, version, buffers and counters")
    .option('--self-test', 'also make it test its cryptography with published vectors')
    .action(async ({ selfTest }: { selfTest?: true }) => {
      const { terminal, port } = await context.terminal();
      const serial = await terminal.serial();
      const info = await terminal.info('a');
      const params = await terminal.params();
      const stats: Record<string, Record<string, number>> = {};
      for (const group of await terminal.statGroups()) stats[group] = await terminal.stats(group);
      const failed = selfTest ? await terminal.selfTest() : undefined;
      if (failed) context.exit = Exit.Refused;
      context.output.result({ port, serial, info, params, stats, failed }, () => {
        const rows = [
          ['serial number', serial],
          ['firmware', info],
          ['buffers', `${params.bufCount} of ${params.bufSize} bytes`],
          ...Object.entries(stats).flatMap(([group, fields]) =>
            Object.entries(fields).map(([field, value]) => [`${group} ${field}`, shown(field, value)]),
          ),
        ];
        if (failed !== undefined) rows.push(['self-test', failed === 0 ? 'passed' : `failed at vector ${failed}`]);
        return table([port, ''], rows);
      });
    });
}

/** A value of a group of statistics, as text for people. */
function shown(field: string, value: number): string {
  if (field === 'state') return stateName(value);
  if (field === 'cause') return resetName(value);
  if (field === 'last_failure') return value === 0 ? 'none' : resetName(value);
  return field === 'failed_at' ? `0x${value.toString(16)}` : String(value);
}
