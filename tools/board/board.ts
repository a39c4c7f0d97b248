// Builds a board's program from terminal.wasm, translated by wasm2c, and from the C in device/.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { build, runCommand, type Run, type Step } from '../make/make.mjs';
import { filesOf, mbedtlsSources, programSteps } from './compile.js';
import { withNames } from './names.js';
import { output, ToolError } from './tool.js';
import { vectorsHeader } from './vectors.js';
import { wasmHeader } from './wasm.js';

const WASM2C = '1.0.32';

/** board.json. */
export interface Settings {
  readonly compiler: string;
  /** The program that measures sizes, such as `arm-none-eabi-size`. */
  readonly size: string;
  readonly flags: readonly string[];
  readonly link: readonly string[];
  /** Folders with more sources, or source files. */
  readonly with?: readonly string[];
  /** Another board, whose sources this one uses, and its settings unless it has its own. */
  readonly like?: string;
}

export interface BoardBuild {
  readonly settings: Settings;
  readonly folder: string;
  readonly elf: string;
  /** False if a step failed. Its output is on standard error. */
  readonly built: boolean;
  /** Names of the steps that ran. */
  readonly ran: readonly string[];
}

export interface BoardOptions {
  /** From the debug firmware, for a debugger. */
  readonly debug?: boolean | undefined;
  readonly run?: Run;
}

export const boardNames = (): string[] => readdirSync('device/boards');

/** Builds what is not up to date in `build/boards/<board>/`, or `<board>-debug/`. */
export async function buildBoard(
  board: string,
  { debug = false, run = runCommand }: BoardOptions,
): Promise<BoardBuild> {
  const settings = settingsOf(board);
  const folder = `build/boards/${board}${debug ? '-debug' : ''}`;
  const elf = `${folder}/terminal.elf`;
  const steps = boardSteps(board, settings, folder, debug);
  const { ran, failed } = await build([elf], { steps, records: `${folder}/steps`, run });
  return { settings, folder, elf, built: failed.length === 0, ran };
}

function settingsOf(board: string): Settings {
  const read = (of: string): Settings => JSON.parse(readFileSync(`device/boards/${of}/board.json`, 'utf8')) as Settings;
  const own = read(board);
  return own.like === undefined ? own : { ...read(own.like), ...own };
}

function boardSteps(board: string, settings: Settings, folder: string, debug: boolean): Step[] {
  const { compiler, flags, link, with: others = [], like = board } = settings;
  const home = `device/boards/${like}`;
  const generated = `${folder}/wasm`;
  const translation = translate(generated, debug);
  const folders = [home, ...others.filter((path) => !path.endsWith('.c'))];
  const ours = [...['device', ...folders].flatMap((path) => filesOf(path, '.c')), ...others.filter(isSource)];
  const program = programSteps({
    compiler,
    flags: [
      ...(debug ? flags.map((flag) => (flag.startsWith('-O') ? '-Og' : flag)) : flags),
      '-DWASM_RT_MEMCHECK_SIGNAL_HANDLER=0',
      '-DWASM_RT_USE_STACK_DEPTH_COUNT=0',
      `-I${generated}`,
      ...folders.map((path) => `-I${path}`),
    ],
    link: [...link, `-Wl,-Map=${folder}/terminal.map`],
    scripts: folders.flatMap((path) => filesOf(path, '.ld')),
    sources: [
      ...ours.map((path) => ({ path, part: 'ours' as const })),
      { path: `${generated}/terminal.c`, part: 'firmware' },
      ...mbedtlsSources(),
    ],
    folder,
    after: [translation.name],
    out: `${folder}/terminal.elf`,
  });
  return [translation, ...program];
}

const isSource = (path: string): boolean => path.endsWith('.c');

/** Writes the inputs of the step that translates the firmware to C. Returns the step. */
function translate(generated: string, debug: boolean): Step {
  // Later versions generate other names, and need another runtime.
  const version = output('wasm2c', '--version').trim();
  if (version !== WASM2C) {
    throw new ToolError(
      `device/runtime.c fits wasm2c ${WASM2C}, which is Debian 12's package wabt. This is ${version}.`,
    );
  }
  mkdirSync(generated, { recursive: true });
  // A copy, because its folder also has the headers of another libc.
  copyFileSync('/usr/include/wasm-rt.h', `${generated}/wasm-rt.h`);
  writeFileSync(`${generated}/vectors.h`, vectorsHeader());
  const firmware = readFileSync(debug ? 'build/debug/terminal.wasm' : 'build/terminal.wasm');
  const { version: release } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  writeFileSync(`${generated}/wasm.h`, wasmHeader(firmware, release));
  const wasm = `${generated}/terminal.wasm`;
  writeFileSync(wasm, debug ? firmware : withNames(firmware, readFileSync('build/terminal.wat', 'utf8')));
  return {
    name: 'wasm2c',
    inputs: [wasm],
    versions: { wasm2c: version },
    command: ['wasm2c', wasm, '-o', `${generated}/terminal.c`],
    outputs: [`${generated}/terminal.c`, `${generated}/terminal.h`],
  };
}

export const isBoard = (name: string): boolean => existsSync(`device/boards/${name}/board.json`);
