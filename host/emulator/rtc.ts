/**
 * A real-time clock with its own battery: it runs while the terminal is off. Times are
 * milliseconds since 1970, UTC.
 */
export class Rtc {
  #offset: number | undefined;

  /** `wall` returns the time that passes. With `set` false, the clock was never set. */
  constructor(
    private readonly wall: () => number = Date.now,
    set = true,
  ) {
    this.#offset = set ? 0 : undefined;
  }

  /** Undefined if the clock was never set. */
  get(): number | undefined {
    return this.#offset === undefined ? undefined : this.wall() + this.#offset;
  }

  /** Sets the clock to `time`. */
  set(time: number): void {
    this.#offset = time - this.wall();
  }
}
