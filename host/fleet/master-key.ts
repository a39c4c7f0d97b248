import { systemCrypto } from '#crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../folder.js';
import { Size } from '../../assembly/protocol.js';
import { OctobindError, reasonOf } from '../error.js';
import { readSecret } from '../secret-file.js';
import { fromHex, toHex } from '../bytes.js';
import { createWhole } from '../whole-file.js';
import { checkValue, combine } from '../crypto/key-derivation.js';

/**
 * The acquirer's master key is stored as two components, for two people. One of them alone tells
 * nothing about the key.
 */
const FILES = ['master-1.key', 'master-2.key'] as const;

/** Check values, by which people compare a master key and its components. */
export interface MasterCheckValues {
  readonly parts: readonly [string, string];
  readonly checkValue: string;
}

/**
 * Creates a master key in a folder. Codes: `KEY_EXISTS` if the folder has one, or a component of
 * one; `USAGE` if the folder cannot be created.
 */
export function generateMasterKey(dir: string): MasterCheckValues {
  makeFolder(dir);
  const components = FILES.map(() => systemCrypto.randomBytes(Size.Key)) as [Uint8Array, Uint8Array];
  const written: string[] = [];
  try {
    for (const [index, name] of FILES.entries()) {
      const path = join(dir, name);
      createWhole(path, Buffer.from(`${toHex(components[index] ?? new Uint8Array(0))}\n`));
      written.push(path);
    }
  } catch (cause) {
    // A new component beside an old one would make a third key.
    for (const path of written) rmSync(path);
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new OctobindError('USAGE', `No master key can be created in ${dir}: ${reasonOf(cause)}.`, { cause });
    }
    throw new OctobindError(
      'KEY_EXISTS',
      `There is already a master key, or a component of one, in ${dir}. It is not overwritten.`,
      { cause },
    );
  }
  return describe(components);
}

/** Reads the master key of a folder, 32 bytes, from its two components. Code: `KEY_MISSING`. */
export async function readMasterKey(dir: string): Promise<Uint8Array> {
  const components = await readComponents(dir);
  const master = combine(...components);
  for (const component of components) component.fill(0);
  return master;
}

/** The check values of a folder's master key. Code: `KEY_MISSING`. */
export async function masterCheckValues(dir: string): Promise<MasterCheckValues> {
  return describe(await readComponents(dir));
}

/** Creates a master key if there is none yet. */
export function ensureMasterKey(dir: string): void {
  try {
    generateMasterKey(dir);
  } catch (error) {
    if (!(error instanceof OctobindError) || error.code !== 'KEY_EXISTS') throw error;
  }
}

function describe(components: readonly [Uint8Array, Uint8Array]): MasterCheckValues {
  const master = combine(...components);
  const values = {
    parts: [checkValue(components[0]), checkValue(components[1])] as const,
    checkValue: checkValue(master),
  };
  for (const key of [...components, master]) key.fill(0);
  return values;
}

async function readComponents(dir: string): Promise<[Uint8Array, Uint8Array]> {
  const [one, other] = await Promise.all([readComponent(join(dir, FILES[0])), readComponent(join(dir, FILES[1]))]);
  if (systemCrypto.timingSafeEqual(one, other)) {
    throw new OctobindError(
      'KEY_MISSING',
      `Both components in ${dir} are the same, so together they make no key. Replace one of them with the other person's component.`,
    );
  }
  return [one, other];
}

async function readComponent(path: string): Promise<Uint8Array> {
  const text = await readSecret('KEY_MISSING', path, 'a component of the master key', 'master key');
  if (!/^[0-9a-f]{64}\s*$/i.test(text)) {
    throw new OctobindError(
      'KEY_MISSING',
      `The file ${path} is not a component of a master key. It needs 64 hexadecimal digits.`,
    );
  }
  const component = fromHex(text.trim());
  if (component.every((byte) => byte === 0)) {
    throw new OctobindError(
      'KEY_MISSING',
      `The component ${path} is all zeros, so the other one alone would be the master key. Replace it with a random one.`,
    );
  }
  return component;
}
