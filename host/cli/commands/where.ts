import { InvalidArgumentError, type Command } from 'commander';
import type { Place } from '../../emulator/place.js';
import { placeText } from '../../emulator/place.js';
import { OctobindError } from '../../error.js';
import { builtFor } from '../../sim/board/qemu-board.js';
import { placesInElf } from '../../sim/elf-places.js';
import { firmwareFile } from '../../firmware/file.js';
import { placesIn } from '../../sim/places.js';
import type { Context } from '../context.js';

interface Options {
  readonly board?: string;
  readonly elf?: string;
  readonly firmware?: string;
}

export function add(command: Command, context: Context): void {
  command
    .argument('<address>', "an offset in the firmware's file, or an address of a board's build", address)
    .option('--board <name>', "the address is one of this board's build, such as emcraft-sf2 or emcraft-sf2-debug")
    .option('--elf <file>', "the address is one of a board's build that is elsewhere")
    .option('--firmware <file>', 'another build of the firmware, such as build/debug/terminal.wasm')
    .action((offset: number, options: Options) => show(offset, options, context));
}

function address(text: string): number {
  if (/^(0x[\da-f]+|\d+)$/i.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a number, such as 0x1f40.');
}

function show(offset: number, { board, elf, firmware }: Options, { output }: Context): void {
  const program = elf ?? (board === undefined ? undefined : builtFor(board));
  const file = program ?? firmware ?? firmwareFile();
  const places: readonly Place[] = program === undefined ? [placesIn(file)(offset)] : placesInElf(program, offset);
  const texts = places.flatMap((place) => placeText(place) ?? []);
  if (texts.length === 0) {
    throw new OctobindError('USAGE', `0x${offset.toString(16)} is in no function of ${file}.`);
  }
  output.result({ file, places }, () => texts.map((text, at) => (at === 0 ? text : `    in ${text}`)).join('\n'));
}
