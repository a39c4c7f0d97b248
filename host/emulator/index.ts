export { type BoardOptions, QemuBoard } from '../board/board.js';
export { type BoardName, BOARDS } from '../board/machines.js';
export { type NativelyReplayed, replayNatively } from '../board/replay.js';
export { TraceFile } from '../trace/file.js';
export { replay, type Replayed } from '../trace/replay.js';
export type { Observer } from '../trace/seam.js';
export { readTrace } from '../trace/script.js';
export { emulatedLink, type EmulatedLink } from './binding.js';
export { type Fault, type FaultTable, readFaults, type Random, seededRandom } from './faults.js';
export {
  type FleetOptions,
  type FleetTerminal,
  type RunningTerminal,
  runningTerminals,
  startTerminals,
  type TerminalFleet,
} from './fleet.js';
export { FlashImage } from './image.js';
export { KeyFile } from './key-file.js';
export { type DurableState, type KeyBacking, KeyStore, type KeyStoreOptions } from './keys.js';
export {
  type Backing,
  DEFAULT_GEOMETRY,
  type FlashFault,
  type FlashOperation,
  type Geometry,
  Nor,
  PowerCut,
} from './nor.js';
export { openPty, type PtyOptions } from './pty.js';
export { Rtc } from './rtc.js';
export { type Endpoint, listenTcp } from './tcp.js';
export type { Cell, Tear } from './tear.js';
export { EmulatedTerminal, type TerminalParts } from './terminal.js';
export type { WireOptions } from './wire.js';
