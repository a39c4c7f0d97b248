import { systemCrypto } from '#crypto';
import type { Command } from 'commander';
import { toHex } from '../../bytes.js';
import { replayTraceNatively } from '../../sim/native-replay.js';
import { readTrace } from '../../sim/trace-file.js';
import { counted } from '../../counted.js';
import { OctobindError, reasonOf } from '../../error.js';
import { createWhole } from '../../whole-file.js';
import { replayTrace } from '../../trace/replay.js';
import type { Context } from '../context.js';

interface Options {
  readonly native?: true;
  readonly flash?: string;
}

export function add(command: Command, context: Context): void {
  command
    .argument('<trace>', 'the file that `record` wrote')
    .option('--native', "use the boards' machine code, built for this machine with: npm run build:board -- replay")
    .option('--flash <file>', 'write the flash image at the end to a new file')
    .action(async (path: string, { native, flash }: Options) => {
      const began = performance.now();
      const lines = readTrace(path);
      const outcome = native ? await replayTraceNatively(path, context.signal) : replayTrace(lines);
      if (flash !== undefined) writeFlash(flash, outcome.flash);
      const document = {
        lines: outcome.lines,
        complete: outcome.complete,
        flash: toHex(systemCrypto.sha256(outcome.flash)),
        seconds: Number(((performance.now() - began) / 1000).toFixed(3)),
      };
      context.output.result(document, () => text(document, native ? "the board's build" : 'the emulator'));
    });
}

function text(
  { lines, complete, flash, seconds }: { lines: number; complete: boolean; flash: string; seconds: number },
  by: string,
): string {
  const end = complete ? '' : '\nThe trace does not end with the terminal off: its recording was cut off.';
  return `${counted(lines, 'line')} replayed by ${by} without a difference, in ${seconds} s\nflash image ${flash} (SHA-256)${end}`;
}

function writeFlash(path: string, flash: Uint8Array): void {
  try {
    createWhole(path, flash);
  } catch (cause) {
    throw new OctobindError('USAGE', `The file ${path} cannot be created: ${reasonOf(cause)}. Choose another name.`, {
      cause,
    });
  }
}
