import { rowOf, schemesOf } from '../../build/generated/schemes';
import { Size } from '../protocol';

/**
 * Set in `schemeOf`'s result if the prefix is known and its scheme issues no numbers of this
 * length.
 */
export const NOT_ISSUED: i32 = 0x80;

/**
 * Scheme of a number by its first eight digits and its count of digits (12 to 19).
 * `Scheme.Unknown` if the prefix is not known.
 */
export function schemeOf(prefix: u32, count: i32): i32 {
  assert(count >= Size.PanMin && count <= Size.PanMax);
  return <i32>((schemesOf(rowOf(prefix)) >> ((<u64>(count - Size.PanMin)) << 3)) & 0xff);
}
