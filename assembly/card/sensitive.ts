import { wordAt } from '../text/words';

/**
 * The key of a field names what must not be stored (PCI DSS 3.3.1), or expiry, which the terminal
 * has no use for, in any case of letters. Whoever sends one learns why it is refused.
 */
export function namesSensitiveData(key: usize, bytes: i32): bool {
  const name = lowered(wordAt(key, bytes));
  const first3 = name & 0xff_ffff;
  const first5 = name & 0xff_ffff_ffff;
  return (
    first3 == word('exp') ||
    first3 == word('cvv') ||
    first3 == word('cvc') ||
    first3 == word('cvn') ||
    first3 == word('cav') ||
    first3 == word('pin') ||
    first5 == word('track') ||
    (bytes == 3 && (first3 == word('cid') || first3 == word('csc')))
  );
}

/** With the letters A to Z in lower case. */
function lowered(word: u64): u64 {
  let lower: u64 = 0;
  for (let shift: u64 = 0; shift < 64; shift += 8) {
    const char = (word >> shift) & 0xff;
    lower |= (char - 0x41 < 26 ? char | 0x20 : char) << shift;
  }
  return lower;
}
