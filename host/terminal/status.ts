import { Group, LifeCycle, Op, SessionCommand } from '../../assembly/protocol.js';
import { toHex } from '../bytes.js';
import * as sessionReplies from '../session/replies.js';
import type { Requests } from './requests.js';

/** What a terminal says about itself in clear. Nothing of it is proven. */
export interface TerminalStatus {
  readonly lifeCycle: LifeCycle;
  readonly serial: string;
  /** Check value of its master key, six hexadecimal digits. Null if it has no key. */
  readonly checkValue: string | null;
  /** Milliseconds until it lets a session be opened. */
  readonly waitMs: number;
}

export async function readStatus(requests: Requests): Promise<TerminalStatus> {
  const { state, serial, kcv, wait } = await requests.inClear(
    Op.Read,
    Group.Session,
    SessionCommand.Status,
    sessionReplies.status,
  );
  return { lifeCycle: state, serial, checkValue: kcv && toHex(kcv), waitMs: wait };
}

/** Whether a terminal in this state has a live key, so that it takes another only in a session. */
export function hasLiveKey(lifeCycle: LifeCycle): boolean {
  return lifeCycle === LifeCycle.Keyed || lifeCycle === LifeCycle.InService;
}
