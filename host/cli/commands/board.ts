import { join, resolve } from 'node:path';
import { Argument, type Command } from 'commander';
import { Event, LifeCycle } from '../../../assembly/protocol.js';
import { placeText } from '../../emulator/place.js';
import { builtFor, QemuBoard } from '../../sim/board/qemu-board.js';
import { placesInElf } from '../../sim/elf-places.js';
import { BOARDS, type BoardName } from '../../sim/board/machines.js';
import { linkFile } from '../../link/node/run-file.js';
import { holdName } from '../../sim/running.js';
import { whole } from '../options.js';
import type { Context } from '../context.js';
import { eventText } from '../event-view.js';
import { loadNew } from '../load-new.js';
import { terminalText, virginText } from './sim.js';
import { connect } from '../reach.js';

interface Options {
  readonly flash?: string;
  readonly elf?: string;
  readonly serial?: string;
  readonly gdb?: number;
  readonly panel?: true;
  readonly bench?: true;
  readonly virgin?: true;
}

interface RunningBoard {
  readonly name: string;
  readonly serial: string;
  readonly port: string;
  /** Path of the panel's PTY. */
  readonly panel?: string | undefined;
}

export function add(command: Command, context: Context): void {
  command
    .command('run')
    .description('run a board until Ctrl-C; its flash image is kept in --dir')
    .addArgument(new Argument('<board>').choices(BOARDS))
    .option('--flash <file>', 'its flash image, which holds cards and keys (default: one in --dir)')
    .option('--elf <file>', "the board's build (default: the one of this checkout)")
    .option('--serial <text>', 'its serial number')
    .option('--gdb <port>', 'let a debugger attach at this TCP port: target remote :PORT', whole(1, 65_535))
    .option('--panel', 'show its screen and keypad at a second path, for screen or picocom')
    .option('--bench', 'set its strap for development: keys may be pressed over the line')
    .option('--virgin', 'leave a new terminal without a key, to load it yourself')
    .action((board: BoardName, options: Options) => run(board, options, context));
}

async function run(name: BoardName, options: Options, context: Context): Promise<void> {
  const { dir } = context.options;
  const { flash = join(dir, `${name}.flash`), serial = `OB-${name.toUpperCase()}` } = options;
  const port = resolve(linkFile(dir, name));
  const panel = options.panel && resolve(dir, `${name}.panel`);
  const { gdb, elf, bench } = options;
  const board = new QemuBoard({ board: name, flash, serial, link: port, panel, bench, gdb, elf });
  board.onEvent = (code, value) => {
    const place = code === Event.Trap ? trapPlace(options.elf ?? builtFor(name), value) : '';
    context.output.event(`${name}  ${eventText(code, value)}${place}`);
  };
  const held = await holdName(dir, name);
  context.defer(() => held.release());
  context.defer(() => board.powerOff());
  await board.powerOn();
  held.announce(serial, port);
  await Promise.race([board.failed(), serve({ name, serial, port, panel }, options, context)]);
}

async function serve(terminal: RunningBoard, options: Options, context: Context): Promise<void> {
  if (!options.virgin) await loadNew([terminal], (own) => isNew(own, context), context);
  const text = options.virgin ? virginText : terminalText;
  context.output.result({ terminals: [terminal] }, () =>
    [
      text(terminal, context.keysDir),
      ...(terminal.panel === undefined ? [] : [panelText(terminal.panel)]),
      'Ctrl-C stops it. Its cards and keys stay in its flash image.',
    ].join('\n'),
  );
  await context.interrupted();
}

const panelText = (path: string): string =>
  `Screen and keypad: screen ${path}, or picocom ${path}. Ctrl-L draws the screen again.`;

/** The function that an address of a build is in; nothing if this machine cannot tell. */
function trapPlace(elf: string, at: number): string {
  try {
    const text = placesInElf(elf, at)
      .flatMap((place) => placeText(place) ?? [])
      .at(-1);
    return text === undefined ? '' : `, in ${text}`;
  } catch {
    return '';
  }
}

/** A terminal that has a key, or was tampered with, is not new, so it is left as it is. */
async function isNew({ port }: { port: string }, context: Context): Promise<boolean> {
  const terminal = connect(context, port);
  const { lifeCycle } = await terminal.status();
  await terminal.close();
  return lifeCycle === LifeCycle.Virgin;
}
