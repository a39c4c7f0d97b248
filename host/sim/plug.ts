import type { Wire } from '../emulator/wire.js';

/** What happens at the host's end of a line. */
interface End {
  /** The line is gone at once; resolves once nothing is left of it. */
  unplug(): Promise<void> | void;
  replug(): Promise<void> | void;
}

/** Whether a line is plugged in. A fault pulls it for a while; `unplug` until `replug`. */
export class Plug {
  isPlugged = true;
  #replugging: NodeJS.Timeout | undefined;

  constructor(
    wire: Wire,
    private readonly end: End,
  ) {
    wire.onUnplug = (ms) => {
      if (!this.isPlugged) return;
      void this.unplug();
      // Nobody waits for it, and it must not end the process.
      const replug = (): void => void this.replug().catch((error: unknown) => process.emitWarning(String(error)));
      this.#replugging = setTimeout(replug, ms);
    };
  }

  async unplug(): Promise<void> {
    clearTimeout(this.#replugging);
    if (!this.isPlugged) return;
    this.isPlugged = false;
    await this.end.unplug();
  }

  async replug(): Promise<void> {
    clearTimeout(this.#replugging);
    if (this.isPlugged) return;
    this.isPlugged = true;
    try {
      await this.end.replug();
    } catch (error) {
      this.isPlugged = false;
      throw error;
    }
  }
}
