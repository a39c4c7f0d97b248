import { rmSync, symlinkSync } from 'node:fs';
import { OctobindError, reasonOf } from '../../error.js';
import { makePty, type Pty } from '../pty.js';

/** Makes a panel draw the whole screen: Ctrl-L, as in other programs. */
const REDRAW = Uint8Array.of(0x0c);

/**
 * The PTY of a board's panel, with a symbolic link to it. What nobody reads is dropped. Once
 * somebody reads again, the board draws the whole screen.
 */
export class PanelLine {
  #isBehind = false;

  private constructor(
    private readonly pty: Pty,
    private readonly link: string,
    onKeys: (bytes: Uint8Array) => void,
  ) {
    pty.master.on('data', onKeys);
    pty.output.onDrain = () => {
      if (this.#isBehind) onKeys(REDRAW);
      this.#isBehind = false;
    };
  }

  /** `onKeys` takes what is typed. Codes: `UNSUPPORTED`, `USAGE`. */
  static async open(link: string, onKeys: (bytes: Uint8Array) => void): Promise<PanelLine> {
    const pty = await makePty();
    try {
      rmSync(link, { force: true });
      symlinkSync(pty.path, link);
    } catch (cause) {
      await pty.close();
      throw new OctobindError('USAGE', `The link ${link} to the panel cannot be made: ${reasonOf(cause)}.`, { cause });
    }
    return new PanelLine(pty, link, onKeys);
  }

  show(bytes: Uint8Array): void {
    if (this.pty.output.isFull) this.#isBehind = true;
    else this.pty.output.write(bytes);
  }

  async close(): Promise<void> {
    rmSync(this.link, { force: true });
    await this.pty.close();
  }
}
