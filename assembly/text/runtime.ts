import * as hal from '../hal';
import { RuntimeText, Size } from '../protocol';

/** Writes what the runtime says of itself. Returns its bytes. */
export function runtimeText(which: RuntimeText, out: usize): i32 {
  const bytes = max(hal.runtime_text(which, out, Size.RuntimeTextMax), 0);
  assert(bytes <= Size.RuntimeTextMax);
  return bytes;
}
