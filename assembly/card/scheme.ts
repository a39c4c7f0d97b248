import { lengthsOf, schemeOfPrefix } from '../../build/generated/schemes';
import { Scheme, Size } from '../protocol';

/**
 * Set in `schemeOf`'s result if the prefix is known and its scheme issues no numbers of this
 * length.
 */
export const NOT_ISSUED: i32 = 0x80;

/**
 * Scheme of a number by its first eight digits and its count of digits (12 to 19), as
 * credit-card-type has it. `Scheme.Unknown` if the prefix is not known.
 */
export function schemeOf(prefix: u32, count: i32): i32 {
  assert(count >= Size.PanMin && count <= Size.PanMax);
  const scheme = schemeOfPrefix(prefix);
  if (scheme == Scheme.Unknown) return scheme;
  return (lengthsOf(scheme) >> (count - Size.PanMin)) & 1 ? scheme : scheme | NOT_ISSUED;
}
