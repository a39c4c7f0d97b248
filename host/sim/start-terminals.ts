import { join, resolve } from 'node:path';
import { OctobindError, reasonOf } from '../error.js';
import { makeFolder } from '../folder.js';
import type { Observer } from '../trace/lines.js';
import type { FaultTable } from '../emulator/faults.js';
import { serveControl } from './control-server.js';
import { tellingErrors } from './disk-errors.js';
import type { Endpoint } from './endpoint.js';
import { FailureFile } from './failure-file.js';
import { FlashImage } from './flash-image.js';
import { KeyFile } from './key-file.js';
import { KeyStore } from '../emulator/key-store.js';
import { DEFAULT_GEOMETRY, Nor, policyGeometry } from '../emulator/nor.js';
import { openPty } from './pty.js';
import { controlFile, linkFile } from '../link/node/run-file.js';
import { holdName, sweep } from './running.js';
import { Power } from './power.js';
import { listenTcp } from './tcp.js';
import { EmulatedTerminal } from '../emulator/emulated-terminal.js';
import { firmwareFile, readFirmware } from '../firmware/file.js';
import { Screen } from '../screen/screen.js';
import { placesIn } from './places.js';

/** Half-width cells. */
const SCREEN = { columns: 20, rows: 8 };

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
  /**
   * Called with a sentence if a file of a terminal cannot be written, for example on a full disk,
   * or its socket cannot be made. The terminal goes on, with a device that fails, or without a
   * socket. When absent, it is a warning of the process.
   */
  readonly onDiskError?: ((name: string, message: string) => void) | undefined;
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
  const terminals: (StartedTerminal & { power: Power })[] = [];
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
    powerOff: () => terminals.forEach(({ power }) => power.off()),
    powerOn: () => terminals.forEach(({ power }) => power.on()),
    close,
  };
}

async function startTerminal(
  { dir, tcp, baud, faults, firmware = firmwareFile(), prepare, onTrap, onDiskError = warn, observe }: StartOptions,
  number: number,
  closers: (() => void | Promise<void>)[],
): Promise<StartedTerminal & { power: Power }> {
  const name = `till-${number}`;
  const serial = `OB-SIM-${String(number).padStart(4, '0')}`;
  const held = await holdName(dir, name);
  closers.push(() => held.release());
  const path = (extension: string): string => join(dir, `${name}.${extension}`);
  const tell = (message: string): void => onDiskError(name, message);
  const image = new FlashImage(path('flash'), DEFAULT_GEOMETRY);
  closers.push(() => image.close());
  const terminal = new EmulatedTerminal({
    serial,
    nor: new Nor(DEFAULT_GEOMETRY, tellingErrors(image, `flash image ${path('flash')}`, tell)),
    policyNor: new Nor(
      policyGeometry(DEFAULT_GEOMETRY),
      tellingErrors(image.policy, `flash image ${path('flash')}`, tell),
    ),
    keys: new KeyStore({
      backing: tellingErrors(new KeyFile(path('keys')), `key store ${path('keys')}`, tell),
    }),
    failures: tellingErrors(new FailureFile(path('failures')), `record of failures ${path('failures')}`, tell),
    screen: new Screen(SCREEN.columns, SCREEN.rows),
    // Whoever runs it may press its keys over the line.
    bench: true,
    module: readFirmware(firmware),
    locate: placesIn(firmware),
    observe,
  });
  prepare?.(name, terminal);
  const power = new Power(terminal, (error) => (onTrap ? onTrap(name, error) : warn(name, error.message)));
  closers.push(() => power.off());
  power.on();
  const wire = { baud, faults };
  const endpoint: Endpoint =
    tcp === undefined
      ? await openPty(terminal, { ...wire, link: resolve(linkFile(dir, name)) })
      : await listenTcp(terminal, tcp + number - 1, wire);
  closers.push(() => endpoint.close());
  const controlled = { name, terminal, power, endpoint };
  const control = await serveControl(resolve(controlFile(dir, name)), controlled, tell);
  closers.push(() => control?.close());
  held.announce(serial, endpoint.address);
  return { name, serial, port: endpoint.address, terminal, power };
}

/** What the system refused, and how far it went: `EMFILE` names no file that a user could mend. */
function asStartError(error: unknown, started: number, count: number): unknown {
  if (error instanceof OctobindError || (error as NodeJS.ErrnoException).syscall === undefined) return error;
  const message = `Terminal ${started + 1} of ${count} cannot be started: ${reasonOf(error)}.`;
  return new OctobindError('USAGE', message, { cause: error });
}

const warn = (name: string, message: string): void => process.emitWarning(`${name}: ${message}`);
