import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * The audit log of this user: `octobind/audit.jsonl` in his folder for state (XDG Base Directory
 * Specification, which has relative paths ignored).
 */
export function usersLog(): string {
  const { XDG_STATE_HOME: state = '' } = process.env;
  return join(isAbsolute(state) ? state : join(homedir(), '.local', 'state'), 'octobind', 'audit.jsonl');
}

/** Commands whose terminals this process emulates itself. Those are not worth a log. */
export const EMULATING: readonly string[] = ['sim', 'record', 'board run', 'demo'];
