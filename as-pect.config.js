// @ts-check
// How as-pect instantiates the tests of the firmware.
import { KeySlot } from './build/assembly/protocol.js';
import { FIRST_START, makeHal } from './build/host/emulator/hal.js';
import { KeyStore } from './build/host/emulator/key-store.js';
import { Nor } from './build/host/emulator/nor.js';
import { Rtc } from './build/host/emulator/rtc.js';

/** @import { TestContext } from '@as-pect/core' */
/** @import { instantiate } from '@assemblyscript/loader' */
/** @typedef {Parameters<TestContext['run']>[0]} Instance */

/**
 * The responder's ephemeral key of the vector in noise.spec.ts; these tests need no better
 * randomness.
 */
const DRAWN = Buffer.from('bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b', 'hex');

/**
 * The firmware's imports, as the emulator has them.
 * @param {() => { readonly buffer: ArrayBuffer }} memory
 * @param {Uint8Array} rom
 */
function hal(memory, rom) {
  const hardware = {
    serial: 'OB-SPEC',
    runtime: { texts: [], build: undefined },
    nor: new Nor({ sectorBytes: 4096, sectorCount: 4, programUnit: 4 }),
    policyNor: new Nor({ sectorBytes: 4096, sectorCount: 2, programUnit: 4 }),
    keys: new KeyStore({ random: (bytes) => Buffer.from(DRAWN.subarray(0, bytes)) }).set(
      KeySlot.Storage,
      new Uint8Array(32),
    ),
    rtc: new Rtc(),
    rom,
    event: () => {},
    send: () => {},
    restart: () => {},
    start: FIRST_START,
  };
  return makeHal(hardware, () => new Uint8Array(memory().buffer));
}

export default {
  entries: ['test/firmware/**/*.spec.ts'],
  include: [],
  disclude: [/node_modules/],
  /**
   * @param {WebAssembly.Memory} memory
   * @param {TestContext['createImports']} createImports
   * @param {typeof instantiate} start
   * @param {Uint8Array<ArrayBuffer>} binary
   * @returns {Promise<Instance>}
   */
  async instantiate(memory, createImports, start, binary) {
    const [rom] = WebAssembly.Module.customSections(new WebAssembly.Module(binary), 'octobind.rom');
    if (!rom) throw new Error('The test has no section octobind.rom.');
    /** @type {Instance | undefined} */
    let instance;
    const own = () => {
      if (!instance) throw new Error('The HAL is called before there is an instance.');
      return instance.exports.memory;
    };
    instance = await start(binary, createImports({ env: { memory }, hal: hal(own, new Uint8Array(rom)) }));
    return instance;
  },
  outputBinary: false,
};
