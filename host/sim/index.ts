/**
 * Runs terminals on this machine: behind a PTY or a TCP port, with files, or as a board in QEMU.
 *
 * @module octobind/sim
 */

export type { BoardIdentity } from './board/identity.js';
export { type BoardName, BOARDS } from './board/machines.js';
export { type BoardOptions, QemuBoard } from './board/qemu-board.js';
export { type ControlAction, type ControlReply, type ControlRequest } from './control-protocol.js';
export { controlTerminal } from './control-client.js';
export type { Endpoint } from './endpoint.js';
export { FailureFile } from './failure-file.js';
export { readFaults } from './fault-file.js';
export { firmwareModule, readFirmware } from '../firmware/file.js';
export { FlashImage } from './flash-image.js';
export { KeyFile } from './key-file.js';
export { type NativeReplayResult, replayTraceNatively } from './native-replay.js';
export { placesIn } from './places.js';
export { openPty, type PtyOptions } from './pty.js';
export { type RunningTerminal, runningTerminals } from './running.js';
export { type StartOptions, type StartedTerminal, startTerminals, type StartedTerminals } from './start-terminals.js';
export { listenTcp } from './tcp.js';
export { readTrace, TraceFile } from './trace-file.js';
