import { randomBytes } from 'node:crypto';
import { openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OctobindError } from '../../error.js';
import { Screen } from '../../screen/screen.js';

/** What QEMU puts into a board's memory: device/qemu/identity.h. */
export interface BoardIdentity {
  /** 1 to 32 printable ASCII characters. */
  readonly serial: string;
  /**
   * Seed of the board's random numbers, 48 bytes, to repeat an earlier start. When absent, new
   * random bytes each time.
   */
  readonly entropy?: Uint8Array | undefined;
  /** The screen, in half-width cells: 16×4 to 40×15. When absent, 20×8. */
  readonly screen?: { readonly columns: number; readonly rows: number } | undefined;
  /** The strap of a development terminal: keys may be pressed over the line. Default: false. */
  readonly bench?: boolean | undefined;
}

const ENTROPY_BYTES = 48;
const SERIAL_BYTES = 32;
const SCREEN = { columns: 20, rows: 8 };

/** Codes: `USAGE` if serial number or entropy is not valid, `SCREEN` if the screen is not. */
export function checkIdentity({ serial, entropy, screen = SCREEN }: BoardIdentity): void {
  if (!/^[ -~]{1,32}$/.test(serial)) {
    throw new OctobindError(
      'USAGE',
      `A serial number has 1 to ${SERIAL_BYTES} printable ASCII characters. Choose another one.`,
    );
  }
  if (entropy && entropy.length !== ENTROPY_BYTES) {
    throw new OctobindError('USAGE', `The entropy of a board has ${ENTROPY_BYTES} bytes. Pass that many, or none.`);
  }
  new Screen(screen.columns, screen.rows); // refuses a size that no terminal has
}

/** Opens a file of the identity. It has no name any more, so only QEMU can read it. */
export function openIdentity({ serial, entropy, screen = SCREEN, bench = false }: BoardIdentity): number {
  const path = join(tmpdir(), `octobind-${randomBytes(16).toString('hex')}`);
  const text = Buffer.alloc(SERIAL_BYTES);
  text.write(serial, 'latin1');
  const panel = Buffer.of(screen.columns, screen.rows, Number(bench), 0);
  writeFileSync(path, Buffer.concat([entropy ?? randomBytes(ENTROPY_BYTES), text, panel]), { mode: 0o600, flag: 'wx' });
  const fd = openSync(path, 'r');
  rmSync(path);
  return fd;
}
