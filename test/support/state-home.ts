import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Keeps the audit logs of all tests out of the user's own state folder. */
export default function setup(): () => void {
  const dir = mkdtempSync(join(tmpdir(), 'octobind-state-'));
  process.env['XDG_STATE_HOME'] = dir;
  return () => rmSync(dir, { recursive: true });
}
