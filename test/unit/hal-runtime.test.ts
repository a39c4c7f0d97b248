import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { HalError, RuntimeText, Size } from '../../assembly/protocol.js';
import { compileFirmware } from '../../host/emulator/index.js';
import { runtimeOf } from '../../host/emulator/runtime.js';
import { firmwareFile, firmwareModule } from '../../host/firmware/file.js';
import { MEMORY } from '../support/hal-devices.js';
import { KEY, onEveryHal, type Rig } from '../support/hal-rig.js';

const { Argument } = HalError;
const { Runtime, Architecture, Processor, Board } = RuntimeText;
const firmwareDigest = (): Buffer => createHash('sha256').update(readFileSync(firmwareFile())).digest();
const MAX: number = Size.RuntimeTextMax;

onEveryHal('runtime and build', (rig) => {
  const textOf = (hal: Rig, which: number, max = MAX): [number, string] => {
    const ptr = hal.reset().room(MAX + 1);
    const bytes = hal.call('runtime_text', which, ptr, max);
    return [bytes, hal.read(ptr, MAX + 1).toString('latin1')];
  };

  it('are texts of one to 32 characters, and nothing is written behind them', () => {
    const hal = rig();
    for (const which of [Runtime, Architecture, Processor, Board]) {
      const [bytes, all] = textOf(hal, which);
      expect(all.slice(0, bytes)).toMatch(which === Runtime ? /^[!-~]+ \d+\.\d+\.\d+$/ : /^[!-~]{1,32}$/);
      expect(all.slice(bytes)).toMatch(/^\u00ee+$/);
    }
  });

  it('are cut to the room that there is', () => {
    const hal = rig();
    const [bytes, all] = textOf(hal, Board);
    expect(bytes).toBeGreaterThan(2);
    expect(textOf(hal, Board, 2)).toEqual([2, all.slice(0, 2) + '\u00ee'.repeat(MAX - 1)]);
    expect(textOf(hal, Board, 0)).toEqual([0, '\u00ee'.repeat(MAX + 1)]);
  });

  it('are refused by another number, and outside of memory', () => {
    const hal = rig();
    for (const which of [Board + 1, -1, 2 ** 31 - 1]) expect(textOf(hal, which)[0]).toBe(Argument);
    for (const [ptr, max] of [
      [MEMORY - 31, MAX],
      [MEMORY, 1],
      [-1, MAX],
      [0, -1],
    ] as const) {
      expect(hal.call('runtime_text', Runtime, ptr, max)).toBe(Argument);
    }
    for (const ptr of [MEMORY - KEY + 1, MEMORY, -1]) expect(hal.call('build_digest', ptr)).toBe(Argument);
  });

  it('have the digest of the firmware', () => {
    const hal = rig();
    const out = hal.reset().room(KEY + 1);
    expect(hal.call('build_digest', out)).toBe(0);
    const bytes = hal.read(out, KEY + 1);
    expect(bytes.subarray(0, KEY)).toEqual(firmwareDigest());
    expect(bytes[KEY]).toBe(0xee);
  });
});

it('the emulator has the version of the package', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(runtimeOf(firmwareModule()).texts[Runtime]).toBe(`emulator ${version}`);
});

it('the digest of a firmware that somebody else compiled is not known', () => {
  const file = new Uint8Array(readFileSync(firmwareFile()));
  expect(runtimeOf(new WebAssembly.Module(file)).build).toBeUndefined();
});

it('a firmware that is compiled from its bytes has their digest, ROM included', async () => {
  const file = new Uint8Array(readFileSync(firmwareFile()));
  expect(runtimeOf(await compileFirmware(file)).build).toEqual(new Uint8Array(firmwareDigest()));
  const rom = Buffer.from(file).lastIndexOf('octobind');
  const other = file.with(rom, 0x4f);
  expect(runtimeOf(await compileFirmware(other)).build).not.toEqual(runtimeOf(firmwareModule()).build);
});

it('bytes that are no firmware are refused', async () => {
  await expect(compileFirmware(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ code: 'FIRMWARE' });
});
