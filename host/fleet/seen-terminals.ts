import { OctobindError } from '../error.js';

/** The terminals that one run has seen. Whoever holds the lines can lead two ports to one terminal, which proves nothing of the other. */
export class SeenTerminals {
  readonly #ports = new Map<string, string>();

  /** Code: `UNPROVEN` if the terminal was seen at another port. `serial` was proven. */
  add(serial: string, port: string): void {
    const other = this.#ports.get(serial);
    if (other !== undefined && other !== port) {
      throw new OctobindError(
        'UNPROVEN',
        `${serial} answers at ${port}, and at ${other} too: only one of them leads to it, and nothing is known of the other terminal. Check the cables.`,
      );
    }
    this.#ports.set(serial, port);
  }
}
