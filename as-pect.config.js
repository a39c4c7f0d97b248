import { Nor } from './build/host/emulator/nor.js';

/** The firmware's imports, of which its unit tests need the flash alone; the rest answers "absent". */
function hal(memory) {
  const nor = new Nor({ sectorBytes: 4096, sectorCount: 4, programUnit: 4 });
  const bytes = (ptr, len) => new Uint8Array(memory().buffer, ptr, len);
  return {
    uart_write: (_ptr, len) => len,
    nor_sector_bytes: () => nor.geometry.sectorBytes,
    nor_sector_count: () => nor.geometry.sectorCount,
    nor_program_unit: () => nor.geometry.programUnit,
    nor_read: (address, ptr, len) => nor.read(address, bytes(ptr, len)),
    nor_program: (address, ptr, len) => nor.program(address, bytes(ptr, len)),
    nor_erase: (address) => nor.erase(address),
    rtc_get: () => -3,
    rtc_set: () => -3,
    serial_number: () => -3,
    hmac_sha256: () => -3,
    reset: () => {},
  };
}

export default {
  entries: ['test/firmware/**/*.spec.ts'],
  include: [],
  disclude: [/node_modules/],
  async instantiate(memory, createImports, instantiate, binary) {
    let instance;
    const module = instantiate(binary, createImports({ env: { memory }, hal: hal(() => instance.exports.memory) }));
    instance = await module;
    return instance;
  },
  outputBinary: false,
};
