import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HalError } from '../../assembly/protocol.js';
import { DEFAULT_GEOMETRY, Nor, policyGeometry, PowerCut } from '../../host/emulator/index.js';
import { FlashImage } from '../../host/sim/index.js';

const BYTES = DEFAULT_GEOMETRY.sectorBytes * DEFAULT_GEOMETRY.sectorCount;
/** The policy's region follows the table's: two sectors. */
const FILE_BYTES = BYTES + 2 * DEFAULT_GEOMETRY.sectorBytes;
let dir: string;
let path: string;
let open: FlashImage[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'octobind-nor-'));
  path = join(dir, 'flash');
  open = [];
});
afterEach(() => {
  open.forEach((image) => image.close());
  rmSync(dir, { recursive: true });
});

function flash(): Nor {
  const image = new FlashImage(path, DEFAULT_GEOMETRY);
  open.push(image);
  return new Nor(DEFAULT_GEOMETRY, image);
}

describe('a flash image in a file', () => {
  it('is made if it is missing: erased, of exactly the size of the flash, and with mode 0600', () => {
    expect(flash().snapshot()).toEqual(new Uint8Array(BYTES).fill(0xff));
    expect(readFileSync(path).equals(Buffer.alloc(FILE_BYTES, 0xff))).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is made anew if it is too short and holds nothing: its disk was full', () => {
    writeFileSync(path, Buffer.alloc(BYTES / 2, 0xff), { mode: 0o600 });
    expect(flash().snapshot()).toEqual(new Uint8Array(BYTES).fill(0xff));
    expect(statSync(path).size).toBe(FILE_BYTES);
  });

  it("of an earlier release keeps its table, and gets the policy's region, erased", () => {
    const former = Buffer.alloc(BYTES, 0x5a);
    writeFileSync(path, former, { mode: 0o600 });
    expect(flash().snapshot()).toEqual(Uint8Array.from(former));
    expect(readFileSync(path).equals(Buffer.concat([former, Buffer.alloc(FILE_BYTES - BYTES, 0xff)]))).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("keeps the policy's region behind the table's", () => {
    flash();
    const [image] = open;
    const nor = new Nor(policyGeometry(DEFAULT_GEOMETRY), image?.policy);
    expect(nor.program(4096, Uint8Array.of(1, 2))).toBe(0);
    expect(readFileSync(path).subarray(BYTES + 4096, BYTES + 4098)).toEqual(Buffer.of(1, 2));
    expect(new Nor(policyGeometry(DEFAULT_GEOMETRY), image?.policy).snapshot()).toEqual(nor.snapshot());
    expect(flash().snapshot()).toEqual(new Uint8Array(BYTES).fill(0xff));
  });

  it('that cannot be written is a flash that fails, and no trap', () => {
    const full = (): never => {
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    };
    const nor = new Nor(DEFAULT_GEOMETRY, { read: () => undefined, write: full });
    expect(nor.program(0, Uint8Array.of(0))).toBe(HalError.Device);
    expect(nor.erase(4096)).toBe(HalError.Device);
  });

  it('holds a program as soon as that returns, also for another process', () => {
    const nor = flash();
    expect(nor.program(4094, Uint8Array.of(1, 2, 3, 4))).toBe(0);
    expect(readFileSync(path).subarray(4094, 4098)).toEqual(Buffer.of(1, 2, 3, 4));
    const seen = execFileSync(process.execPath, [
      '-e',
      `process.stdout.write(require('fs').readFileSync(${JSON.stringify(path)}).subarray(4094, 4098))`,
    ]);
    expect(seen).toEqual(Buffer.of(1, 2, 3, 4));
    expect(nor.erase(4096)).toBe(0);
    expect(readFileSync(path).subarray(4094, 4098)).toEqual(Buffer.of(1, 2, 0xff, 0xff));
  });

  it('is read back whole', () => {
    const nor = flash();
    nor.program(0, Uint8Array.of(7));
    nor.program(BYTES - 1, Uint8Array.of(9));
    const again = flash();
    expect(again.snapshot()).toEqual(nor.snapshot());
    expect(again.program(0, Uint8Array.of(8))).toBe(HalError.Argument);
  });

  it('is not changed by refused operations', () => {
    const nor = flash();
    nor.program(0, Uint8Array.of(0x0f));
    const before = readFileSync(path);
    expect(nor.program(0, Uint8Array.of(0xf0))).toBe(HalError.Argument);
    expect(nor.program(BYTES, Uint8Array.of(0))).toBe(HalError.Argument);
    expect(nor.erase(17)).toBe(HalError.Argument);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('has exactly the bytes that were written before a power cut', () => {
    const nor = flash();
    nor.program(4096, new Uint8Array(4096));
    nor.strike({ after: 1, tear: { kind: 'prefix', bytes: 100 }, outcome: 'cut' });
    nor.program(0, Uint8Array.of(1, 2, 3));
    expect(() => nor.erase(4096)).toThrow(PowerCut);
    const expected = Buffer.alloc(FILE_BYTES, 0xff);
    expected.set([1, 2, 3]);
    expected.fill(0, 4096 + 100, 8192);
    expect(readFileSync(path).equals(expected)).toBe(true);
    expect(flash().snapshot()).toEqual(Uint8Array.from(expected.subarray(0, BYTES)));
  });

  it.each([1, 4096, BYTES - 1, BYTES + 1, FILE_BYTES - 1, FILE_BYTES + 1])(
    'is refused if it has %i bytes, and left as it is',
    (size) => {
      writeFileSync(path, '');
      truncateSync(path, size);
      expect(() => flash()).toThrow(expect.objectContaining({ code: 'IMAGE_SIZE' }));
      expect(() => flash()).toThrow(`${size} byte`);
      expect(readFileSync(path).equals(Buffer.alloc(size))).toBe(true);
    },
  );
});
