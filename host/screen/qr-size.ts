import { OctobindError } from '../error.js';

/**
 * How many bytes a QR code holds in byte mode at the lowest level of correction, by version, 1 to
 * 40 (ISO/IEC 18004, table 7). As numbers, so that a device refuses a text without the code that
 * draws it.
 */
export const QR_BYTES: readonly number[] = [
  17, 32, 53, 78, 106, 134, 154, 192, 230, 271, 321, 367, 425, 458, 520, 586, 644, 718, 792, 858, 929, 1003, 1091, 1171,
  1273, 1367, 1465, 1528, 1628, 1732, 1840, 1952, 2068, 2188, 2303, 2431, 2563, 2699, 2809, 2953,
];

/** Empty modules on each side, which readers need (ISO/IEC 18004, "quiet zone"). */
export const QUIET = 4;

/** Modules on each side of a QR code with its quiet zone. */
export function qrSide(version: number): number {
  return 17 + 4 * version + 2 * QUIET;
}

/**
 * The smallest version that holds so many bytes. Code: `SCREEN` if it does not fit into a square
 * of `pixels` by `pixels` with a pixel for each module.
 */
export function qrVersion(bytes: number, pixels: number): number {
  const version = QR_BYTES.findIndex((held) => bytes <= held) + 1;
  if (version > 0 && qrSide(version) <= pixels) return version;
  const most = QR_BYTES.filter((_, index) => qrSide(index + 1) <= pixels).at(-1) ?? 0;
  throw new OctobindError('SCREEN', `The QR code has ${bytes} bytes of text, and this screen shows at most ${most}.`);
}
