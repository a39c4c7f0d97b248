/** Times the usual wait, the longest one. */
const LONGEST_FACTOR = 8;

/**
 * How long a try waits for its reply, by the round trips that were measured (RFC 6298). A reply
 * to a request that was repeated may be to either try and measures nothing (Karn's rule); until
 * one comes that does, the wait stays as long as it has become.
 */
export class Pace {
  #smoothedMs: number | undefined;
  #variationMs = 0;
  #doublings = 0;

  /** `usualMs` is how long a try waits at least. A terminal may need it to write to its flash. */
  constructor(private readonly usualMs: number) {}

  /** For the next try, in milliseconds. A request may ask for another `leastMs` than usual. */
  tryMs(leastMs = this.usualMs): number {
    const measured = this.#smoothedMs === undefined ? 0 : this.#smoothedMs + 4 * this.#variationMs;
    const grown = Math.max(leastMs, measured) * 2 ** this.#doublings;
    return Math.max(leastMs, Math.min(grown, this.usualMs * LONGEST_FACTOR));
  }

  /** A try got no reply in time. */
  lost(): void {
    if (2 ** this.#doublings < LONGEST_FACTOR) this.#doublings++;
  }

  /** The reply to a request that was sent once took `ms`. */
  measured(ms: number): void {
    this.#doublings = 0;
    if (this.#smoothedMs === undefined) {
      this.#smoothedMs = ms;
      this.#variationMs = ms / 2;
      return;
    }
    this.#variationMs += (Math.abs(this.#smoothedMs - ms) - this.#variationMs) / 4;
    this.#smoothedMs += (ms - this.#smoothedMs) / 8;
  }
}
