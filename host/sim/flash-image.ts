import { closeSync, constants, fstatSync, readSync, writeSync } from 'node:fs';
import { OctobindError } from '../error.js';
import { openPrivate } from '../private-file.js';
import type { Backing, Geometry } from '../emulator/nor.js';

/**
 * Keeps a flash's bytes in a file of exactly the flash's size. A missing file is created, erased.
 * Codes: `IMAGE_SIZE` if the file has another size, `USAGE` if it is no regular file. It stays as
 * it is then.
 */
export class FlashImage implements Backing {
  readonly #fd: number;

  constructor(
    path: string,
    private readonly geometry: Geometry,
  ) {
    const size = geometry.sectorBytes * geometry.sectorCount;
    // O_DSYNC: when a write returns, it is on the disk, as a program is on real flash.
    this.#fd = openPrivate(path, constants.O_RDWR | constants.O_CREAT | constants.O_DSYNC, 'USAGE');
    const found = fstatSync(this.#fd).size;
    if (found === 0) {
      writeSync(this.#fd, new Uint8Array(size).fill(0xff), 0, size, 0);
    } else if (found !== size) {
      closeSync(this.#fd);
      throw new OctobindError(
        'IMAGE_SIZE',
        `The flash image ${path} has ${found} bytes, but this terminal's flash has ${size} bytes. Use the image of this terminal, or move the file away to start with an empty flash.`,
      );
    }
  }

  read(sector: number): Uint8Array | undefined {
    const { sectorBytes } = this.geometry;
    const bytes = new Uint8Array(sectorBytes);
    readSync(this.#fd, bytes, 0, sectorBytes, sector * sectorBytes);
    return bytes.every((byte) => byte === 0xff) ? undefined : bytes;
  }

  /** Programs or erases bytes in the file; they are durable when it returns. */
  write(address: number, bytes: Uint8Array): void {
    writeSync(this.#fd, bytes, 0, bytes.length, address);
  }

  /** Closes the file. */
  close(): void {
    closeSync(this.#fd);
  }
}
