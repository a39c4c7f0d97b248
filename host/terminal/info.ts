import { Group, Op, SessionCommand } from '../../assembly/protocol.js';
import { toHex } from '../bytes.js';
import * as sessionReplies from '../session/replies.js';
import type { Requests } from './requests.js';

/** What a terminal is made of, as it says in clear. Nothing of it is proven. */
export interface TerminalInfo {
  /** Version of the firmware. */
  readonly release: string;
  /** Version of the HAL that the firmware needs: docs/HAL.md. */
  readonly hal: number;
  /** What runs the firmware, and its version: `emulator 0.1.0`, `board 0.1.0`. */
  readonly runtime: string;
  readonly architecture: string;
  readonly processor: string;
  readonly board: string;
  /** SHA-256 of `terminal.wasm`, 64 hexadecimal digits. Null if the runtime does not know it. */
  readonly build: string | null;
}

export async function readInfo(requests: Requests): Promise<TerminalInfo> {
  const { arch, cpu, build, ...same } = await requests.inClear(
    Op.Read,
    Group.Session,
    SessionCommand.About,
    sessionReplies.about,
  );
  return { ...same, architecture: arch, processor: cpu, build: build && toHex(build) };
}
