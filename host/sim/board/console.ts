/** The longest event that a board writes: device/cortex-m/console.c. */
const EVENT_BYTES = 23;
const [START, END] = ['\x1b_', '\x1b\\'];

/**
 * Parts what a board writes to its second UART. Events come as application program commands
 * (ECMA-48, 8.3.2), `ESC _ event CODE VALUE ESC \`; all other bytes are for the panel. A chunk may
 * end anywhere.
 */
export class ConsoleReader {
  /** Begins with what may be an event, and is not complete. */
  #rest = Buffer.alloc(0);

  constructor(
    private readonly onEvent: (code: number, value: number) => void,
    private readonly onPanel: (bytes: Uint8Array) => void,
  ) {}

  take(chunk: Uint8Array): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const start = this.#rest.indexOf(START);
      const mayStart = this.#rest.at(-1) === START.charCodeAt(0) ? 1 : 0;
      this.#show(start < 0 ? this.#rest.length - mayStart : start);
      if (start < 0) return;
      const end = this.#rest.indexOf(END);
      if (end < 0 && this.#rest.length < EVENT_BYTES) return;
      if (end < 0) this.#show(START.length);
      else this.#takeEvent(this.#rest.toString('latin1', START.length, end), end + END.length);
    }
  }

  #takeEvent(text: string, bytes: number): void {
    const [, code, value] = /^event (\d+) (\d+)$/.exec(text) ?? [];
    if (code !== undefined) this.onEvent(Number(code), Number(value));
    this.#rest = this.#rest.subarray(bytes);
  }

  /** Passes on the first `count` bytes. */
  #show(count: number): void {
    if (count > 0) this.onPanel(this.#rest.subarray(0, count));
    this.#rest = this.#rest.subarray(count);
  }
}
