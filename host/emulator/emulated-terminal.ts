import { firmwareModule } from '#firmware';
import { type Clock, systemClock, type TimerHandle } from '../clock.js';
import { Event, Key, ResetCause } from '../../assembly/protocol.js';
import { OctobindError } from '../error.js';
import type { LineWatch } from '../smp/frame-text.js';
import type { Observer } from '../trace/lines.js';
import { Recorder } from '../trace/recorder.js';
import { type Firmware, instantiateFirmware, romOf } from '../firmware/firmware.js';
import type { FailureBacking, Failures } from './failures.js';
import type { FrontPanel } from './front-panel.js';
import { FIRST_START, makeHal, type Start } from './hal.js';
import { KeyStore } from './key-store.js';
import { Nor, policyGeometry, PowerCut } from './nor.js';
import { callsOf, type Locate, offsetsOf } from './place.js';
import { Rtc } from './rtc.js';
import { type Runtime, runtimeOf } from './runtime.js';
import type { Screen } from '../screen/screen.js';

/**
 * The parts of a terminal. A part that is absent is new: erased flash, no keys, a clock that runs.
 */
export interface TerminalParts {
  /** ASCII, at most 32 characters. */
  serial: string;
  /** The card table's part of the flash. */
  nor?: Nor;
  /** The policy's part: two sectors. */
  policyNor?: Nor | undefined;
  keys?: KeyStore;
  rtc?: Rtc;
  /** Memory only when absent. */
  failures?: FailureBacking | undefined;
  /** Times the firmware's polls. */
  clock?: Clock;
  /** Without a screen, the terminal has no menu. */
  screen?: Screen;
  /** A development terminal: keys may be pressed over the line. */
  bench?: boolean;
  /** The package's own firmware when absent. `compileFirmware` makes one. */
  module?: WebAssembly.Module;
  /** Returns places in the sources of `module`, for the message of a trap. */
  locate?: Locate | undefined;
  /**
   * Receives a trace of all that crosses the HAL, line by line: docs/TRACE.md. The lines hold keys
   * and card numbers.
   */
  observe?: Observer | undefined;
}

/** `poll` returns this when it has nothing to do before the next byte. */
const IDLE = -1;
const NOTHING = new Uint8Array(0);

/**
 * A terminal: the firmware on emulated hardware, run as docs/HAL.md says. It is off until
 * `powerOn`. While it is idle, nothing runs and no timer is set, so a process can hold thousands.
 */
export class EmulatedTerminal {
  readonly serial: string;
  readonly nor: Nor;
  readonly policyNor: Nor;
  readonly keys: KeyStore;
  readonly rtc: Rtc;
  readonly screen: Screen | undefined;
  /** Screen and strap, for the recorder too. */
  readonly panel: FrontPanel;
  /**
   * Receives what the UART sends. When absent, the bytes are lost. It is called from within the
   * firmware, so it must not call back.
   */
  onOutput: ((bytes: Uint8Array) => void) | undefined;
  /**
   * Receives all bytes at the UART. They hold keys and card numbers; `frameWatch` shows frames
   * without them.
   */
  onLine: LineWatch | undefined;
  /** Receives what the firmware reports: docs/HAL.md, `event`. */
  onEvent: ((code: Event, value: number) => void) | undefined;
  /**
   * Called when the firmware has trapped; the terminal is then off. When absent, the call or the
   * timer that ran the firmware throws the error.
   */
  onTrap: ((error: OctobindError) => void) | undefined;
  /**
   * Called when a planned fault of the flash has cut the power; the terminal is then off. The
   * firmware is still on the stack, so it must not switch it on.
   */
  onPowerCut: (() => void) | undefined;
  readonly #clock: Clock;
  readonly #module: WebAssembly.Module;
  readonly #runtime: Runtime;
  readonly #rom: Uint8Array;
  readonly #locate: Locate | undefined;
  readonly #recorder: Recorder | undefined;
  readonly #failures: FailureBacking | undefined;
  #firmware: Firmware | undefined;
  #memory: Uint8Array = NOTHING;
  #timer: TimerHandle;
  #restart = false;
  /** What the next boot is told of its cause. */
  #start: Start;

  /** Throws what `failures.read` throws. */
  constructor(parts: TerminalParts) {
    const { serial, nor, policyNor, keys, rtc, screen, bench, failures, clock, module, locate, observe } = parts;
    this.serial = serial;
    this.nor = nor ?? new Nor();
    this.policyNor = policyNor ?? new Nor(policyGeometry(this.nor.geometry));
    this.keys = keys ?? new KeyStore();
    this.rtc = rtc ?? new Rtc();
    this.screen = screen;
    this.panel = { screen, bench: bench ?? false };
    this.#clock = clock ?? systemClock;
    this.#module = module ?? firmwareModule();
    this.#runtime = runtimeOf(this.#module);
    this.#rom = romOf(this.#module);
    this.#failures = failures;
    this.#start = { ...FIRST_START, ...failures?.read() };
    this.#locate = locate;
    this.#recorder = observe && new Recorder(this, this.#runtime, observe);
  }

  /** It has power, and its firmware runs. */
  get isOn(): boolean {
    return this.#firmware !== undefined;
  }

  /** The firmware's linear memory, for tests that look for secrets in it. Empty when off. */
  get memory(): Uint8Array {
    return this.#memory;
  }

  /** Boots the firmware. Does nothing if the terminal is on. */
  powerOn(): void {
    if (this.#firmware) return;
    const start = this.#start;
    const memory = (): Uint8Array => this.#memory;
    const hal = makeHal(
      {
        serial: this.serial,
        runtime: this.#runtime,
        nor: this.nor,
        policyNor: this.policyNor,
        keys: this.keys,
        rtc: this.rtc,
        rom: this.#rom,
        event: (code, value) => this.onEvent?.(code, value),
        send: (bytes) => {
          this.onLine?.('terminal', bytes);
          this.onOutput?.(bytes);
        },
        restart: () => (this.#restart = true),
        start,
        panel: this.panel,
      },
      memory,
    );
    this.#start = { ...start, cause: ResetCause.Power };
    this.#run(() => {
      const made = instantiateFirmware(this.#module, this.#recorder?.imports(hal, memory) ?? hal);
      this.#memory = new Uint8Array(made.memory.buffer);
      const firmware = this.#recorder?.exports(made, start) ?? made;
      this.#firmware = firmware;
      firmware.boot();
      this.#poll(firmware);
    });
  }

  /**
   * Opens the case: the terminal erases its keys and its flash. A terminal that is off does so on
   * battery power, and stays off.
   */
  tamper(): void {
    const wasOff = !this.isOn;
    this.powerOn();
    this.#run(() => {
      this.#firmware?.tamper();
      if (this.#firmware) this.#poll(this.#firmware);
    });
    if (wasOff) this.powerOff();
  }

  /**
   * Cuts the power at once. The memory is lost; flash, clock and the durable part of the key store
   * stay.
   */
  powerOff(): void {
    this.keys.lose();
    if (this.isOn) this.#recorder?.off();
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#firmware = undefined;
    this.#memory = NOTHING;
    this.#restart = false;
  }

  /** Passes bytes to the UART. They are lost when the terminal is off. */
  receive(bytes: Uint8Array): void {
    this.onLine?.('host', bytes);
    this.#run(() => {
      for (const byte of bytes) {
        // After a restart, the rest of the bytes go to another instance; after a power cut, to
        // none.
        if (this.#firmware?.receive(byte)) this.#poll(this.#firmware);
      }
      if (this.#firmware) this.#poll(this.#firmware);
    });
  }

  /**
   * Presses keys, by name, one after the other. They do nothing when the terminal is off, or has
   * no screen.
   */
  press(...keys: readonly (keyof typeof Key)[]): void {
    for (const key of keys) {
      this.#run(() => {
        this.#firmware?.press(Key[key]);
        if (this.#firmware) this.#poll(this.#firmware);
      });
    }
  }

  /** Runs a part of the firmware. Turns the terminal off at a power cut and at a trap. */
  #run(part: () => void): void {
    try {
      part();
    } catch (error) {
      const isFirmware = this.isOn || error instanceof WebAssembly.RuntimeError;
      this.powerOff();
      if (error instanceof PowerCut) {
        this.onPowerCut?.();
        return;
      }
      if (!isFirmware) throw error;
      const failedAt = offsetsOf(error)[0] ?? 0;
      this.onEvent?.(Event.Trap, failedAt);
      this.#count({ failures: this.#start.failures + 1, lastFailure: ResetCause.Trap, failedAt });
      const calls = callsOf(error, this.#locate);
      const where = calls.length > 0 ? ` ${calls.join(', called ')}` : '';
      const what = error instanceof WebAssembly.RuntimeError ? ` (${error.message})` : '';
      const message = `The firmware of ${this.serial} trapped${what}${where}. Report this.`;
      const trap = new OctobindError('FIRMWARE', message, { calls, cause: error });
      if (!this.onTrap) throw trap;
      this.onTrap(trap);
    }
  }

  #count(failures: Failures): void {
    this.#start = { cause: ResetCause.Trap, ...failures };
    try {
      this.#failures?.write(failures);
    } catch {
      // The firmware learns of it all the same, until the process ends.
    }
  }

  #poll(firmware: Firmware): void {
    let wait = 0;
    while (wait === 0) wait = firmware.poll(this.#clock.now() >>> 0);
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#restart) {
      this.powerOff();
      this.#start = { ...this.#start, cause: ResetCause.Asked };
      this.powerOn();
    } else if (wait !== IDLE) {
      this.#timer = this.#clock.setTimeout(() => this.#run(() => this.#poll(firmware)), wait);
      // A terminal that only waits must not keep a Node process alive.
      (this.#timer as { unref?: () => void }).unref?.();
    }
  }
}
