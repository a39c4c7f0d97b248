import { counted } from '../counted.js';
import { OctobindError } from '../error.js';
import { placesOf } from '../link/node/places.js';
import type { TerminalKey } from '../session/opening.js';
import type { Terminal } from '../terminal/terminal.js';
import { inParallel } from './parallel.js';

/** A terminal to work on, by its serial number, or by the port that it is at, or by both. */
export interface Wanted {
  /** For people. The serial number or the port when absent. */
  readonly name?: string | undefined;
  readonly serial?: string | undefined;
  /** Address for `linkFromAddress`. When absent, ports are searched for the serial number. */
  readonly port?: string | undefined;
}

/** A terminal that was looked for: either it was found at `port`, or `error` says why not. */
export interface Target {
  readonly name: string;
  /** As wanted, or as the terminal said in clear: a claim, which a session proves. */
  readonly serial?: string | undefined;
  readonly port?: string | undefined;
  readonly error?: OctobindError | undefined;
}

/** A port at which a terminal may be. */
export interface Candidate {
  readonly port: string;
  /** A serial number that the port is known by. It only decides which port is asked first. */
  readonly serial?: string | undefined;
}

/** How terminals are found and reached. */
export interface FindOptions {
  /**
   * Returns the terminal behind a port. It is closed when its work is done. `name` is what the
   * terminal is called in the plan; it is absent when a port is only asked who is there.
   */
  connect(port: string, key: TerminalKey, name?: string): Terminal;
  /** Ports to search for terminals that are wanted without a port. None when absent. */
  ports?: (() => Promise<readonly Candidate[]>) | undefined;
  /** How many terminals are worked on at once: 16 when absent. */
  readonly jobs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What became of asking a port. */
interface Asked {
  readonly port: string;
  readonly serial?: string;
  readonly error?: OctobindError;
}

/**
 * Finds terminals, before anything is changed: asks each for its serial number, and searches the
 * ports for those without one. Targets come in the order of `wanted`. One terminal alone that is
 * wanted by its port is not asked.
 *
 * Code: `WRONG_TERMINAL` if a terminal has another serial number than is wanted at its port, or if
 * one terminal is wanted twice, under whatever names and ports.
 */
export async function findTargets(wanted: readonly Wanted[], options: FindOptions): Promise<Target[]> {
  const targets = wanted.map(({ name, serial, port }): Target => ({
    name: name ?? serial ?? port ?? '',
    serial,
    port,
  }));
  const places = await refuseShared(targets);
  const [first, ...others] = targets;
  if (others.length === 0 && first?.port !== undefined && first.serial === undefined) return targets;
  const ports = targets.flatMap(({ port }) => port ?? []);
  const asked = new Map((await askAll(ports, options)).map((one) => [one.port, one]));
  const searched = await search(
    targets.flatMap(({ port, serial }) => (port === undefined && serial !== undefined ? [serial] : [])),
    places,
    options,
  );
  const found = targets.map((target): Target => {
    const { port, serial, name } = target;
    const seen = port === undefined ? searched.at(serial) : asked.get(port);
    return { name, port: port ?? seen?.port, serial: serial ?? seen?.serial, error: seen?.error };
  });
  refuseMixUps(targets, found, asked);
  return found;
}

/**
 * Refuses any serial number but this one, before a session is opened. Undefined allows all. Code:
 * `WRONG_TERMINAL`.
 */
export function keyFor(serial: string | undefined, port: string, key: TerminalKey): TerminalKey {
  return async (claimed) => {
    checkIdentity(serial, claimed, port);
    return key(claimed);
  };
}

/** Code: `WRONG_TERMINAL` if the terminal at `port` is not the one that is wanted there. */
export function checkIdentity(wanted: string | undefined, found: string, port: string): void {
  if (wanted === undefined || wanted === found) return;
  throw new OctobindError(
    'WRONG_TERMINAL',
    `The terminal at ${port} is ${found}, but ${wanted} is wanted there. Nothing was changed. Check the cables.`,
  );
}

/**
 * Returns the serial number that a terminal says in clear. Code: `WRONG_TERMINAL` if another one
 * is wanted at its port.
 */
export async function claimedSerial(
  terminal: Terminal,
  wanted: { readonly serial?: string | undefined; readonly port: string },
): Promise<string> {
  const serial = await terminal.serial();
  checkIdentity(wanted.serial, serial, wanted.port);
  return serial;
}

/**
 * A serial number comes from the line, and goes to the screen and into files. A person must be
 * able to type it. Code: `PROTOCOL`.
 */
export function checkSerial(serial: string): void {
  if (SERIAL.test(serial)) return;
  throw new OctobindError(
    'PROTOCOL',
    'The serial number of the terminal is not 1 to 32 printable ASCII characters. Nothing was sent. Inspect the terminal.',
  );
}

/** 1 to 32 printable ASCII characters. */
export const SERIAL = /^[ -~]{1,32}$/;

/** Refuses ports and serial numbers that are wanted twice. Returns the places of the ports. */
async function refuseShared(targets: readonly Target[]): Promise<Set<string>> {
  const problems: string[] = [];
  const seen = new Map<string, Target>();
  const places = new Set<string>();
  for (const target of targets) {
    const { port, serial, name } = target;
    const own = port === undefined ? [] : await placesOf(port);
    for (const place of own) places.add(place);
    const keys = serial === undefined ? own : [...own, `serial ${serial}`];
    const other = keys.map((key) => seen.get(key)).find((one) => one !== undefined);
    if (other) problems.push(`${described(other)} and ${described(target)} are one terminal`);
    for (const key of keys) seen.set(key, target);
    if (port === undefined && serial === undefined) problems.push(`${name} has neither a port nor a serial number`);
  }
  if (problems.length > 0) throw mixUp(problems);
  return places;
}

/** Refuses terminals that are not where they are wanted, and those that were found twice. */
function refuseMixUps(targets: readonly Target[], found: readonly Target[], asked: ReadonlyMap<string, Asked>): void {
  const problems: string[] = [];
  const seen = new Map<string, Target>();
  for (const [index, { name, serial, port }] of targets.entries()) {
    const there = port === undefined ? undefined : asked.get(port)?.serial;
    if (there !== undefined && serial !== undefined && there !== serial) {
      problems.push(`${name}: ${serial} is wanted at ${port}, but the terminal there is ${there}`);
    }
    const target = found[index];
    const identity = there ?? target?.serial;
    // One that was not found may be there all the same, under the name of another one.
    if (!target || identity === undefined) continue;
    const other = seen.get(identity);
    if (other) problems.push(`${described(other)} and ${described(target)} are one terminal, ${identity}`);
    seen.set(identity, target);
  }
  if (problems.length > 0) throw mixUp(problems);
}

const described = ({ name, port, serial }: Target): string => {
  const at = port ?? serial;
  return at === undefined || at === name ? name : `${name} (${at})`;
};

function mixUp(problems: readonly string[]): OctobindError {
  const lines = problems.map((problem) => `  - ${problem}`).join('\n');
  return new OctobindError(
    'WRONG_TERMINAL',
    `Terminals are mixed up. Nothing was changed. Check the cables and what you asked for:\n${lines}\n`,
  );
}

/** What a search found. */
interface Search {
  /** The port of a terminal, or the error that says that it was not found. */
  at(serial: string | undefined): { port?: string; serial?: string; error?: OctobindError } | undefined;
}

/**
 * Searches ports that are in no `taken` place. A port that is known by a wanted serial number is
 * asked first. The others are opened only if a terminal is still missing then: something else than
 * a terminal may be behind them.
 */
async function search(serials: readonly string[], taken: Set<string>, options: FindOptions): Promise<Search> {
  const asked: Asked[] = [];
  const missing = (): string[] => serials.filter((serial) => !asked.some((one) => one.serial === serial));
  if (serials.length > 0) {
    const free = await freeOf((await options.ports?.()) ?? [], taken);
    const isLikely = ({ serial }: Candidate): boolean => serial !== undefined && serials.includes(serial);
    for (const group of [free.filter(isLikely), free.filter((one) => !isLikely(one))]) {
      if (missing().length === 0) break;
      asked.push(
        ...(await askAll(
          group.map(({ port }) => port),
          options,
        )),
      );
    }
  }
  return {
    at(serial) {
      const [one, other] = asked.filter((seen) => seen.serial !== undefined && seen.serial === serial);
      if (one && other) {
        throw mixUp([`${serial} replies at ${one.port} and at ${other.port}`]);
      }
      return one ?? { error: options.signal?.aborted ? notBegun() : notFound(serial ?? '', asked) };
    },
  };
}

/** Leaves out candidates in places that are taken, or that an earlier one leads to as well. */
async function freeOf(candidates: readonly Candidate[], taken: ReadonlySet<string>): Promise<Candidate[]> {
  const used = new Set(taken);
  const free: Candidate[] = [];
  for (const candidate of candidates) {
    const places = await placesOf(candidate.port);
    if (places.some((place) => used.has(place))) continue;
    for (const place of places) used.add(place);
    free.push(candidate);
  }
  return free;
}

function notFound(serial: string, asked: readonly Asked[]): OctobindError {
  const silent = asked.flatMap(({ port, error }) => (error ? [`${port} (${error.code})`] : []));
  const rest = silent.length === 0 ? '' : ` No serial number came from ${silent.join(', ')}.`;
  return new OctobindError(
    'PORT_MISSING',
    `The terminal ${serial} was not found. Searched: ${counted(asked.length, 'port')}.${rest} Is it plugged in and on?`,
    { subject: 'serial number' },
  );
}

/** The error for a terminal that was not begun when its run was interrupted. */
export function notBegun(): OctobindError {
  return new OctobindError('ABORTED', 'Interrupted before this terminal was begun.');
}

/**
 * Asks ports for their terminals' serial numbers. A port that was busy is asked once more, alone:
 * it may lead to the same terminal as another one that was asked at the same time.
 */
async function askAll(ports: readonly string[], options: FindOptions): Promise<Asked[]> {
  const asked = await inParallel(ports, options, (port) => ask(port, options));
  for (const [index, { port, error }] of asked.entries()) {
    if (error && ['PORT_BUSY', 'LINK_CLOSED'].includes(error.code)) asked[index] = await ask(port, options);
  }
  return asked;
}

async function ask(port: string, options: FindOptions): Promise<Asked> {
  if (options.signal?.aborted) return { port, error: notBegun() };
  let terminal: Terminal | undefined;
  try {
    terminal = options.connect(port, withoutKey);
    const { serial } = await terminal.status();
    checkSerial(serial);
    return { port, serial };
  } catch (error) {
    if (!(error instanceof OctobindError)) throw error;
    return { port, error };
  } finally {
    await terminal?.close();
  }
}

/** For a terminal that is asked for its serial number alone, which takes no session. */
const withoutKey: TerminalKey = () => {
  throw new OctobindError('KEY_MISSING', 'No session is opened to ask for a serial number.');
};
