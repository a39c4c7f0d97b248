export type { Fault, FaultTable } from '../emulator/faults.js';
export type { WireOptions } from '../emulator/wire.js';
export { keyStoreOf, type KeyedTerminal, type KeyedTerminalOptions, startKeyedTerminal } from './keyed-terminal.js';
export { ManualClock } from './manual-clock.js';
