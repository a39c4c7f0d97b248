import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OctobindError } from '../error.js';
import { checkLines } from '../trace/lines.js';
import { builtFor } from './board/qemu-board.js';
import { readTrace } from './trace-file.js';

/** Of the flash, the sectors of the table; keys lie behind them. */
const TABLE_BYTES = 16 * 4096;

/** What a native replay did. */
export interface NativeReplayResult {
  readonly lines: number;
  readonly complete: boolean;
  /** As it is left. */
  readonly flash: Uint8Array;
}

/**
 * Has the firmware do again what a trace file has, as machine code: the board's build for this machine. Codes: `BOARD_MISSING` where it was not built, `TRACE_INVALID`,
 * `TRACE_DIFFERS`, `BOARD_FAILED`, `ABORTED`.
 */
export async function replayTraceNatively(trace: string, signal?: AbortSignal): Promise<NativeReplayResult> {
  const elf = builtFor('replay');
  if (!existsSync(elf)) {
    throw new OctobindError(
      'BOARD_MISSING',
      `The firmware was not built for this machine: ${elf} is missing. In a checkout of octobind, run \`npm run setup:board\` and \`npm run build:board -- replay\`.`,
    );
  }
  // The build takes words as they come.
  checkLines(readTrace(trace));
  const dir = mkdtempSync(join(tmpdir(), 'octobind-replay-'));
  const flash = join(dir, 'flash');
  try {
    const said = await run(elf, [trace, flash], signal);
    const { lines, complete } = JSON.parse(said) as { lines: number; complete: boolean };
    return { lines, complete, flash: readFileSync(flash).subarray(0, TABLE_BYTES) };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function run(program: string, arguments_: string[], signal: AbortSignal | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, arguments_, { signal }, (error, stdout, stderr) => {
      if (!error) resolve(stdout);
      else if (!signal?.aborted) reject(failure(stderr.trim()));
      else reject(new OctobindError('ABORTED', 'The replay was given up.', { cause: error }));
    });
  });
}

/** What it says: a difference is a line of its own, as is a trace that it cannot take; anything else is a failure. */
function failure(said: string): OctobindError {
  if (/^line \d+ of the trace has /.test(said)) {
    return new OctobindError(
      'TRACE_DIFFERS',
      `The board's build does not behave as the terminal that was recorded: ${said}. Replay it on the emulator too, to see which of them changed.`,
    );
  }
  if (/^(line \d+ of )?the trace is /.test(said)) {
    return new OctobindError('TRACE_INVALID', `The board's build cannot take the trace: ${said}.`);
  }
  return new OctobindError('BOARD_FAILED', `The board's build failed: ${said.slice(0, 500)}`);
}
