import { warnsOnly } from '../policy/rules';
import { Refusal, Scheme, Size } from '../protocol';
import { NO_BANK } from './bank';
import { bankOfDigits, DIGITS, luhnSum, schemeOfDigits, wipeDigits } from './pan';

// What a number can become while a person types it.

/** So many digits decide about scheme and bank. */
const DECISIVE: i32 = 9;
/** With fewer, many ranges lie within what is typed. */
const ENOUGH: i32 = 6;

const UNDECIDED: i32 = -1;
/**
 * The scheme of all numbers that can come of it, -1 if they differ; and the only bank that issues
 * any.
 */
export let knownScheme: i32 = UNDECIDED;
export let knownBank: i32 = NO_BANK;

/**
 * Judges the first `count` digits of a number, in ASCII. Returns `Refusal.None` if they are a
 * number, `Refusal.PanLength` if more must follow; or why no number begins so, which can be told
 * from the ninth digit on.
 */
export function judgeTyped(ptr: usize, count: i32): Refusal {
  knownScheme = UNDECIDED;
  knownBank = NO_BANK;
  if (count < ENOUGH) return Refusal.PanLength;
  // Behind nine digits, whatever does not make them one digit repeated.
  lay(ptr, count, count < DECISIVE ? 0 : ((load<u8>(ptr) & 0x0f) + 1) % 10);
  let refusal = judgeLaid(count);
  if (count < DECISIVE) {
    const scheme = knownScheme;
    const bank = knownBank;
    lay(ptr, count, 9);
    judgeLaid(count);
    if (scheme != knownScheme) knownScheme = UNDECIDED;
    if (bank != knownBank) knownBank = NO_BANK;
    refusal = Refusal.PanLength;
  }
  wipeDigits();
  return refusal;
}

/** Lays the digits out, and `filler` behind them. */
function lay(ptr: usize, count: i32, filler: u8): void {
  memory.fill(DIGITS, filler, Size.PanMax);
  for (let i = 0; i < count; i++) store<u8>(DIGITS + i, load<u8>(ptr + i) & 0x0f);
}

let banksDiffer: bool = false;

function noteBank(bank: i32): void {
  if (bank == NO_BANK || banksDiffer) return;
  banksDiffer = knownBank != NO_BANK && knownBank != bank;
  knownBank = banksDiffer ? NO_BANK : bank;
}

function judgeLaid(count: i32): Refusal {
  knownScheme = UNDECIDED;
  knownBank = NO_BANK;
  banksDiffer = false;
  let refusal: Refusal = Refusal.PanLength;
  let known = false;
  for (let length = max(count, <i32>Size.PanMin); length <= Size.PanMax; length++) {
    const scheme = schemeOfDigits(length);
    if (scheme < 0) {
      if (!known && refusal != Refusal.PanCheckDigit) refusal = -scheme as Refusal;
      continue;
    }
    if (length == count && luhnSum(DIGITS, count) % 10 != 0 && !(warnsOnly && scheme == Scheme.UnionPay)) {
      refusal = Refusal.PanCheckDigit;
      continue;
    }
    noteBank(bankOfDigits(length));
    if (!known) {
      knownScheme = scheme;
      refusal = length == count ? Refusal.None : Refusal.PanLength;
    }
    if (scheme != knownScheme) knownScheme = UNDECIDED;
    known = true;
  }
  return refusal;
}
