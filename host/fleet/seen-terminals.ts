import { OctobindError } from '../error.js';

/**
 * The terminals that one run has seen. Somebody on the lines can lead two ports to one terminal.
 * Then nothing is proven about the other one.
 */
export class SeenTerminals {
  readonly #ports = new Map<string, string>();

  /** `serial` must be proven. Code: `UNPROVEN` if the terminal was seen at another port. */
  add(serial: string, port: string): void {
    const other = this.#ports.get(serial);
    if (other !== undefined && other !== port) {
      throw new OctobindError(
        'UNPROVEN',
        `${serial} replies at ${port} and also at ${other}. One of them should lead to another terminal, and nothing is known about that one. Check the cables.`,
      );
    }
    this.#ports.set(serial, port);
  }
}
