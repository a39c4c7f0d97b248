import { createHmac } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemCrypto } from '#crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { equal, toHex } from '../../host/bytes.js';
import { ensureMasterKey, generateMasterKey, readMasterKey } from '../../host/fleet/master-key.js';
import { checkValue, combine, split, terminalKey, verifyKey } from '../../host/crypto/key-derivation.js';

const ONE = 'master-1.key';
const OTHER = 'master-2.key';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octobind-'));
});
afterEach(() => rm(dir, { recursive: true }));

const text = (name: string): Promise<string> => readFile(join(dir, name), 'utf8');
const key = async (name: string): Promise<Buffer> => Buffer.from((await text(name)).trim(), 'hex');

async function write(name: string, content: string, mode = 0o600): Promise<void> {
  await writeFile(join(dir, name), content);
  await chmod(join(dir, name), mode);
}

describe('a master key', () => {
  it('is made as two component files of mode 0600, each with a check value', async () => {
    const { parts, checkValue: whole } = generateMasterKey(dir);
    expect((await readdir(dir)).sort()).toEqual([ONE, OTHER]);
    for (const [index, name] of [ONE, OTHER].entries()) {
      expect(await text(name)).toMatch(/^[0-9a-f]{64}\n$/);
      if (process.platform !== 'win32') expect((await stat(join(dir, name))).mode & 0o777).toBe(0o600);
      expect(parts[index]).toBe(checkValue(await key(name)));
    }
    const master = await readMasterKey(dir);
    expect(master).toEqual(combine(await key(ONE), await key(OTHER)));
    expect(whole).toBe(checkValue(master));
    expect(whole).toMatch(/^[0-9a-f]{6}$/);
  });

  it('is made in a folder that does not exist yet', async () => {
    generateMasterKey(join(dir, 'new', 'keys'));
    expect(await readMasterKey(join(dir, 'new', 'keys'))).toHaveLength(32);
  });

  it('is never written over', async () => {
    generateMasterKey(dir);
    const before = [await text(ONE), await text(OTHER)];
    expect(() => generateMasterKey(dir)).toThrow(/\(KEY_EXISTS\)$/);
    ensureMasterKey(dir);
    expect([await text(ONE), await text(OTHER)]).toEqual(before);
  });

  it.each([ONE, OTHER])('is not made if %s exists, which would mix an old half with a new one', async (name) => {
    await write(name, `${'0f'.repeat(32)}\n`);
    expect(() => generateMasterKey(dir)).toThrow(/\(KEY_EXISTS\)$/);
    ensureMasterKey(dir);
    expect(await readdir(dir)).toEqual([name]);
    await expect(readMasterKey(dir)).rejects.toMatchObject({ code: 'KEY_MISSING' });
  });

  it('is made by the first caller that needs it', async () => {
    ensureMasterKey(dir);
    expect(await readMasterKey(dir)).toHaveLength(32);
  });

  it('is refused if it is missing, and the error names the component', async () => {
    await expect(readMasterKey(dir)).rejects.toMatchObject({
      code: 'KEY_MISSING',
      subject: 'master key',
      message: expect.stringMatching(/master-[12]\.key, a component of the master key/) as unknown,
    });
  });

  it.each([
    ['empty', ''],
    ['a digit too short', '0'.repeat(63)],
    ['a digit too long', '0'.repeat(65)],
    ['not hexadecimal', 'xy'.repeat(32)],
    ['more than one line', `${'0f'.repeat(32)}\n${'0f'.repeat(32)}\n`],
  ])('is refused if a component is %s, and the error does not quote it', async (_, content) => {
    generateMasterKey(dir);
    await write(OTHER, content);
    const error: unknown = await readMasterKey(dir).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'KEY_MISSING' });
    expect(String(error)).not.toMatch(/0f0f|xyxy|0000/);
  });

  it.runIf(process.platform !== 'win32')('is refused if others may read it, with the command that helps', async () => {
    generateMasterKey(dir);
    for (const mode of [0o640, 0o604, 0o660]) {
      await chmod(join(dir, OTHER), mode);
      await expect(readMasterKey(dir)).rejects.toThrow(`chmod 600 ${join(dir, OTHER)}`);
    }
  });

  it('is refused if both components are the same, which would make it all zeros', async () => {
    for (const name of [ONE, OTHER]) await write(name, `${'0f'.repeat(32)}\n`);
    await expect(readMasterKey(dir)).rejects.toThrow(/same/);
  });

  it.each([ONE, OTHER])('is refused if %s is all zeros, which would make the other one the key', async (name) => {
    generateMasterKey(dir);
    await write(name, `${'00'.repeat(32)}\n`);
    const error: unknown = await readMasterKey(dir).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'KEY_MISSING' });
    expect(String(error)).toContain(`${join(dir, name)} is all zeros`);
  });
});

describe('derived keys', () => {
  const master = Buffer.alloc(32, 0x31);
  const hkdf = (from: Uint8Array, info: string): Uint8Array => {
    const extracted = createHmac('sha256', Buffer.alloc(32)).update(from).digest();
    return new Uint8Array(createHmac('sha256', extracted).update(info).update(Uint8Array.of(1)).digest());
  };

  it('are those of HKDF-SHA256, done step by step as in RFC 5869', () => {
    const tmk = terminalKey(master, 'OB-1');
    expect(tmk).toEqual(hkdf(master, 'octobind tmk 1 OB-1'));
    expect(verifyKey(tmk)).toEqual(hkdf(tmk, 'octobind verify 1'));
  });

  it('are different for every terminal and every master key', () => {
    const keys = [
      terminalKey(master, 'OB-1'),
      terminalKey(master, 'OB-2'),
      terminalKey(Buffer.alloc(32, 0x32), 'OB-1'),
    ];
    expect(new Set(keys.map(toHex)).size).toBe(3);
  });

  it('have a check value of three bytes of HMAC-SHA256', () => {
    const mac = createHmac('sha256', master).update('octobind kcv 1').digest();
    expect(checkValue(master)).toBe(mac.toString('hex', 0, 3));
  });

  it('are split into random components, which combine to the key', () => {
    const [first, second] = [split(systemCrypto, master), split(systemCrypto, master)];
    for (const components of [first, second]) expect(combine(...components)).toEqual(Uint8Array.from(master));
    expect(first[0]).not.toEqual(second[0]);
    expect(first.some((component) => equal(component, master))).toBe(false);
  });
});
