import { FIRST_START, makeHal } from './build/host/emulator/hal.js';
import { KeyStore } from './build/host/emulator/key-store.js';
import { Nor } from './build/host/emulator/nor.js';
import { Rtc } from './build/host/emulator/rtc.js';
import { KeySlot } from './build/assembly/protocol.js';

/**
 * The responder's ephemeral key of the vector in noise.spec.ts; these tests need no better
 * randomness.
 */
const DRAWN = Buffer.from('bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b', 'hex');

/** The firmware's imports, as the emulator has them. */
function hal(memory, rom) {
  const hardware = {
    serial: 'OB-SPEC',
    nor: new Nor({ sectorBytes: 4096, sectorCount: 4, programUnit: 4 }),
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
  async instantiate(memory, createImports, instantiate, binary) {
    let instance;
    const [rom] = WebAssembly.Module.customSections(new WebAssembly.Module(binary), 'octobind.rom');
    const imports = hal(() => instance.exports.memory, new Uint8Array(rom));
    const module = instantiate(binary, createImports({ env: { memory }, hal: imports }));
    instance = await module;
    return instance;
  },
  outputBinary: false,
};
