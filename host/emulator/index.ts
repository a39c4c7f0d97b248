export { type BoardOptions, QemuBoard } from '../sim/board/qemu-board.js';
export { type BoardName, BOARDS } from '../sim/board/machines.js';
export { type NativelyReplayed, replayNatively } from '../sim/native-replay.js';
export { TraceFile } from '../sim/trace-file.js';
export { replay, type Replayed } from '../trace/replay.js';
export type { Observer } from '../trace/recorder.js';
export { readTrace } from '../trace/script.js';
export { emulatedLink, type EmulatedLink } from './emulated-link.js';
export { type Fault, type FaultTable, readFaults, type Random, seededRandom } from './faults.js';
export {
  type FleetOptions,
  type FleetTerminal,
  type RunningTerminal,
  runningTerminals,
  startTerminals,
  type TerminalFleet,
} from '../sim/start-terminals.js';
export { FlashImage } from '../sim/flash-image.js';
export { KeyFile } from '../sim/key-file.js';
export { type DurableState, type KeyBacking, KeyStore, type KeyStoreOptions } from './key-store.js';
export {
  type Backing,
  DEFAULT_GEOMETRY,
  type FlashFault,
  type FlashOperation,
  type Geometry,
  Nor,
  PowerCut,
} from './nor.js';
export { openPty, type PtyOptions } from '../sim/pty.js';
export { Rtc } from './rtc.js';
export { type Endpoint, listenTcp } from '../sim/tcp.js';
export type { Cell, Tear } from './tear.js';
export { EmulatedTerminal, type TerminalParts } from './emulated-terminal.js';
export type { WireOptions } from './wire.js';
