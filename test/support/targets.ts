import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { QemuBoard } from '../../host/sim/board/qemu-board.js';
import { type BoardName, BOARDS } from '../../host/sim/board/machines.js';
import { type EmulatedTerminal, emulatedLink, seededRandom, type TerminalParts } from '../../host/emulator/index.js';
import { readFirmware } from '../../host/firmware/file.js';
import { Screen } from '../../host/screen/screen.js';
import { openPty } from '../../host/sim/index.js';
import {
  linkFromAddress,
  type LinkFactory,
  readMasterKey,
  Terminal,
  terminalKey,
  type TerminalKey,
  type TerminalOptions,
} from '../../host/index.js';
import { openPage } from './browser.js';
import { key, keysOf, MASTER } from './keyed.js';
import { NativeTerminal } from './native.js';
import { ScannedTerminal, secretsOf } from './scanned.js';
import { serialportLink } from './serialport-link.js';

/** What a terminal under test is made of. */
export interface Made {
  /** The name of its runtime, before the version. */
  readonly runtime: string;
  readonly architecture: string;
  readonly processor: string;
  readonly board: string;
  /** The file of its firmware. */
  readonly firmware: string;
}

const FIRMWARE = 'build/terminal.wasm';
const EMULATED: Made = {
  runtime: 'emulator',
  architecture: 'wasm32',
  processor: 'wasm32',
  board: 'emulator',
  firmware: FIRMWARE,
};
const madeFor = (architecture: string, processor: string, board: string): Made => ({
  ...{ runtime: 'board', firmware: FIRMWARE },
  ...{ architecture, processor, board },
});

/** A terminal under test, and the link to it. */
export interface Bench {
  readonly terminal: Terminal;
  readonly link: LinkFactory;
  /** Returns the terminal's key, by its serial number. */
  readonly key: TerminalKey;
  stop(): Promise<void>;
}

export interface Target {
  readonly name: string;
  /** Bytes are lost and changed on the way: what is sent by hand may not arrive. */
  readonly hostile: boolean;
  /** What it is. Undefined if only whoever plugged it in knows that. */
  readonly made?: Made | undefined;
  start(): Promise<Bench>;
}

/**
 * A terminal, and how to end it. `end` fails if any command left a number, a name or a key in the
 * terminal's memory.
 */
function emulated(parts: Partial<TerminalParts> = {}): { device: EmulatedTerminal; end: () => Promise<void> } {
  const serial = 'OB-TEST-0001';
  const panel = { screen: new Screen(20, 8), bench: true };
  const device = new ScannedTerminal({ serial, keys: keysOf(serial), ...panel, ...parts }, secretsOf(serial));
  device.powerOn();
  const end = (): Promise<void> => {
    expect(device.scans).toBeGreaterThan(0);
    expect(device.found).toEqual([]);
    return Promise.resolve();
  };
  return { device, end };
}

function bench(link: LinkFactory, close: () => Promise<void>, options?: TerminalOptions): Bench {
  const terminal = new Terminal(link, { key, ...options });
  const stop = async (): Promise<void> => {
    await terminal.close();
    await close();
  };
  return { terminal, link, key: options?.key ?? key, stop };
}

const emulator: Target = {
  name: 'emulator',
  hostile: false,
  made: EMULATED,
  start() {
    const { device, end } = emulated();
    return Promise.resolve(bench(emulatedLink(device), end));
  },
};

const CHECKED = 'build/checked/terminal.wasm';

/** The firmware with its assertions: one that does not hold is a trap. */
const checked: Target = {
  name: 'checked',
  hostile: false,
  made: { ...EMULATED, firmware: CHECKED },
  start() {
    const { device, end } = emulated({ module: readFirmware(CHECKED) });
    return Promise.resolve(bench(emulatedLink(device), end));
  },
};

const pty: Target = {
  name: 'pty',
  hostile: false,
  made: EMULATED,
  async start() {
    const { device, end } = emulated();
    const endpoint = await openPty(device);
    return bench(linkFromAddress(endpoint.address), () => endpoint.close().then(end));
  },
};

/** Few frames arrive complete. The client repeats until every request has its answer. */
const hostile: Target = {
  name: 'hostile',
  hostile: true,
  made: EMULATED,
  start() {
    const { device, end } = emulated();
    const link = serialportLink(device, {
      random: seededRandom(7),
      faults: {
        seed: 7,
        faults: [
          { kind: 'drop', direction: 'both', rate: 0.0002 },
          { kind: 'flip', direction: 'both', rate: 0.0002 },
          { kind: 'duplicate', direction: 'both', rate: 0.0002 },
          { kind: 'split', direction: 'both', rate: 0.3 },
          { kind: 'merge', direction: 'both', rate: 0.02 },
        ],
      },
    });
    return Promise.resolve(bench(link, end, { timeoutMs: 5, tries: 1000, deadlineMs: 60_000 }));
  },
};

/** Terminal and client as a bundler packs them for a browser, without anything of Node. */
const bundled: Target = {
  name: 'bundle',
  hostile: false,
  made: EMULATED,
  async start() {
    const { octobind, firmware, inward, outward } = await openPage();
    const serial = 'OB-TEST-PAGE';
    const screen = new octobind.Screen(20, 8);
    const device = new octobind.EmulatedTerminal({ serial, module: firmware, screen, bench: true });
    device.powerOn();
    const master = inward(Uint8Array.from(MASTER));
    const link = octobind.emulatedLink(device);
    // Closed again: a test may want the link for itself.
    const loader = new octobind.Terminal(link);
    await loader.loadKey(octobind.terminalKey(master, serial), { inClear: serial });
    await loader.close();
    const terminal = new octobind.Terminal(link, { key: (of) => octobind.terminalKey(master, of) });
    return { terminal: outward(terminal), link, key, stop: () => terminal.close() };
  },
};

/**
 * The firmware as machine code. `start` powers it on, with its flash in a file, and returns where
 * it is and what ends it.
 */
function machine(
  name: string,
  made: Made,
  start: (flash: string, serial: string) => Promise<{ address: string; end: () => Promise<void> }>,
): Target {
  return {
    name,
    hostile: false,
    made,
    async start() {
      const dir = mkdtempSync(join(tmpdir(), 'octobind-target-'));
      const serial = 'OB-TEST-MACHINE';
      const { address, end } = await start(join(dir, 'flash'), serial);
      // Closed again: a test may want the port for itself.
      const loader = new Terminal(linkFromAddress(address));
      await loader.loadKey(key(serial), { inClear: serial });
      await loader.close();
      return bench(linkFromAddress(address), async () => {
        await end();
        rmSync(dir, { recursive: true });
      });
    },
  };
}

const PROCESSORS: Readonly<Record<BoardName, string>> = { 'emcraft-sf2': 'cortex-m3', 'mps2-an386': 'cortex-m4' };
const inQemu = (name: string, of: BoardName): Target =>
  machine(name, madeFor('arm', PROCESSORS[of], of), async (flash, serial) => {
    const board = new QemuBoard({ board: of, flash, serial, bench: true });
    await board.powerOn();
    return { address: board.address, end: () => board.powerOff() };
  });
const boards = [inQemu('qemu', 'emcraft-sf2'), ...BOARDS.map((name) => inQemu(name, name))];

/** As a process, under sanitizers. */
const processor = { x64: 'x86_64', arm64: 'aarch64' }[process.arch as string] ?? 'unknown';
const native = machine('native', madeFor('posix', processor, 'linux'), async (flash, serial) => {
  const device = await NativeTerminal.start(flash, serial, { panel: true, bench: true });
  return { address: device.address, end: () => device.cut() };
});

function port(path: string): Target {
  return {
    name: path,
    hostile: false,
    async start() {
      const master = await readMasterKey(process.env['OCTOBIND_KEYS'] ?? '.octobind');
      return bench(linkFromAddress(path), () => Promise.resolve(), { key: (serial) => terminalKey(master, serial) });
    },
  };
}

const usual = [emulator, checked, pty, hostile, bundled];
const known = new Map([...usual, ...boards, native].map((target) => [target.name, target]));

/**
 * What `OCTOBIND_TARGET` names: `emulator`, `checked`, `pty`, `hostile`, `bundle`, `qemu`, a
 * board's name, `native`, or the path or address of a port, whose master key is in the folder
 * `OCTOBIND_KEYS`. The first five if it is not set.
 */
export const targets: Target[] = (() => {
  const wanted = process.env['OCTOBIND_TARGET'];
  return wanted ? [known.get(wanted) ?? port(wanted)] : usual;
})();
