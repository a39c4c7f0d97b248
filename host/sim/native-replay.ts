import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OctobindError } from '../error.js';
import { checkLines } from '../trace/lines.js';
import { builtFor } from './board/qemu-board.js';
import { readTrace } from './trace-file.js';

/** Where the regions of the flash are, in bytes: device/boards/linux/flash.c. */
const TABLE = { start: 0, end: 16 * 4096 };
const POLICY = { start: 18 * 4096, end: 20 * 4096 };

/** What a native replay did. */
export interface NativeReplayResult {
  readonly lines: number;
  readonly complete: boolean;
  /** The flash at the end: the table's region, then the policy's. */
  readonly flash: Uint8Array;
}

/** The regions that a trace has, of the flash file of the boards' build for this machine. */
export function tracedFlash(path: string): Uint8Array {
  const flash = readFileSync(path);
  return Buffer.concat([flash.subarray(TABLE.start, TABLE.end), flash.subarray(POLICY.start, POLICY.end)]);
}

/**
 * Replays a trace file with the firmware as machine code, in the boards' build for this machine.
 * Codes: `BOARD_MISSING` if there is no such build, `TRACE_INVALID`, `TRACE_DIFFERS`,
 * `BOARD_FAILED`, `ABORTED`.
 */
export async function replayTraceNatively(trace: string, signal?: AbortSignal): Promise<NativeReplayResult> {
  const elf = builtFor('replay');
  if (!existsSync(elf)) {
    throw new OctobindError(
      'BOARD_MISSING',
      `The firmware was not built for this machine: ${elf} is missing. In a checkout of octobind, run \`npm run setup:board\` and \`npm run build:board -- replay\`.`,
    );
  }
  // The build trusts the words of each line, so check them here.
  checkLines(readTrace(trace));
  const dir = mkdtempSync(join(tmpdir(), 'octobind-replay-'));
  const flash = join(dir, 'flash');
  try {
    const output = await run(elf, [trace, flash], signal);
    const { lines, complete } = JSON.parse(output) as { lines: number; complete: boolean };
    return { lines, complete, flash: tracedFlash(flash) };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function run(program: string, arguments_: string[], signal: AbortSignal | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, arguments_, { signal }, (error, stdout, stderr) => {
      if (!error) resolve(stdout);
      else if (!signal?.aborted) reject(failure(stderr.trim()));
      else reject(new OctobindError('ABORTED', 'The replay was stopped.', { cause: error }));
    });
  });
}

/** The error for the build's output: a difference, a trace that it cannot read, or a failure. */
function failure(text: string): OctobindError {
  if (/^line \d+ of the trace has /.test(text)) {
    return new OctobindError(
      'TRACE_DIFFERS',
      `The board's build does not behave like the recorded terminal: ${text}. Replay the trace in the emulator too, to see which of the two changed.`,
    );
  }
  if (/^(line \d+ of )?the trace is /.test(text)) {
    return new OctobindError('TRACE_INVALID', `The board's build cannot replay the trace: ${text}.`);
  }
  return new OctobindError('BOARD_FAILED', `The board's build failed: ${text.slice(0, 500)}`);
}
