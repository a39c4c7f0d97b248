import { type Geometry, Nor } from '../../host/emulator/nor.js';

/** By their ids, which come from the firmware. */
export type Registers = Record<number, Uint8Array>;

/** What outlives the power: a flash, and the registers of its terminal. */
export interface Durable extends Nor {
  registers: Registers;
  /** Told of each use of a register. Returns 0 or the HalError that the use ends in, or throws. */
  onRegister: ((how: 'get' | 'set', id: number) => number) | undefined;
  /** A branch of both. */
  branch(): Durable;
}

/** An erased flash, and registers that were never set. */
export function newFlash(geometry: Geometry): Durable {
  return withRegisters(new Nor(geometry), {});
}

function withRegisters(nor: Nor, registers: Registers): Durable {
  const branch = nor.branch.bind(nor);
  const durable: Durable = Object.assign(nor, {
    registers,
    onRegister: undefined,
    branch: () => withRegisters(branch(), { ...durable.registers }),
  });
  return durable;
}
