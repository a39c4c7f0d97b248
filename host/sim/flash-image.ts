import { closeSync, constants, lstatSync, readFileSync, readSync } from 'node:fs';
import { counted } from '../counted.js';
import { OctobindError, reasonOf } from '../error.js';
import { notAFile, openPrivate } from '../private-file.js';
import { type Backing, type Geometry, policyGeometry } from '../emulator/nor.js';
import { createWhole, replaceWhole, writeAll } from '../whole-file.js';

/**
 * Keeps a flash's bytes in a file of exactly the flash's size: the table's region, then the
 * policy's. A missing file is created, erased. One that has no policy's region yet, of an earlier
 * release, gets it. Codes: `IMAGE_SIZE` if the file has another size, `USAGE` if it cannot be
 * created or opened, or is no regular file. It is left as it is then.
 */
export class FlashImage implements Backing {
  readonly #fd: number;

  constructor(
    path: string,
    private readonly geometry: Geometry,
  ) {
    const table = bytesOf(geometry);
    prepareImage(path, table + bytesOf(policyGeometry(geometry)), 'terminal', table);
    // O_DSYNC: when a write returns, it is on the disk, as a program is on real flash.
    this.#fd = usable(path, () => openPrivate(path, constants.O_RDWR | constants.O_DSYNC, 'USAGE'));
  }

  /** Of the table's region. */
  read(sector: number): Uint8Array | undefined {
    return this.#read(sector * this.geometry.sectorBytes);
  }

  /** Programs or erases bytes of the table's region; they are durable when it returns. */
  write(address: number, bytes: Uint8Array): void {
    writeAll(this.#fd, bytes, address);
  }

  /** The policy's region, which follows the table's. */
  get policy(): Backing {
    const start = bytesOf(this.geometry);
    return {
      read: (sector) => this.#read(start + sector * this.geometry.sectorBytes),
      write: (address, bytes) => {
        writeAll(this.#fd, bytes, start + address);
      },
    };
  }

  #read(position: number): Uint8Array | undefined {
    const bytes = new Uint8Array(this.geometry.sectorBytes);
    readSync(this.#fd, bytes, 0, bytes.length, position);
    return bytes.every((byte) => byte === 0xff) ? undefined : bytes;
  }

  /** Closes the file. */
  close(): void {
    closeSync(this.#fd);
  }
}

const bytesOf = ({ sectorBytes, sectorCount }: Geometry): number => sectorBytes * sectorCount;

/**
 * Creates a flash image, erased, unless it is there. One that is too short and holds nothing was
 * never complete, as on a full disk: it is made anew. One of `former` bytes is of an earlier
 * release, and gets what is missing, erased. Codes: as for `FlashImage`.
 */
export function prepareImage(path: string, size: number, what: 'terminal' | 'board', former?: number): void {
  usable(path, () => {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found && !found.isFile()) throw notAFile(path, 'USAGE');
    if (found?.size === size) return;
    const image = new Uint8Array(size).fill(0xff);
    if (!found) createWhole(path, image);
    else if (found.size === former) {
      image.set(readFileSync(path));
      replaceWhole(path, image);
    } else if (found.size < size && readFileSync(path).every((byte) => byte === 0xff)) replaceWhole(path, image);
    else {
      throw new OctobindError(
        'IMAGE_SIZE',
        `The flash image ${path} has ${counted(found.size, 'byte')}, but this ${what}'s flash has ${size} bytes. Use the image of this ${what}, or move the file away to start with an empty flash.`,
      );
    }
  });
}

function usable<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (cause instanceof OctobindError) throw cause;
    const message = `The flash image ${path} cannot be created or opened: ${reasonOf(cause)}. Choose another file.`;
    throw new OctobindError('USAGE', message, { cause });
  }
}
