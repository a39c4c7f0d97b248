import { Nor } from '../../build/host/emulator/nor.js';

/**
 * An erased flash, and with it the registers of the terminal that it belongs to: a branch of one is a branch of both. `onRegister`, if
 * it is set, is told of each use of a register, `get` or `set` and its id, and returns 0 or the HalError that is the outcome; or it throws.
 */
export function newFlash(geometry) {
  return withRegisters(new Nor(geometry), {});
}

function withRegisters(nor, registers) {
  const branch = nor.branch.bind(nor);
  nor.registers = registers;
  nor.branch = () => withRegisters(branch(), { ...nor.registers });
  return nor;
}
