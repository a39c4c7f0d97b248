import type { Duplex } from 'node:stream';

/** The seam between what talks to a terminal and what carries the bytes. Nothing above it knows what is below. */
export interface LinkFactory {
  /** Where the terminal is, for people: a path, `tcp://host:port`, or a name. */
  readonly address: string;
  /** Bits per second on the wire, where a wire sets the pace: ten of them carry a byte. */
  readonly baudRate?: number | undefined;
  /**
   * Opens one byte stream to a terminal; called again after the stream closed. The stream's `destroy()` must release what
   * it holds, and `close` must follow, also when the other end vanishes.
   *
   * Fails with an OctobindError (`PORT_MISSING`, `PORT_BUSY`, `PORT_DENIED`, `NOT_A_TERMINAL`, `LINK_FAILED`), at the
   * latest soon after `signal` aborts.
   */
  open(signal?: AbortSignal): Promise<Duplex>;
}
