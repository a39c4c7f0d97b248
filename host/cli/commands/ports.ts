import type { Command } from 'commander';
import type { Context } from '../context.js';
import { findPorts } from '../discovery.js';
import { table } from '../table.js';

export function add(command: Command, context: Context): void {
  command.action(async () => {
    const { dir } = context.options;
    const ports = await findPorts(dir);
    context.output.result({ ports }, () =>
      ports.length === 0
        ? `No terminal is emulated under ${dir}, and there is no serial port on USB.`
        : table(
            ['port', 'kind', 'name', 'serial number'],
            ports.map(({ port, kind, name = '', serial = '' }) => [port, kind, name, serial]),
          ),
    );
  });
}
