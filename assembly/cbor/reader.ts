import { isUtf8 } from '../text/utf8';
import { wordOf } from '../text/words';

// CBOR (RFC 8949), read in place. After the first item that is not well-formed, or not of the
// type asked for, `bad` is set and stays so until the next `startReading`; whatever is read from
// then on is zero and empty.

export let bad: bool = false;
/** The text or bytes read last. */
export let stringPtr: usize = 0;
export let stringBytes: i32 = 0;

let at: usize = 0;
let end: usize = 0;

enum Major {
  Unsigned = 0,
  Negative = 1,
  Bytes = 2,
  Text = 3,
  Array = 4,
  Map = 5,
  Tag = 6,
  Simple = 7,
}
/** Additional information that means "until a break". */
const INDEFINITE: i32 = 31;
const BREAK: u32 = 0xff;
const TRUE: u32 = 0xf5;
const NULL: u32 = 0xf6;

/** Items left of a container that ends with a break. */
const UNTIL_BREAK: i32 = -1;

/** How deep `skip` follows containers within containers. */
const DEPTH_MAX: i32 = 16;

// The head read last.
let major: i32 = 0;
let argument: u64 = 0;
let indefinite: bool = false;

export function startReading(ptr: usize, len: i32): void {
  assert(len >= 0);
  at = ptr;
  end = ptr + len;
  bad = false;
}

/** All was well-formed, and nothing is left over. */
export function finished(): bool {
  return !bad && at == end;
}

function reject(): void {
  bad = true;
  stringBytes = 0;
}

/** Enters a map. Returns its pairs, as `more` takes them. A body of no bytes is an empty map. */
export function openBody(): i32 {
  return at == end ? 0 : openMap();
}

export function openMap(): i32 {
  return open(Major.Map);
}
export function openArray(): i32 {
  return open(Major.Array);
}

/**
 * The container has a further item (or pair). `left` is what `open…` or the last `next` returned.
 */
export function more(left: i32): bool {
  assert(left >= UNTIL_BREAK);
  if (bad || left == 0) return false;
  if (left > 0) return true;
  if (at < end && load<u8>(at) == BREAK) {
    at++;
    return false;
  }
  return true;
}

/** Items left after one. */
export function next(left: i32): i32 {
  return left > 0 ? left - 1 : left;
}

/** Reads text, definite and UTF-8, into `stringPtr` and `stringBytes`. */
export function readText(): void {
  readString(Major.Text);
  if (!bad && !isUtf8(stringPtr, stringBytes)) reject();
}

export function readBytes(): void {
  readString(Major.Bytes);
}

/** Reads an unsigned integer of at most `limit`. */
export function readUnsigned(limit: u32): u32 {
  if (!head() || major != Major.Unsigned || argument > <u64>limit) {
    reject();
    return 0;
  }
  return <u32>argument;
}

/** Takes the next item if it is null. */
export function takeNull(): bool {
  return takeSimple(NULL);
}
/** Takes the next item if it is true. */
export function takeTrue(): bool {
  return takeSimple(TRUE);
}

/** Passes over one item, however it is nested. */
export function skip(): void {
  // Items left of each open container; `UNTIL_BREAK` for one that ends with a break.
  let depth = 0;
  let left: u32 = 1;
  const counts = SKIP_COUNTS;
  while (!bad) {
    while (left == 0 || (left == <u32>UNTIL_BREAK && takeBreak())) {
      if (depth == 0) return;
      left = load<u32>(counts + (--depth << 2));
    }
    if (left != <u32>UNTIL_BREAK) left--;
    if (!head()) return reject();
    let items: u32 = 0;
    if (major == Major.Bytes || major == Major.Text) {
      if (indefinite || argument > <u64>(end - at)) return reject();
      at += <usize>argument;
    } else if (major == Major.Array || major == Major.Map) {
      // An item takes a byte at least, so a count beyond the bytes left is wrong. That keeps it
      // small, too.
      if (!indefinite && argument > <u64>(end - at)) return reject();
      items = indefinite ? <u32>UNTIL_BREAK : (<u32>argument) << (major == Major.Map ? 1 : 0);
    } else if (major == Major.Tag) {
      items = 1;
    }
    if (items == 0) continue;
    if (depth == DEPTH_MAX) return reject();
    store<u32>(counts + (depth++ << 2), left);
    left = items;
    assert(depth <= DEPTH_MAX && at <= end);
  }
}
const SKIP_COUNTS: usize = memory.data(4 * DEPTH_MAX, 4);

function takeBreak(): bool {
  if (at < end && load<u8>(at) == BREAK) {
    at++;
    return true;
  }
  return false;
}

function takeSimple(byte: u32): bool {
  if (bad || at >= end || load<u8>(at) != byte) return false;
  at++;
  return true;
}

function open(wanted: i32): i32 {
  const fits = head() && major == wanted && (indefinite || argument <= <u64>(end - at));
  if (!fits) {
    reject();
    return 0;
  }
  return indefinite ? UNTIL_BREAK : <i32>argument;
}

function readString(wanted: i32): void {
  if (!head() || major != wanted || indefinite || argument > <u64>(end - at)) return reject();
  stringPtr = at;
  stringBytes = <i32>argument;
  at += stringBytes;
  assert(at <= end);
}

/** Reads an item's head. A break is not an item. */
function head(): bool {
  if (bad || at >= end) return false;
  const first: u32 = load<u8>(at++);
  major = first >> 5;
  const info: i32 = first & 31;
  indefinite = info == INDEFINITE;
  if (info < 24) {
    argument = info;
    return true;
  }
  if (indefinite) return major >= Major.Bytes && major <= Major.Map;
  if (info > 27) return false;
  let bytes = 1 << (info - 24);
  if (<i32>(end - at) < bytes) return false;
  argument = 0;
  while (bytes-- > 0) argument = (argument << 8) | load<u8>(at++);
  return true;
}

/** The text read last as a word; 0 if it is none. */
export function lastWord(): u64 {
  return wordOf(stringPtr, stringBytes);
}
