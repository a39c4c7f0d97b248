// The head of a CBOR item (RFC 8949, section 3): its type, and the argument that belongs to it.

export enum Major {
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
export const BREAK: u32 = 0xff;
/** Simple values below it have one byte only (section 3.3). */
const SIMPLE_MIN: u64 = 32;

// The head read last.
export let major: i32 = 0;
export let argument: u64 = 0;
export let indefinite: bool = false;

/**
 * Reads the head at `ptr`. Returns where it ends; 0 if it is cut off or not well-formed. A break
 * is not a head.
 */
export function readHead(ptr: usize, end: usize): usize {
  if (ptr >= end) return 0;
  const first: u32 = load<u8>(ptr++);
  major = first >> 5;
  const info: i32 = first & 31;
  indefinite = info == INDEFINITE;
  argument = info;
  if (info < 24) return ptr;
  if (indefinite) return major >= Major.Bytes && major <= Major.Map ? ptr : 0;
  if (info > 27) return 0;
  let bytes = 1 << (info - 24);
  if (<i32>(end - ptr) < bytes) return 0;
  argument = 0;
  while (bytes-- > 0) argument = (argument << 8) | load<u8>(ptr++);
  return major == Major.Simple && info == 24 && argument < SIMPLE_MIN ? 0 : ptr;
}

/** The head read last is that of bytes or text. */
export function isString(): bool {
  return major == Major.Bytes || major == Major.Text;
}
