import xterm from '@xterm/headless';
import { type ByteStream, linkFromAddress } from '../../host/index.js';

const [COLUMNS, ROWS] = [80, 24];

/** A terminal program at a panel's line: what it shows, and what is typed there. */
export class Vt100 {
  readonly #screen = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
  /** Bytes that came from the line. */
  bytes = 0;

  private constructor(private readonly stream: ByteStream) {
    stream.listen({
      onData: (bytes) => {
        this.bytes += bytes.length;
        this.#screen.write(bytes.slice());
      },
      onEnd: () => undefined,
    });
  }

  static async attach(path: string): Promise<Vt100> {
    return new Vt100(await linkFromAddress(path).open());
  }

  type(keys: string): void {
    this.stream.write(Buffer.from(keys));
  }

  /** The rows down to the last one that has text, without the spaces behind them. */
  get rows(): string[] {
    const rows = Array.from({ length: ROWS }, (_, row) => this.#row(row)?.translateToString(true).trimEnd() ?? '');
    return rows.slice(0, rows.findLastIndex((row) => row !== '') + 1);
  }

  /** How many cells of a row are reversed, from the left. */
  reversedCells(row: number): number {
    let cells = 0;
    while (this.#row(row)?.getCell(cells)?.isInverse()) cells++;
    return cells;
  }

  get cursor(): { row: number; column: number } {
    const { cursorX, cursorY } = this.#screen.buffer.active;
    return { row: cursorY, column: cursorX };
  }

  detach(): Promise<void> {
    return this.stream.close();
  }

  #row(row: number): xterm.IBufferLine | undefined {
    return this.#screen.buffer.active.getLine(row);
  }
}
