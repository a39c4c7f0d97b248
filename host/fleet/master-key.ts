import { readFile } from 'node:fs/promises';
import { OctobindError } from '../error.js';
import { unreadable } from '../document.js';

/** Reads the acquirer's master key, 32 bytes in hex, from which every terminal's verify key is derived. Code: `KEY_MISSING`. */
export async function readMasterKey(path: string): Promise<Buffer> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw unreadable('KEY_MISSING', path, cause);
  }
  if (!/^[0-9a-f]{64}\s*$/i.test(text)) {
    throw new OctobindError('KEY_MISSING', `The file ${path} is not a master key. It needs 64 hexadecimal digits.`);
  }
  return Buffer.from(text.trim(), 'hex');
}
