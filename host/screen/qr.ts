import { encode } from 'uqr';
import { QR_BYTES, QUIET } from './qr-size.js';

/**
 * The modules of a QR code with its quiet zone, as rows; true is dark. The text goes in as bytes of
 * UTF-8, so that its length alone decides about the size. Of the smallest size it takes the best
 * correction that fits.
 */
export function qrModules(text: string): boolean[][] {
  const bytes = [...new TextEncoder().encode(text)];
  const version = QR_BYTES.findIndex((held) => bytes.length <= held) + 1;
  const range = { minVersion: version, maxVersion: version };
  return encode(bytes, { ecc: 'L', boostEcc: true, border: QUIET, ...range }).data;
}
