import { join, resolve } from 'node:path';
import { OctobindError, reasonOf } from '../error.js';
import { makeFolder } from '../folder.js';
import type { Observer } from '../trace/lines.js';
import type { FaultTable } from '../emulator/faults.js';
import { FlashImage } from './flash-image.js';
import { KeyFile } from './key-file.js';
import { KeyStore } from '../emulator/key-store.js';
import { DEFAULT_GEOMETRY, Nor, policyGeometry } from '../emulator/nor.js';
import { openPty } from './pty.js';
import { linkFile } from '../link/node/run-file.js';
import { holdName, sweep } from './running.js';
import { type Endpoint, listenTcp } from './tcp.js';
import { EmulatedTerminal } from '../emulator/emulated-terminal.js';
import { firmwareFile, readFirmware } from '../firmware/file.js';
import { placesIn } from './places.js';

export { type RunningTerminal, runningTerminals } from './running.js';

/** How many terminals to start, where their files are, and how to reach them. */
export interface StartOptions {
  readonly count: number;
  /** Folder of the flash images, the key stores, the locks and the links to PTYs. */
  readonly dir: string;
  /** TCP port of the first terminal. Each other one has the next port. When absent, PTYs. */
  readonly tcp?: number | undefined;
  /** Bits per second. When absent, as fast as possible. */
  readonly baud?: number | undefined;
  readonly faults?: FaultTable | undefined;
  /** The firmware's file; the package's own when absent. */
  readonly firmware?: string | undefined;
  /**
   * Called when a terminal's firmware has trapped. The terminal then starts again, as a board
   * does, unless it trapped while it started. The others go on. When absent, a trap is a warning
   * of the process.
   */
  readonly onTrap?: ((name: string, error: OctobindError) => void) | undefined;
  /** Called with each terminal before it is switched on. */
  readonly prepare?: ((name: string, terminal: EmulatedTerminal) => void) | undefined;
  /** Receives the lines of a trace, which can be of only one terminal. */
  readonly observe?: Observer | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A terminal that `startTerminals` started. */
export interface StartedTerminal {
  /** `till-1` and so on. */
  readonly name: string;
  readonly serial: string;
  /** Address for `linkFromAddress`. */
  readonly port: string;
  readonly terminal: EmulatedTerminal;
}

/** Running emulated terminals. */
export interface StartedTerminals {
  readonly terminals: readonly StartedTerminal[];
  /** Cuts the power of all of them. */
  powerOff(): void;
  /** Gives power to all of them. */
  powerOn(): void;
  /** Ends all of them. Their flash images and key stores stay. */
  close(): Promise<void>;
}

/**
 * Starts emulated terminals. Codes: `FIRMWARE`, `IMAGE_IN_USE`, `IMAGE_SIZE`, `KEY_MISSING`,
 * `PORT_BUSY`, `UNSUPPORTED`, `USAGE` if the folder cannot be created.
 */
export async function startTerminals(options: StartOptions): Promise<StartedTerminals> {
  const { count, dir, signal } = options;
  makeFolder(dir);
  await sweep(dir);
  const terminals: StartedTerminal[] = [];
  const closers: (() => void | Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    for (let number = 1; number <= count; number++) {
      signal?.throwIfAborted();
      terminals.push(await startTerminal(options, number, closers));
    }
  } catch (error) {
    await close();
    throw asStartError(error, terminals.length, count);
  }
  return {
    terminals,
    powerOff: () => terminals.forEach(({ terminal }) => terminal.powerOff()),
    powerOn: () => terminals.forEach(({ terminal }) => terminal.powerOn()),
    close,
  };
}

async function startTerminal(
  { dir, tcp, baud, faults, firmware = firmwareFile(), prepare, onTrap = warn, observe }: StartOptions,
  number: number,
  closers: (() => void | Promise<void>)[],
): Promise<StartedTerminal> {
  const name = `till-${number}`;
  const serial = `OB-SIM-${String(number).padStart(4, '0')}`;
  const held = await holdName(dir, name);
  closers.push(() => held.release());
  const image = new FlashImage(join(dir, `${name}.flash`), DEFAULT_GEOMETRY);
  closers.push(() => image.close());
  const terminal = new EmulatedTerminal({
    serial,
    nor: new Nor(DEFAULT_GEOMETRY, image),
    policyNor: new Nor(policyGeometry(DEFAULT_GEOMETRY), image.policy),
    keys: new KeyStore({ backing: new KeyFile(join(dir, `${name}.keys`)) }),
    module: readFirmware(firmware),
    locate: placesIn(firmware),
    observe,
  });
  prepare?.(name, terminal);
  closers.push(start(terminal, (error) => onTrap(name, error)));
  const wire = { baud, faults };
  const endpoint: Endpoint =
    tcp === undefined
      ? await openPty(terminal, { ...wire, link: resolve(linkFile(dir, name)) })
      : await listenTcp(terminal, tcp + number - 1, wire);
  closers.push(() => endpoint.close());
  held.announce(serial, endpoint.address);
  return { name, serial, port: endpoint.address, terminal };
}

/** What the system refused, and how far it went: `EMFILE` names no file that a user could mend. */
function asStartError(error: unknown, started: number, count: number): unknown {
  if (error instanceof OctobindError || (error as NodeJS.ErrnoException).syscall === undefined) return error;
  const message = `Terminal ${started + 1} of ${count} cannot be started: ${reasonOf(error)}.`;
  return new OctobindError('USAGE', message, { cause: error });
}

const warn = (name: string, error: OctobindError): void => process.emitWarning(`${name}: ${error.message}`);

/** Switches a terminal on, and on again after each trap. Returns what switches it off for good. */
function start(terminal: EmulatedTerminal, onTrap: (error: OctobindError) => void): () => void {
  let isStarting = false;
  let again: NodeJS.Immediate | undefined;
  const powerOn = (): void => {
    isStarting = true;
    terminal.powerOn();
    isStarting = false;
  };
  terminal.onTrap = (error) => {
    onTrap(error);
    // It would trap for ever.
    if (!isStarting) again = setImmediate(powerOn);
  };
  powerOn();
  return () => {
    clearImmediate(again);
    terminal.powerOff();
  };
}
