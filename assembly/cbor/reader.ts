import { isUtf8 } from '../text/utf8';
import { wordOf } from '../text/words';
import { argument, BREAK, indefinite, major, Major, readHead } from './head';
import { itemEnd, repeatsKey } from './item';

// CBOR (RFC 8949), read in place. After the first item that is not well-formed, or not of the
// type asked for, `bad` is set and stays so until the next `startReading`; whatever is read from
// then on is zero and empty.

export let bad: bool = false;
/** The text or bytes read last. */
export let stringPtr: usize = 0;
export let stringBytes: i32 = 0;

let at: usize = 0;
let end: usize = 0;

const TRUE: u32 = 0xf5;
const NULL: u32 = 0xf6;

/** Items left of a container that ends with a break. */
const UNTIL_BREAK: i32 = -1;

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

/**
 * Enters the map that is all there is to read. Returns its pairs, as `more` takes them. No bytes
 * are an empty map. It is checked as a whole, so that what nobody reads is well-formed too.
 */
export function openBody(): i32 {
  if (at == end) return 0;
  if (itemEnd(at, end) != end || repeatsKey(at, end)) {
    reject();
    return 0;
  }
  return openMap();
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

/** Passes over one item, whatever it is. */
export function skip(): void {
  if (bad) return;
  const behind = itemEnd(at, end);
  if (behind == 0) reject();
  else at = behind;
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
  if (bad) return false;
  const behind = readHead(at, end);
  if (behind == 0) return false;
  at = behind;
  return true;
}

/** The text read last as a word; 0 if it is none. */
export function lastWord(): u64 {
  return wordOf(stringPtr, stringBytes);
}
