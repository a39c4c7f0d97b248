/**
 * The seam between the client of a terminal and whatever carries the bytes. Nothing above it
 * knows which link it uses.
 */
export interface LinkFactory {
  /** The terminal's place, for people: a path, `tcp://host:port`, or a name. */
  readonly address: string;
  /** Bits per second on the wire, ten for each byte. Undefined if no wire sets the pace. */
  readonly baudRate?: number | undefined;
  /**
   * Opens one stream of bytes to a terminal. The client calls it again after the stream has
   * ended.
   *
   * Fails with an OctobindError: `PORT_MISSING`, `PORT_BUSY`, `PORT_DENIED`, `NOT_A_TERMINAL` or
   * `LINK_FAILED`. If `signal` aborts, it fails soon after.
   */
  open(signal?: AbortSignal): Promise<ByteStream>;
}

/** An open stream of bytes to a terminal. */
export interface ByteStream {
  /**
   * Bytes that were written and have not left this side yet; 0 if the stream cannot tell. The
   * client repeats a request only if this is 0.
   */
  readonly queuedBytes: number;
  /**
   * Starts to read. Call it once. Bytes that arrive earlier wait, as far as the line has room for
   * them. If the stream has ended already, this calls `onEnd` before it returns.
   */
  listen(listener: StreamListener): void;
  /**
   * Sends bytes, in order. The caller must not change them until they have left. A stream that
   * has ended drops them. A reply may arrive before this returns.
   */
  write(bytes: Uint8Array): void;
  /** Ends the stream. Resolves once everything is released; may be called again. Never rejects. */
  close(): Promise<void>;
}

/** Takes the bytes of a stream. Nothing is called after the end or after `close`. */
export interface StreamListener {
  /** The next bytes, in pieces of any size. */
  onData(bytes: Uint8Array): void;
  /** The other side ended the stream, or the line was lost. Called once. */
  onEnd(): void;
}
