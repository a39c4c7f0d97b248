import { PIECES, PIECE_COUNT, ROWS } from '../../build/generated/schemes';
import { Size } from '../protocol';

/** Set in `schemeOf`'s answer where the prefix is known and no scheme of it issues this length. */
export const NOT_ISSUED: i32 = 0x80;

const ROW_BITS: u32 = 5;
const LENGTHS: u32 = Size.PanMax - Size.PanMin + 1;

/** Scheme of a number by its first eight digits and its count of digits (12 to 19), `Scheme.Unknown` where no prefix matches. */
export function schemeOf(prefix: u32, count: i32): i32 {
  const wanted = (prefix << ROW_BITS) | ((1 << ROW_BITS) - 1);
  let low = 0;
  let high = PIECE_COUNT;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (load<u32>(PIECES + (middle << 2)) <= wanted) low = middle;
    else high = middle;
  }
  const row = load<u32>(PIECES + (low << 2)) & ((1 << ROW_BITS) - 1);
  return load<u8>(ROWS + row * LENGTHS + (count - Size.PanMin));
}
