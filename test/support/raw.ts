import type { ByteStream, LinkFactory } from '../../host/index.js';

/** The bytes of a link, with no client between the test and the line. */
export class RawLine {
  #received = Buffer.alloc(0);
  #wake: (() => void) | undefined;

  private constructor(private readonly stream: ByteStream) {
    stream.listen({
      onData: (bytes) => {
        this.#received = Buffer.concat([this.#received, bytes]);
        this.#wake?.();
      },
      onEnd: () => undefined,
    });
  }

  static async open(link: LinkFactory): Promise<RawLine> {
    return new RawLine(await link.open());
  }

  write(bytes: Uint8Array): void {
    this.stream.write(bytes);
  }

  /** Waits for the next `count` bytes and returns them. */
  async read(count: number): Promise<Buffer> {
    while (this.#received.length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
    const bytes = this.#received.subarray(0, count);
    this.#received = this.#received.subarray(count);
    return bytes;
  }

  close(): Promise<void> {
    return this.stream.close();
  }
}
