import { hkdfSync } from 'node:crypto';

/** The key with which a terminal proves its cards: HKDF-SHA256 (RFC 5869) of the acquirer's master key, 32 bytes. */
export function verifyKey(master: Uint8Array, serial: string): Buffer {
  return Buffer.from(hkdfSync('sha256', master, '', `octobind verify 1 ${serial}`, 32));
}
