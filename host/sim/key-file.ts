import { closeSync, constants, fstatSync, openSync, readFileSync, writeSync } from 'node:fs';
import { systemCrypto } from '#crypto';
import { z } from 'zod';
import { toHex } from '../bytes.js';
import { isOpenToOthers, openToOthers, unreadable } from '../document.js';
import { OctobindError } from '../error.js';
import type { DurableState, KeyBacking } from '../emulator/key-store.js';

// The file holds the state twice, and a write goes over the first copy and then over the second: wherever it is cut,
// one of them is whole. A new file that takes the old one's name would need its folder synchronised as well, which
// takes twice as long, and would leave a copy of the keys in the disk's free blocks at each write.

/** Of a copy: checksum, JSON, and spaces behind it. The largest state takes about a third. */
const COPY_BYTES = 4096;
/** SHA-256 of all that follows it, in hexadecimal. */
const SUM_CHARS = 64;

const bytes = z.hex().transform((text) => new Uint8Array(Buffer.from(text, 'hex')));
const password = z.strictObject({ salt: bytes, rounds: z.int().min(1), hash: bytes });
const stateSchema = z.strictObject({
  keys: z.array(z.tuple([z.int(), bytes])),
  registers: z.array(z.tuple([z.int(), bytes])),
  passwords: z.array(z.tuple([z.int(), password])),
});

/**
 * The durable part of an emulated terminal's key store in a file of mode 0600, which survives a kill and a power cut
 * at any moment.
 */
export class KeyFile implements KeyBacking {
  constructor(private readonly path: string) {}

  /** Code: `KEY_MISSING` where it cannot be read, others may read it, or it is no key store; it is left as it is. */
  read(): DurableState | undefined {
    const file = this.#contents();
    if (file.length === 0) return undefined; // missing, or cut when it was made
    const copies = [file.subarray(0, COPY_BYTES), file.subarray(COPY_BYTES)];
    const whole = copies.find(isWhole);
    const state = whole && parse(whole);
    if (!whole || !state) {
      throw new OctobindError(
        'KEY_MISSING',
        `The file ${this.path} is not the key store of an emulated terminal. Move it and its flash image away to begin with a virgin terminal.`,
      );
    }
    // What a cut left undone is done before anything is built on it.
    if (!copies.every((copy) => copy.equals(whole))) this.#put(whole);
    return state;
  }

  write(state: DurableState): void {
    this.#put(format(state));
  }

  #contents(): Buffer {
    let fd: number;
    try {
      fd = openSync(this.path, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
      throw unreadable('KEY_MISSING', this.path, error);
    }
    try {
      const { mode } = fstatSync(fd);
      if (isOpenToOthers(mode)) throw openToOthers('KEY_MISSING', this.path, mode);
      return readFileSync(fd);
    } catch (error) {
      throw error instanceof OctobindError ? error : unreadable('KEY_MISSING', this.path, error);
    } finally {
      closeSync(fd);
    }
  }

  #put(copy: Uint8Array): void {
    const { O_WRONLY, O_CREAT, O_DSYNC } = constants;
    const fd = openSync(this.path, O_WRONLY | O_CREAT | O_DSYNC, 0o600);
    try {
      writeSync(fd, copy, 0, COPY_BYTES, 0);
      writeSync(fd, copy, 0, COPY_BYTES, COPY_BYTES);
    } finally {
      closeSync(fd);
    }
  }
}

function checksum(copy: Buffer): string {
  return toHex(systemCrypto.sha256(copy.subarray(SUM_CHARS)));
}

function isWhole(copy: Buffer): boolean {
  return copy.length === COPY_BYTES && copy.toString('latin1', 0, SUM_CHARS) === checksum(copy);
}

function format({ keys, registers, passwords }: DurableState): Buffer {
  const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex');
  const json = JSON.stringify({
    keys: [...keys].map(([slot, key]) => [slot, hex(key)]),
    registers: [...registers].map(([id, value]) => [id, hex(value)]),
    passwords: [...passwords].map(([who, { salt, rounds, hash }]) => [
      who,
      { salt: hex(salt), rounds, hash: hex(hash) },
    ]),
  });
  const copy = Buffer.alloc(COPY_BYTES, ' ');
  copy.write(json, SUM_CHARS);
  copy.write('\n', COPY_BYTES - 1);
  copy.write(checksum(copy), 0);
  return copy;
}

function parse(copy: Buffer): DurableState | undefined {
  let content: unknown;
  try {
    content = JSON.parse(copy.toString('utf8', SUM_CHARS));
  } catch {
    return undefined;
  }
  const { data } = stateSchema.safeParse(content);
  return data && { keys: new Map(data.keys), registers: new Map(data.registers), passwords: new Map(data.passwords) };
}
