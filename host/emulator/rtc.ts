/** A real-time clock with a battery of its own: it goes on while the terminal is off. Milliseconds since 1970, UTC. */
export class Rtc {
  #offset: number | undefined;

  /** `wall` is the time that passes; a clock that was never set answers nothing. */
  constructor(
    private readonly wall: () => number = Date.now,
    set = true,
  ) {
    this.#offset = set ? 0 : undefined;
  }

  /** The time in milliseconds since 1970, or undefined if it was never set. */
  get(): number | undefined {
    return this.#offset === undefined ? undefined : this.wall() + this.#offset;
  }

  /** Sets the time, milliseconds since 1970. */
  set(time: number): void {
    this.#offset = time - this.wall();
  }
}
