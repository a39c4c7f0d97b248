import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { OctobindError, reasonOf } from '../../error.js';
import { KEYBOARD, type KeyName, KeyReader } from '../../screen/keys.js';
import { pixels } from '../../screen/bitmap.js';
import { png } from '../../screen/png.js';
import { rowTexts, type ScreenState } from '../../screen/screen.js';
import { vt100 } from '../../screen/shell.js';
import type { ScreenView } from '../../terminal/front-panel.js';
import type { Terminal } from '../../terminal/terminal.js';
import type { Context } from '../context.js';
import { chosenTerminal } from '../reach.js';

interface Options {
  readonly text?: true;
  readonly png?: string;
}

export function add(command: Command, context: Context): void {
  command
    .addOption(new Option('--text', 'print what it shows now, and end').conflicts('png'))
    .option('--png <file>', 'write a picture of what it shows now, and end')
    .addHelpText('after', `\nKeys, on a development terminal: ${keysHelp()}. Ctrl-C ends.`)
    .action((options: Options) => show(options, context));
}

const keysHelp = (): string => ['digits', ...KEYBOARD.map(({ key, press }) => `${key} is ${press}`)].join(', ');

async function show({ text, png: file }: Options, context: Context): Promise<void> {
  const { terminal, port } = await chosenTerminal(context);
  const view = await terminal.readScreen();
  const isLive = !text && file === undefined && !context.output.json && process.stdin.isTTY && process.stdout.isTTY;
  if (isLive) return live(terminal, view, context);
  if (file !== undefined) await writePicture(file, view);
  context.output.result({ port, ...view, file }, () =>
    file === undefined ? framed(stateOf(view)) : `The picture is in ${file}.`,
  );
}

/** The rows in a frame, without reversed rows: they would be codes in a file or a pipe. */
function framed(state: ScreenState): string {
  const edge = '─'.repeat(state.columns);
  return [`┌${edge}┐`, ...rowTexts(state).map((row) => `│${row}│`), `└${edge}┘`].join('\n');
}

async function writePicture(file: string, view: ScreenView): Promise<void> {
  try {
    await writeFile(file, png(pixels(stateOf(view))));
  } catch (cause) {
    throw new OctobindError('USAGE', `The picture ${file} cannot be written: ${reasonOf(cause)}. Name another file.`, {
      cause,
    });
  }
}

function stateOf({ columns, rows, cursor }: ScreenView): ScreenState {
  return { columns, lines: rows, cursor, dark: false, qr: undefined };
}

/** How often the screen is read while nobody types. */
const LOOK_MS = 500;
/** A byte that follows an Esc sooner belongs to it. */
const ESCAPE_MS = 50;
const CTRL_C = 0x03;
const OTHER_SCREEN = { on: '\x1b[?1049h', off: '\x1b[?25h\x1b[?1049l' };

/** Shows the screen as it changes, and passes keys on, until Ctrl-C. */
async function live(terminal: Terminal, first: ScreenView, context: Context): Promise<void> {
  const { stdin, stdout } = process;
  const keys: KeyName[] = [];
  let woken = (): void => undefined;
  const reader = new KeyReader();
  let escape: NodeJS.Timeout | undefined;
  const took = (pressed: readonly KeyName[]): void => {
    keys.push(...pressed);
    woken();
  };
  const onData = (bytes: Buffer): void => {
    if (bytes.includes(CTRL_C)) process.kill(process.pid, 'SIGINT');
    clearTimeout(escape);
    took(reader.keysFrom(bytes));
    if (reader.waiting) escape = setTimeout(() => took(reader.flush()), ESCAPE_MS);
  };
  stdin.setRawMode(true).on('data', onData);
  stdout.write(OTHER_SCREEN.on);
  context.defer(() => {
    clearTimeout(escape);
    stdin.setRawMode(false).off('data', onData).pause();
    stdout.write(OTHER_SCREEN.off);
  });

  let shown: ScreenState | undefined;
  for (let view = first; !context.signal.aborted; view = await terminal.readScreen()) {
    const state = stateOf(view);
    // What the terminal sent is free of control characters: `vt100` shows none of them.
    stdout.write(vt100(state, shown));
    if (!shown) stdout.write(footer(view));
    shown = state;
    if (keys.length === 0) {
      const wake = new AbortController();
      woken = () => wake.abort();
      await delay(LOOK_MS, undefined, { signal: AbortSignal.any([wake.signal, context.signal]) }).catch(
        () => undefined,
      );
    }
    const pressed = keys.splice(0);
    if (view.bench) await terminal.press(...pressed);
  }
}

/** A line below the screen, which nothing overwrites. */
function footer({ rows, bench, proven }: ScreenView): string {
  const what = bench ? 'Keys are typed on it.' : 'It takes no keys: it is no development terminal.';
  const claim = proven ? '' : ' Read in clear: anybody on the line can have made it up.';
  return `\x1b[s\x1b[${rows.length + 2};1H${what}${claim} Ctrl-C ends.\x1b[u`;
}
