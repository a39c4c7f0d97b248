import { Nor } from '../../build/host/emulator/nor.js';

/** An erased flash, and with it the registers of the terminal that it belongs to: a branch of one is a branch of both. */
export function newFlash(geometry) {
  return withRegisters(new Nor(geometry), {});
}

function withRegisters(nor, registers) {
  const branch = nor.branch.bind(nor);
  nor.registers = registers;
  nor.branch = () => withRegisters(branch(), { ...registers });
  return nor;
}
