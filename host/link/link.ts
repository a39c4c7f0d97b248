/** The seam between what talks to a terminal and what carries the bytes. Nothing above it knows what is below. */
export interface LinkFactory {
  /** Where the terminal is, for people: a path, `tcp://host:port`, or a name. */
  readonly address: string;
  /** Bits per second on the wire, where a wire sets the pace: ten of them carry a byte. */
  readonly baudRate?: number | undefined;
  /**
   * Opens one stream of bytes to a terminal; called again after the stream ended.
   *
   * Fails with an OctobindError (`PORT_MISSING`, `PORT_BUSY`, `PORT_DENIED`, `NOT_A_TERMINAL`, `LINK_FAILED`), at the
   * latest soon after `signal` aborts.
   */
  open(signal?: AbortSignal): Promise<ByteStream>;
}

/** An open stream of bytes to a terminal. */
export interface ByteStream {
  /** Bytes that were written and have not left this side, as far as it can tell. A repeat can wait for those before it. */
  readonly queuedBytes: number;
  /** Starts to read; called once. Until then, what arrives waits as far as the line below has room for it. */
  listen(listener: StreamListener): void;
  /**
   * Sends bytes, in order. Do not change them before they have left. Those written to a stream that has ended are lost.
   * An answer may come before this returns.
   */
  write(bytes: Uint8Array): void;
  /** Ends the stream, and resolves once all that it holds is released. It never rejects, and may be called again. */
  close(): Promise<void>;
}

/** Takes what a stream brings. Nothing comes after its end, or after this side has closed it. */
export interface StreamListener {
  /** The next bytes, in whatever pieces they come. */
  onData(bytes: Uint8Array): void;
  /** The other side ended the stream, or the line was lost. Called once, and not for this side's `close`. */
  onEnd(): void;
}
