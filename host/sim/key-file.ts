import { closeSync, constants, fstatSync, readFileSync } from 'node:fs';
import { systemCrypto } from '#crypto';
import { z } from 'zod';
import { toHex } from '../bytes.js';
import { isOpenToOthers, openToOthers, unreadable } from '../secret-file.js';
import { OctobindError } from '../error.js';
import { openPrivate } from '../private-file.js';
import type { DurableState, KeyBacking } from '../emulator/key-store.js';
import { replaceWhole, writeAll } from '../whole-file.js';

// The file holds the state twice. A write replaces the first copy, then the second one, so one of
// them is whole wherever the write is cut. To write a new file and rename it would take twice as
// long, because the folder needs a sync too, and would leave old keys in free blocks of the disk.
// Only the first write does that, since it has no old keys.

/** Size of a copy: checksum, JSON, then spaces. The largest state needs about a third of it. */
const COPY_BYTES = 4096;
/** Hexadecimal SHA-256 of the rest of the copy. */
const SUM_CHARS = 64;

const bytes = z.hex().transform((text) => new Uint8Array(Buffer.from(text, 'hex')));
const password = z.strictObject({ salt: bytes, rounds: z.int().min(1), hash: bytes });
const stateSchema = z.strictObject({
  keys: z.array(z.tuple([z.int(), bytes])),
  registers: z.array(z.tuple([z.int(), bytes])),
  passwords: z.array(z.tuple([z.int(), password])),
});

/**
 * Keeps the durable part of an emulated terminal's key store in a file of mode 0600. The file
 * survives a kill or a power cut at any moment.
 */
export class KeyFile implements KeyBacking {
  constructor(private readonly path: string) {}

  /**
   * Returns undefined if there is no state yet. Code: `KEY_MISSING` if the file cannot be read, if
   * other users may access it, if it is no regular file, or not a key store. It is left as it is
   * then.
   */
  read(): DurableState | undefined {
    const file = this.#contents();
    if (file.length === 0) return undefined; // missing, or not yet written
    const copies = [file.subarray(0, COPY_BYTES), file.subarray(COPY_BYTES)];
    const whole = copies.find(isWhole);
    const state = whole && parse(whole);
    if (!whole || !state) {
      throw new OctobindError(
        'KEY_MISSING',
        `The file ${this.path} is not the key store of an emulated terminal. Move it and its flash image away to start with a virgin terminal.`,
      );
    }
    // If a cut left one copy torn or old, repair it before the next write.
    if (!copies.every((copy) => copy.equals(whole))) this.#put(whole);
    return state;
  }

  write(state: DurableState): void {
    this.#put(format(state));
  }

  #contents(): Buffer {
    let fd: number;
    try {
      fd = openPrivate(this.path, constants.O_RDONLY, 'KEY_MISSING');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
      throw unreadable('KEY_MISSING', this.path, error);
    }
    try {
      const { mode } = fstatSync(fd);
      if (isOpenToOthers(mode)) throw openToOthers('KEY_MISSING', this.path, mode);
      return readFileSync(fd);
    } catch (error) {
      throw unreadable('KEY_MISSING', this.path, error);
    } finally {
      closeSync(fd);
    }
  }

  #put(copy: Uint8Array): void {
    if (this.#contents().length === 0) {
      replaceWhole(this.path, Buffer.concat([copy, copy]));
      return;
    }
    const fd = openPrivate(this.path, constants.O_WRONLY | constants.O_DSYNC, 'KEY_MISSING');
    try {
      writeAll(fd, copy, 0);
      writeAll(fd, copy, COPY_BYTES);
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
