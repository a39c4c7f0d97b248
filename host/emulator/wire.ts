import type { Clock } from '../clock.js';
import { LineFaults, type FaultTable } from './faults.js';
import { Line } from './line.js';
import type { EmulatedTerminal } from './emulated-terminal.js';
import type { Random } from './random.js';

/** Pace and faults of a line. */
export interface WireOptions {
  /** Bits per second. No limit when absent. */
  readonly baud?: number | undefined;
  readonly faults?: FaultTable | undefined;
  /** Random numbers for the faults; from the seed of `faults` when absent. */
  readonly random?: Random | undefined;
  /** Times pace and delays; the system's clock when absent. */
  readonly clock?: Clock | undefined;
}

/** The cable at a terminal's UART, with its pace and its faults. A terminal has one. */
export class Wire {
  /** Receives what the terminal sends. When absent, the bytes are lost. */
  onOutput: ((bytes: Uint8Array) => void) | undefined;
  /** Called when a fault pulls the cable, with the milliseconds until it is plugged in again. */
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
    // Later, because the firmware may be sending this chunk now, and must not be called from
    // within itself.
    spoiled.onTamper = () => queueMicrotask(() => terminal.tamper());
  }

  /** Sends bytes from the host to the terminal. */
  send(bytes: Uint8Array): void {
    this.#toTerminal.send(bytes);
  }

  /**
   * Bytes are on the line to the terminal. A sender then waits for `onDrain`, or the queue grows
   * without end.
   */
  get isBusy(): boolean {
    return this.#toTerminal.isBusy;
  }

  /** Called when no bytes are on the line to the terminal any more. */
  set onDrain(listener: () => void) {
    this.#toTerminal.onDrain = listener;
  }

  /** Drops the bytes on the line, in both directions. */
  clear(): void {
    this.#toTerminal.clear();
    this.#toHost.clear();
  }
}
