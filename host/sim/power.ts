import type { EmulatedTerminal } from '../emulator/emulated-terminal.js';
import type { OctobindError } from '../error.js';

/**
 * The power of a terminal. It comes back by itself after a trap, as on a board, and after a power
 * cut; but not after a trap at the start, which would come again for ever.
 */
export class Power {
  #isStarting = false;
  #again: NodeJS.Immediate | undefined;

  constructor(
    private readonly terminal: EmulatedTerminal,
    onTrap: (error: OctobindError) => void,
  ) {
    terminal.onTrap = (error) => {
      onTrap(error);
      if (!this.#isStarting) this.#onSoon();
    };
    terminal.onPowerCut = () => this.#onSoon();
  }

  get isOn(): boolean {
    return this.terminal.isOn;
  }

  /** Boots the firmware, unless it runs. */
  on(): void {
    clearImmediate(this.#again);
    this.#isStarting = true;
    this.terminal.powerOn();
    this.#isStarting = false;
  }

  /** Off until `on`. */
  off(): void {
    clearImmediate(this.#again);
    this.terminal.powerOff();
  }

  /** Cuts the power now, between two calls of the firmware. It comes back at once. */
  cut(): void {
    this.off();
    this.on();
  }

  /** Cuts it in the next program or erase of flash, after its first bytes. It comes back then. */
  cutInWrite(bytes: number): void {
    this.terminal.nor.strike({ after: 0, tear: { kind: 'prefix', bytes }, outcome: 'cut' });
  }

  /** Opens the case. A terminal that is off stays off. */
  tamper(): void {
    const wasOn = this.isOn;
    this.terminal.tamper();
    if (!wasOn) this.off();
  }

  /** Later, because the firmware is still on the stack. */
  #onSoon(): void {
    this.#again = setImmediate(() => this.on());
  }
}
