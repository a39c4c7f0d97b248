import { type Command, Option } from 'commander';
import { LifeCycle } from '../../../assembly/protocol.js';
import { checkValue, terminalKey } from '../../crypto/key-derivation.js';
import { OctobindError } from '../../error.js';
import { KeyedRecord } from '../../fleet/keyed-record.js';
import { type KeyLoad, loadTerminals } from '../../fleet/load-keys.js';
import { generateMasterKey } from '../../fleet/master-key.js';
import { onTerminals, type Outcome } from '../../fleet/on-terminals.js';
import { checkIdentity } from '../../fleet/targets.js';
import type { TerminalStatus } from '../../terminal/status.js';
import { consentOf } from '../consent.js';
import type { Context } from '../context.js';
import { addBulkOptions, type BulkOptions, select } from '../fleet.js';
import { runAndShow, titleOf } from '../fleet-view.js';
import { lifeCycleName } from '../names.js';
import { table } from '../table.js';
import { readPasswords } from '../passwords.js';

export function add(keys: Command, context: Context): void {
  keys
    .command('generate')
    .description('create a master key, as two component files of mode 0600 in --keys; no key is ever shown')
    .action(() => generate(context));
  addBulkOptions(
    keys
      .command('load')
      .description('load keys into terminals, derived from the master key and their serial numbers')
      .option('--over <dir>', 'folder of the old master key, if they have keys from it that are to be replaced')
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
        'also set the passwords of their menus: YAML file of mode 0600 with operator and administrator',
      ),
  ).action((plan: string | undefined, options: LoadOptions) => load(plan, options, context));
  addBulkOptions(
    keys
      .command('status')
      .description("show terminals' states, check values of their keys, and whether those come from this master key"),
  ).action((plan: string | undefined, options: BulkOptions) => status(plan, options, context));
  addBulkOptions(
    keys
      .command('passwords')
      .description("set the operator's and the administrator's password, from hidden prompts or a file")
      .option('--file <file>', 'YAML file of mode 0600 with operator and administrator'),
  ).action((plan: string | undefined, options: PasswordsOptions) => passwords(plan, options, context));
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

interface LoadOptions extends BulkOptions {
  readonly over?: string;
  readonly inClear?: readonly string[];
  readonly again?: readonly string[];
  readonly passwords?: string;
}

async function load(plan: string | undefined, options: LoadOptions, context: Context): Promise<void> {
  const selection = await select(plan, options, context);
  const chosen = options.passwords === undefined ? undefined : await readPasswords(options.passwords, context.signal);
  const master = await context.masterKey();
  const record = context.closing(new KeyedRecord(context.keysDir));
  const over = options.over === undefined ? undefined : await context.readMaster(options.over);
  await runAndShow<KeyLoad>(
    selection,
    options,
    context,
    {
      verdict: ({ changed }) => (changed ? 'loaded' : 'unchanged'),
      text: (outcomes) =>
        table(
          ['terminal', 'component 1', 'component 2', 'key', ''],
          outcomes.map((outcome) => {
            const { parts = [], checkValue: whole = '', changed } = outcome;
            const title = selection.many ? titleOf(outcome) : (outcome.serial ?? '');
            return [title, parts[0] ?? '', parts[1] ?? '', whole, changed ? 'loaded' : 'already has this key'];
          }),
        ),
      document: ({ parts, checkValue: whole, changed }) => ({ parts, checkValue: whole, changed }),
    },
    (fleet, bar) =>
      loadTerminals(selection.wanted, {
        ...fleet,
        master,
        over,
        consent: consentOf(options, context.signal, () => bar.stop()),
        record,
        passwords: chosen,
      }),
  );
}

interface KeyStatus {
  readonly status?: TerminalStatus;
  /** Null if nobody can say whose key it is. */
  readonly ours?: boolean | null;
}

async function status(plan: string | undefined, options: BulkOptions, context: Context): Promise<void> {
  const selection = await select(plan, options, context);
  await runAndShow<KeyStatus>(
    selection,
    options,
    context,
    {
      verdict: ({ status }) => (status ? lifeCycleName(status.lifeCycle) : ''),
      text: (outcomes) => (selection.many ? statusRows(outcomes) : outcomes.map(statusText).join('\n')),
      document: ({ status, ours }) =>
        status
          ? { state: lifeCycleName(status.lifeCycle), checkValue: status.checkValue, ours, waitMs: status.waitMs }
          : {},
    },
    (fleet) =>
      onTerminals<KeyStatus>(selection.wanted, context.terminalKey, {}, fleet, async (terminal, at, note) => {
        const read = await terminal.status();
        checkIdentity(at.serial, read.serial, at.port);
        const own = await ownCheckValue(read.serial, context);
        const ours = read.checkValue === null || own === undefined ? null : read.checkValue === own;
        note({ serial: read.serial, status: read, ours });
      }),
  );
}

function statusText({ port = '', status, ours }: Outcome<KeyStatus>): string {
  if (!status) return '';
  const { lifeCycle, serial, checkValue: held, waitMs } = status;
  const rows = [
    ['serial number', serial],
    [
      'state',
      lifeCycle === LifeCycle.Tampered ? `${lifeCycleName(lifeCycle)}: contact the bank` : lifeCycleName(lifeCycle),
    ],
    ['check value of its key', held ?? 'none'],
    ['from this master key', oursText(ours)],
    ...(waitMs > 0 ? [['accepts a session in', `${Math.ceil(waitMs / 1000)} s`]] : []),
  ];
  return table([port, ''], rows);
}

function statusRows(outcomes: readonly Outcome<KeyStatus>[]): string {
  const rows = outcomes.map(({ name, serial = '', status, ours }) => [
    name,
    serial,
    status ? lifeCycleName(status.lifeCycle) : '',
    status?.checkValue ?? 'none',
    oursText(ours),
  ]);
  return table(['terminal', 'serial number', 'state', 'key', 'from this master key'], rows);
}

const oursText = (ours: boolean | null | undefined): string =>
  ours === null || ours === undefined ? 'unknown' : ours ? 'yes' : 'no';

/** The check value that the terminal's key should have. Undefined if there is no master key. */
async function ownCheckValue(serial: string, context: Context): Promise<string | undefined> {
  try {
    return checkValue(terminalKey(await context.masterKey(), serial));
  } catch (error) {
    if (error instanceof OctobindError && error.code === 'KEY_MISSING') return undefined;
    throw error;
  }
}

interface PasswordsOptions extends BulkOptions {
  readonly file?: string;
}

interface PasswordsSet {
  /** Once they are set. */
  readonly lifeCycle?: LifeCycle;
}

async function passwords(plan: string | undefined, options: PasswordsOptions, context: Context): Promise<void> {
  const selection = await select(plan, options, context);
  const chosen = await readPasswords(options.file, context.signal);
  await runAndShow<PasswordsSet>(
    selection,
    options,
    context,
    {
      verdict: () => 'in service',
      text: (outcomes) =>
        selection.many
          ? outcomes.map((outcome) => `${titleOf(outcome)}: the passwords are set.`).join('\n')
          : 'The passwords are set. The terminal is in service.',
      document: ({ lifeCycle }) => (lifeCycle === undefined ? {} : { state: lifeCycleName(lifeCycle) }),
    },
    (fleet) =>
      onTerminals<PasswordsSet>(selection.wanted, context.terminalKey, {}, fleet, async (terminal, _, note) => {
        await terminal.setPasswords(chosen);
        note({ serial: terminal.secure?.serial, lifeCycle: LifeCycle.InService });
      }),
  );
}
