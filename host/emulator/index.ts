/**
 * The terminal as an object: flash, keys, clock and line, and traces of it. Nothing here opens a
 * file or a socket.
 *
 * @module octobind/emulator
 */

export { Event, HalError, Key, KeySlot, ResetCause } from '../../assembly/protocol.js';
export { type ReplayResult, replayTrace } from '../trace/replay.js';
export type { Observer } from '../trace/lines.js';
export { traceLines } from '../trace/script.js';
export type { Crypto } from '../crypto/crypto.js';
export { emulatedLink, type EmulatedLink } from './emulated-link.js';
export { EmulatedTerminal, type TerminalParts } from './emulated-terminal.js';
export type { Fault, FaultTable } from './faults.js';
export type { FrontPanel } from './front-panel.js';
export type { FailureBacking, Failures } from './failures.js';
export { type DurableState, type KeyBacking, KeyStore, type KeyStoreOptions, type PasswordHash } from './key-store.js';
export {
  type Backing,
  DEFAULT_GEOMETRY,
  type FlashFault,
  type FlashOperation,
  type Geometry,
  Nor,
  policyGeometry,
  PowerCut,
} from './nor.js';
export { type Locate, type Place, placeText } from './place.js';
export { type Random, seededRandom } from './random.js';
export { Rtc } from './rtc.js';
export { compileFirmware } from './runtime.js';
export { Screen } from '../screen/screen.js';
export type { Cell, Tear } from './tear.js';
export type { WireOptions } from './wire.js';
