import type { Command } from 'commander';
import { counted } from '../../counted.js';
import { OctobindError } from '../../error.js';
import type { Context } from '../context.js';
import { whole } from '../options.js';
import { chosenTerminal } from '../reach.js';

export function add(command: Command, context: Context): void {
  command
    .option('--count <n>', 'how many times', whole(1, 1_000_000), 1)
    .action((options: { readonly count: number }) => ping(options.count, context));
}

async function ping(count: number, context: Context): Promise<void> {
  const { terminal, port } = await chosenTerminal(context);
  // The first request opens the port too, which is not the time of a reply.
  const serial = await terminal.serial();
  const { counters } = terminal.smp;
  const lostBefore = counters.lost;
  const times: number[] = [];
  for (let number = 1; number <= count; number++) {
    const sent = `ping ${number}`;
    const began = performance.now();
    const echoed = await terminal.echo(sent);
    const ms = performance.now() - began;
    if (echoed !== sent) {
      throw new OctobindError('PROTOCOL', 'The terminal echoed another text than it was sent. Check the line.');
    }
    times.push(Number(ms.toFixed(3)));
    if (count > 1) context.output.say(`reply ${number}: ${ms.toFixed(1)} ms`);
  }
  const lost = counters.lost - lostBefore;
  context.output.result({ port, serial, ms: times, lost }, () => {
    const [least, most] = [Math.min(...times), Math.max(...times)].map((ms) => ms.toFixed(1));
    const range = least === most ? least : `${least} to ${most}`;
    const repeats = lost === 0 ? '' : `; ${counted(lost, 'try', 'tries')} got no reply in time`;
    return `${serial} at ${port}: ${counted(count, 'reply', 'replies')} in ${range} ms${repeats}`;
  });
}
