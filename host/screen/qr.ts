import { encode } from 'uqr';
import { QR_BYTES, QUIET } from './qr-size.js';

/**
 * The modules of a QR code with its quiet zone, as rows; true is dark. The text goes in as UTF-8,
 * so that its length in bytes alone decides the size. It gets the best correction that fits into
 * that size.
 */
export function qrModules(text: string): boolean[][] {
  const bytes = [...new TextEncoder().encode(text)];
  const version = QR_BYTES.findIndex((held) => bytes.length <= held) + 1;
  const range = { minVersion: version, maxVersion: version };
  return encode(bytes, { ecc: 'L', boostEcc: true, border: QUIET, ...range }).data;
}
