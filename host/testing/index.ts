/**
 * For tests: an emulated terminal that has its key, and a clock that the test moves.
 *
 * @module octobind/testing
 */

export type { Fault, FaultTable } from '../emulator/faults.js';
export type { WireOptions } from '../emulator/wire.js';
export { keyStoreOf, type KeyedTerminal, type KeyedTerminalOptions, startKeyedTerminal } from './keyed-terminal.js';
export { ManualClock } from './manual-clock.js';
