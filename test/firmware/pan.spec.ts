import { luhnBatch, panCheckBatch } from '../../assembly/card/batch';
import { checkDigits, DIGITS, luhnSum, maskText, readPan } from '../../assembly/card/pan';
import { Refusal, Scheme } from '../../assembly/protocol';
import { get, put, SCRATCH } from './text';

/** The scheme of a number, or minus a `Refusal`. */
function schemeFor(text: string): i32 {
  const digits = readPan(SCRATCH, put(text, SCRATCH));
  return digits < 0 ? digits : checkDigits(digits, false);
}

function verdict(text: string): i32 {
  const scheme = schemeFor(text);
  return scheme < 0 ? -scheme : <i32>Refusal.None;
}

/**
 * The sum of ISO/IEC 7812-1, annex B, done as the text says: one digit at a time, from the right.
 */
function luhnByTheBook(ptr: usize, count: i32): u32 {
  let sum: u32 = 0;
  for (let i = 0; i < count; i++) {
    let digit: u32 = load<u8>(ptr + count - 1 - i);
    if (i & 1) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum;
}

function refusalOf(out: usize, number: i32): i32 {
  return load<u16>(out + number * 4);
}

function byteOf(out: usize, number: i32, offset: i32): i32 {
  return load<u8>(out + number * 4 + offset);
}

/** Returns the digits with their check digit appended. */
function checked(digits: string): string {
  for (let i = 0; i < digits.length; i++) store<u8>(SCRATCH + i, digits.charCodeAt(i) - 0x30);
  store<u8>(SCRATCH + digits.length, 0);
  return digits + ((10 - (luhnByTheBook(SCRATCH, digits.length + 1) % 10)) % 10).toString();
}

describe('card number', () => {
  it('accepts published test numbers, and finds their scheme', () => {
    expect(schemeFor('4242424242424242')).toBe(Scheme.Visa);
    expect(schemeFor('5555555555554444')).toBe(Scheme.Mastercard);
    expect(schemeFor('378282246310005')).toBe(Scheme.AmericanExpress);
    expect(schemeFor('3056930009020004')).toBe(Scheme.DinersClub);
    expect(schemeFor('6011111111111117')).toBe(Scheme.Discover);
    expect(schemeFor('3566002020360505')).toBe(Scheme.Jcb);
    expect(schemeFor('6200000000000005')).toBe(Scheme.UnionPay);
    expect(schemeFor('6200000000000047')).toBe(Scheme.UnionPay);
    expect(schemeFor('6205500000000000004')).toBe(Scheme.UnionPay);
    expect(schemeFor('6243030000000001')).toBe(Scheme.UnionPay);
    expect(schemeFor('6221261111117766')).toBe(Scheme.UnionPay);
    expect(schemeFor('6223164991230014')).toBe(Scheme.UnionPay);
    expect(schemeFor('6304000000000000')).toBe(Scheme.Maestro);
    expect(schemeFor('6759560045005727054')).toBe(Scheme.Maestro);
  });

  it('refuses published numbers whose check digit is wrong', () => {
    expect(verdict('6222040000030012')).toBe(Refusal.PanCheckDigit);
    expect(verdict('621003257857442')).toBe(Refusal.PanCheckDigit);
    expect(verdict('6221558812340000')).toBe(Refusal.PanCheckDigit);
    expect(verdict('622018111111111111')).toBe(Refusal.PanCheckDigit);
  });

  it('ignores spaces and hyphens, and refuses any other character', () => {
    expect(verdict(' 4242-4242 4242--4242 ')).toBe(Refusal.None);
    expect(verdict('4242.4242.4242.4242')).toBe(Refusal.PanCharacter);
    expect(verdict('4242424242424242\t')).toBe(Refusal.PanCharacter);
    expect(verdict('4242\u00a0424242424242')).toBe(Refusal.PanCharacter);
    expect(verdict('424242424242424O')).toBe(Refusal.PanCharacter);
    expect(verdict('\uff142424242424242')).toBe(Refusal.PanCharacter, 'a full-width digit');
  });

  it('accepts 12 to 19 digits', () => {
    expect(verdict('')).toBe(Refusal.PanLength);
    expect(verdict('63040000007')).toBe(Refusal.PanLength);
    expect(verdict('62055000000000000040')).toBe(Refusal.PanLength);
    expect(verdict('6304 0000 0007')).toBe(Refusal.PanCheckDigit);
    expect(verdict('6304 0000 0000')).toBe(Refusal.None);
  });

  it('refuses a length that the scheme does not issue', () => {
    expect(verdict(checked('422222222222'))).toBe(Refusal.PanSchemeLength, 'Visa of 13');
    expect(verdict(checked('55555555555555'))).toBe(Refusal.PanSchemeLength, 'Mastercard of 15');
    expect(verdict(checked('555555555555555'))).toBe(Refusal.None);
  });

  it('finds the scheme at the edges of prefix ranges', () => {
    expect(schemeFor(checked('811000000000000'))).toBe(Scheme.UnionPay, '81');
    expect(schemeFor(checked('220000000000000'))).toBe(Scheme.Mir, '2200');
    expect(schemeFor(checked('220400000000000'))).toBe(Scheme.Mir, '2204');
    expect(schemeFor(checked('222100000000000'))).toBe(Scheme.Mastercard, '2221');
    expect(schemeFor(checked('272099000000000'))).toBe(Scheme.Mastercard, '2720');
    expect(schemeFor(checked('272100000000000'))).toBe(Scheme.Unknown, '2721');
    expect(schemeFor(checked('999900000000000'))).toBe(Scheme.Unknown, 'no such prefix');
    expect(schemeFor(checked('650000000000000'))).toBe(Scheme.Discover, '65 of 16');
    expect(verdict(checked('65000000000000000'))).toBe(
      Refusal.PanSchemeLength,
      '65 of 18, although Maestro has all of 6',
    );
    expect(verdict(checked('620000000000'))).toBe(Refusal.PanSchemeLength, 'UnionPay of 13');
  });

  it('computes the same Luhn sum as the standard, for 1 to 19 digits', () => {
    let state: u32 = 1;
    for (let round = 0; round < 2000; round++) {
      const count = 1 + (round % 19);
      for (let i = 0; i < count; i++) {
        state = state * 1664525 + 1013904223;
        store<u8>(DIGITS + i, (state >> 16) % 10);
      }
      expect(luhnSum(DIGITS, count)).toBe(luhnByTheBook(DIGITS, count));
    }
  });

  it('hides at least six digits, whatever the length of the number', () => {
    const out = SCRATCH + 512;
    expect(get(out, maskText(SCRATCH, put('630400000000', SCRATCH), out))).toBe('63******0000');
    expect(get(out, maskText(SCRATCH, put('4222222222222', SCRATCH), out))).toBe('422******2222');
    expect(get(out, maskText(SCRATCH, put('30569309025904', SCRATCH), out))).toBe('3056******5904');
    expect(get(out, maskText(SCRATCH, put('378282246310005', SCRATCH), out))).toBe('37828******0005');
  });

  it('shows the first six and last four digits, and masks a short number or other text completely', () => {
    const out = SCRATCH + 512;
    expect(get(out, maskText(SCRATCH, put('4242 4242 4242 4242', SCRATCH), out))).toBe('424242******4242');
    expect(get(out, maskText(SCRATCH, put('6205500000000000004', SCRATCH), out))).toBe('620550*********0004');
    expect(get(out, maskText(SCRATCH, put('63040000007', SCRATCH), out))).toBe('***********');
    expect(get(out, maskText(SCRATCH, put('4242 4242 4242 424x', SCRATCH), out))).toBe('*******************');
    expect(maskText(SCRATCH, 0, out)).toBe(0);
  });

  it('checks each number of a batch as it checks a single one', () => {
    const out = SCRATCH + 512;
    const text =
      '4242424242424242\n4242-4242 4242 4242\n4242424242424241\nx\n\n63040000007\n6205500000000000004\n4222222222222';
    expect(panCheckBatch(SCRATCH, put(text, SCRATCH), out)).toBe(8);
    expect(refusalOf(out, 0)).toBe(Refusal.None);
    expect(byteOf(out, 0, 2)).toBe(Scheme.Visa);
    expect(byteOf(out, 0, 3)).toBe(16);
    expect(refusalOf(out, 1)).toBe(Refusal.None);
    expect(refusalOf(out, 2)).toBe(Refusal.PanCheckDigit);
    expect(byteOf(out, 2, 2)).toBe(0);
    expect(refusalOf(out, 3)).toBe(Refusal.PanCharacter);
    expect(refusalOf(out, 4)).toBe(Refusal.PanLength);
    expect(refusalOf(out, 5)).toBe(Refusal.PanLength);
    expect(refusalOf(out, 6)).toBe(Refusal.None);
    expect(byteOf(out, 6, 2)).toBe(Scheme.UnionPay);
    expect(byteOf(out, 6, 3)).toBe(19);
    expect(refusalOf(out, 7)).toBe(Refusal.PanSchemeLength);
  });

  it('finds wrong check digits and other characters in a batch', () => {
    const out = SCRATCH + 512;
    const text =
      '4242424242424242\n4242424242424241\n0\n18\n17\n\n42424242x2424242\n4242424242:24242\n6205500000000000004';
    expect(luhnBatch(SCRATCH, put(text, SCRATCH), out)).toBe(9);
    let seen = '';
    for (let i = 0; i < 9; i++) seen += load<u8>(out + i).toString();
    expect(seen).toBe('101100001');
  });
});
