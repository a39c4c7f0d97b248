import type { Clock } from '../clock.js';
import { LineFaults, type FaultTable } from './faults.js';
import { Line } from './line.js';
import type { EmulatedTerminal } from './emulated-terminal.js';
import type { Random } from './random.js';

/** Pace and faults of a line. */
export interface WireOptions {
  /** Bits per second; as fast as can be when absent. */
  readonly baud?: number | undefined;
  readonly faults?: FaultTable | undefined;
  /** For the faults; by their seed when absent. */
  readonly random?: Random | undefined;
  /** Times pace and delays. The system's clock by default. */
  readonly clock?: Clock | undefined;
}

/** The cable at a terminal's UART, with whatever pace and faults it has. A terminal has one. */
export class Wire {
  /** Takes what the terminal sends; lost when nobody does. */
  onOutput: ((bytes: Uint8Array) => void) | undefined;
  /** Told when the cable is pulled by a fault, and for how many milliseconds. */
  onUnplug: ((ms: number) => void) | undefined;
  readonly #toTerminal: Line;
  readonly #toHost: Line;

  constructor(terminal: EmulatedTerminal, { baud, faults, random, clock }: WireOptions = {}) {
    const spoiled = faults && new LineFaults(faults, random);
    const options = { baud, faults: spoiled, clock };
    this.#toTerminal = new Line((bytes) => terminal.receive(bytes), 'to-terminal', options);
    this.#toHost = new Line((bytes) => this.onOutput?.(bytes), 'to-host', options);
    terminal.onOutput = (bytes) => this.#toHost.send(bytes);
    if (!spoiled) return;
    spoiled.onUnplug = (ms) => this.onUnplug?.(ms);
    // The chunk may be one that the firmware is sending right now, and it is not called from within itself.
    spoiled.onTamper = () => queueMicrotask(() => terminal.tamper());
  }

  /** Bytes from the host to the terminal. */
  send(bytes: Uint8Array): void {
    this.#toTerminal.send(bytes);
  }

  /**
   * Bytes are under way to the terminal. A sender waits for `onDrain`, so as not to fill the memory.
   */
  get isBusy(): boolean {
    return this.#toTerminal.isBusy;
  }

  /** Called when nothing is under way to the terminal any more. */
  set onDrain(listener: () => void) {
    this.#toTerminal.onDrain = listener;
  }

  /** What is under way is lost. */
  clear(): void {
    this.#toTerminal.clear();
    this.#toHost.clear();
  }
}
