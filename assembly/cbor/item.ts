import { argument, BREAK, indefinite, isString, major, Major, readHead } from './head';

// Whole CBOR items, of any type: whether they are well-formed (RFC 8949, appendix C), and whether
// a map has a key twice (section 5.6). There is no recursion, which could exhaust a board's stack.

/** How many containers and tags may be open at once: docs/PROTOCOL.md, "CBOR". */
export const DEPTH_MAX: i32 = 16;
const OUTER: usize = memory.data(4 * DEPTH_MAX, 4);

// What an open container waits for: a count of items, or one of these.
const ITEM_OR_BREAK: i32 = -1;
const KEY_OR_BREAK: i32 = -2;
const VALUE: i32 = -3;

/**
 * Returns where the item at `ptr` ends; 0 if it is not well-formed, or nested deeper than
 * `DEPTH_MAX`.
 */
export function itemEnd(ptr: usize, end: usize): usize {
  let depth = 0;
  let awaited = 1;
  for (let at = ptr; at != 0;) {
    while (awaited == 0 || ((awaited == ITEM_OR_BREAK || awaited == KEY_OR_BREAK) && isBreak(at, end))) {
      if (awaited != 0) at++;
      if (depth == 0) return at;
      awaited = load<i32>(OUTER + (--depth << 2));
    }
    awaited = afterItem(awaited);
    at = readHead(at, end);
    if (at == 0) return 0;
    if (isString()) {
      at = indefinite ? chunksEnd(at, end) : stringEnd(at, end);
      continue;
    }
    const inner = itemsAwaited(<u32>(end - at));
    if (inner == TOO_MANY || (inner != 0 && depth == DEPTH_MAX)) return 0;
    if (inner == 0) continue;
    store<i32>(OUTER + (depth++ << 2), awaited);
    awaited = inner;
    assert(depth <= DEPTH_MAX && at <= end);
  }
  return 0;
}

/** Returns true if a map in the well-formed item at `ptr` has a key twice. */
export function repeatsKey(ptr: usize, end: usize): bool {
  for (let at = ptr; at < end;) {
    if (isBreak(at, end)) {
      at++;
      continue;
    }
    at = readHead(at, end);
    assert(at != 0);
    if (isString()) at += indefinite ? 0 : <usize>argument;
    else if (major == Major.Map && mapRepeatsKey(at, end, indefinite ? u32.MAX_VALUE : <u32>argument)) return true;
  }
  return false;
}

/** Compares each key with those before it: the largest packet has some 600 short ones. */
function mapRepeatsKey(first: usize, end: usize, pairs: u32): bool {
  let at = first;
  for (; pairs > 0 && !isBreak(at, end); pairs--) {
    const keyEnd = itemEnd(at, end);
    for (let earlier = first; earlier < at;) {
      const earlierEnd = itemEnd(earlier, end);
      if (isSame(earlier, earlierEnd, at, keyEnd)) return true;
      earlier = itemEnd(earlierEnd, end);
    }
    at = itemEnd(keyEnd, end);
  }
  return false;
}

/** Two items are the same, also if a head is longer than it need be. */
function isSame(left: usize, leftEnd: usize, right: usize, rightEnd: usize): bool {
  const leftInner = readHead(left, leftEnd);
  const type = major;
  const value = argument;
  const open = indefinite;
  const rightInner = readHead(right, rightEnd);
  // The argument of a float is no number: its width counts, too.
  if (type == Major.Simple && load<u8>(left) != load<u8>(right)) return false;
  const bytes = leftEnd - leftInner;
  return (
    major == type &&
    argument == value &&
    indefinite == open &&
    rightEnd - rightInner == bytes &&
    memory.compare(leftInner, rightInner, bytes) == 0
  );
}

function isBreak(at: usize, end: usize): bool {
  return at < end && load<u8>(at) == BREAK;
}

function afterItem(awaited: i32): i32 {
  if (awaited == KEY_OR_BREAK) return VALUE;
  if (awaited == VALUE) return KEY_OR_BREAK;
  return awaited == ITEM_OR_BREAK ? ITEM_OR_BREAK : awaited - 1;
}

const TOO_MANY: i32 = i32.MIN_VALUE;

/** What the head read last opens, with `room` bytes behind it. */
function itemsAwaited(room: u32): i32 {
  if (major == Major.Tag) return 1;
  if (major != Major.Array && major != Major.Map) return 0;
  if (indefinite) return major == Major.Map ? KEY_OR_BREAK : ITEM_OR_BREAK;
  // An item takes at least one byte.
  if (argument > <u64>room) return TOO_MANY;
  return (<i32>argument) << (major == Major.Map ? 1 : 0);
}

/** Where the string ends whose head, read last, ends at `at`; 0 if it is cut off. */
function stringEnd(at: usize, end: usize): usize {
  return argument > <u64>(end - at) ? 0 : at + <usize>argument;
}

/** The same for a string of indefinite length: chunks of its own type, of definite length. */
function chunksEnd(from: usize, end: usize): usize {
  const type = major;
  let at = from;
  while (at != 0 && !isBreak(at, end)) {
    at = readHead(at, end);
    if (at != 0) at = major == type && !indefinite ? stringEnd(at, end) : 0;
  }
  return at == 0 ? 0 : at + 1;
}
