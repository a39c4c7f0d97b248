import { type Command, Option } from 'commander';
import { LifeCycle } from '../../../assembly/protocol.js';
import { runningTerminals } from '../../sim/running.js';
import { generateMasterKey } from '../../fleet/master-key.js';
import { loadTerminals, type KeyLoadOutcome } from '../../fleet/load-keys.js';
import { OctobindError } from '../../error.js';
import { checkValue, terminalKey } from '../../crypto/key-derivation.js';
import { consentOf } from '../consent.js';
import type { Context } from '../context.js';
import { exitOf } from '../exit.js';
import { errorDocument } from '../output.js';
import { table } from '../table.js';
import { lifeCycleName } from '../names.js';
import { readPasswords } from '../passwords.js';

export function addKeys(program: Command, context: Context): void {
  const keys = program
    .command('keys')
    .description('manage the master key, the keys of terminals, and the passwords of their menus');
  keys
    .command('generate')
    .description('create a master key, as two component files of mode 0600 in --keys; no key is ever shown')
    .action(() => generate(context));
  keys
    .command('load')
    .description('load a key into a terminal, derived from the master key and its serial number')
    .option('--all', 'load every emulated terminal that runs under --dir')
    .option('--over <dir>', 'folder of the old master key, if the terminal has a key from it that is to be replaced')
    .addOption(
      new Option(
        '--in-clear <serial...>',
        'serial numbers of terminals without a key that may get one in clear (default: you are asked)',
      ).conflicts('over'),
    )
    .addOption(
      new Option(
        '--again <serial...>',
        'serial numbers of those that may get one although they were loaded before (default: you are asked)',
      ).conflicts('over'),
    )
    .option(
      '--passwords <file>',
      'also set the passwords of its menu: YAML file of mode 0600 with operator and administrator',
    )
    .action((options: LoadOptions) => load(options, context));
  keys
    .command('status')
    .description("show a terminal's state, its key's check value, and whether the key comes from this master key")
    .action(() => status(context));
  keys
    .command('passwords')
    .description("set the operator's and the administrator's password, from hidden prompts or a file")
    .option('--file <file>', 'YAML file of mode 0600 with operator and administrator')
    .action((options: { file?: string }) => passwords(options, context));
}

function generate({ output, keysDir }: Context): void {
  const { parts, checkValue: whole } = generateMasterKey(keysDir);
  output.result({ folder: keysDir, parts, checkValue: whole }, () =>
    [
      table(
        ['', 'check value'],
        [
          ['component 1', parts[0]],
          ['component 2', parts[1]],
          ['master key', whole],
        ],
      ),
      `The components are master-1.key and master-2.key in ${keysDir}. Give each one to a different person to keep.`,
    ].join('\n'),
  );
}

interface LoadOptions {
  readonly all?: true;
  readonly over?: string;
  readonly inClear?: readonly string[];
  readonly again?: readonly string[];
  readonly passwords?: string;
}

async function load(options: LoadOptions, context: Context): Promise<void> {
  const { output } = context;
  if (options.all && context.options.port !== undefined) {
    throw new OctobindError('USAGE', 'The option --all loads every emulated terminal. Leave --port out.');
  }
  const chosen = options.passwords === undefined ? undefined : await readPasswords(options.passwords, context.signal);
  const master = await context.masterKey();
  const record = context.keyedRecord();
  const over = options.over === undefined ? undefined : await context.readMaster(options.over);
  const ports = options.all
    ? (await runningTerminals(context.options.dir)).map(({ port }) => port)
    : [(await context.terminal()).port];
  const bar = output.progress(ports.length, 'terminals');
  const loaded = await loadTerminals(ports, {
    connect: (port, key) => context.connect(port, key),
    master,
    over,
    consent: consentOf(options, context.signal, () => bar.stop()),
    record,
    passwords: chosen,
    onLoaded: () => bar.step(),
    signal: context.signal,
  }).finally(() => bar.stop());
  const [failed] = loaded.filter(({ error }) => error !== undefined);
  if (failed?.error !== undefined && !options.all) throw failed.error;
  if (failed?.error !== undefined) context.exit = exitOf(failed.error);
  output.result(options.all ? { terminals: loaded.map(loadedDocument) } : loaded.map(loadedDocument)[0], () =>
    table(['terminal', 'component 1', 'component 2', 'key', ''], loaded.map(loadedRow)),
  );
}

function loadedDocument({ port, serial, parts, checkValue: whole, changed, error }: KeyLoadOutcome): object {
  return error ? { port, error: errorDocument(error) } : { port, serial, parts, checkValue: whole, changed };
}

function loadedRow({
  port,
  serial = port,
  parts = [],
  checkValue: whole = '',
  changed,
  error,
}: KeyLoadOutcome): (string | string[])[] {
  const outcome = error ? errorDocument(error).message.split('\n') : changed ? 'loaded' : 'already has this key';
  return [serial, parts[0] ?? '', parts[1] ?? '', whole, outcome];
}

async function status(context: Context): Promise<void> {
  const { terminal, port } = await context.terminal();
  const { lifeCycle, serial, checkValue: held, waitMs } = await terminal.status();
  const own = await ownCheckValue(serial, context);
  const ours = held === null || own === undefined ? null : held === own;
  context.output.result({ port, serial, state: lifeCycleName(lifeCycle), checkValue: held, ours, waitMs }, () => {
    const rows = [
      ['serial number', serial],
      [
        'state',
        lifeCycle === LifeCycle.Tampered ? `${lifeCycleName(lifeCycle)}: contact the bank` : lifeCycleName(lifeCycle),
      ],
      ['check value of its key', held ?? 'none'],
      ['from this master key', ours === null ? 'unknown' : ours ? 'yes' : 'no'],
      ...(waitMs > 0 ? [['accepts a session in', `${Math.ceil(waitMs / 1000)} s`]] : []),
    ];
    return table([port, ''], rows);
  });
}

/** The check value that the terminal's key should have. Undefined if there is no master key. */
async function ownCheckValue(serial: string, context: Context): Promise<string | undefined> {
  try {
    return checkValue(terminalKey(await context.masterKey(), serial));
  } catch (error) {
    if (error instanceof OctobindError && error.code === 'KEY_MISSING') return undefined;
    throw error;
  }
}

async function passwords({ file }: { file?: string }, context: Context): Promise<void> {
  const chosen = await readPasswords(file, context.signal);
  const { terminal, port } = await context.terminal();
  await terminal.setPasswords(chosen);
  context.output.result(
    { port, state: lifeCycleName(LifeCycle.InService) },
    () => 'The passwords are set. The terminal is in service.',
  );
}
