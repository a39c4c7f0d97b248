import { Key } from '../protocol';

// Keys wait here until a poll takes them.

const ROOM: i32 = 8;
const QUEUE: usize = memory.data(8, 1);
let waiting: i32 = 0;

export function startKeys(): void {
  memory.fill(QUEUE, 0, ROOM);
  waiting = 0;
}

/** False if the key is none, or if too many wait: then it is lost. */
export function pressKey(key: u32): bool {
  if (key > <u32>Key.ClearAll || waiting == ROOM) return false;
  store<u8>(QUEUE + waiting++, key);
  return true;
}

/** The key that waits longest; -1 if there is none. It may be a digit of a number: it is wiped. */
export function takeKey(): i32 {
  if (waiting == 0) return -1;
  const key: i32 = load<u8>(QUEUE);
  memory.copy(QUEUE, QUEUE + 1, --waiting);
  store<u8>(QUEUE + waiting, 0);
  return key;
}

export function hasKey(): bool {
  return waiting > 0;
}

export function isDigit(key: i32): bool {
  return key <= Key.Digit9;
}
