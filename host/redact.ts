/** At least twelve digits of any script, with anything but letters between them. */
const DIGITS = /\p{Nd}(?:[^\p{L}\p{Nd}]*\p{Nd}){11,}/gu;
const WITHHELD = '(number withheld)';
const SHORTEST = 12;
const LONGEST = 19;

/** The address of a terminal, `192.168.100.20:7101`, may pass Luhn by chance. */
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|(?=:|$))){4}(?::\d{1,5})?$/;

/**
 * Removes card numbers from text that quotes a file, a command line or a library. Which digits
 * count as one: docs/SECURITY.md, "What counts as a card number".
 */
export function redact(text: string): string {
  return text.replace(DIGITS, (run) => {
    const found = numberIn(run);
    return found ? `${run.slice(0, found.from)}${WITHHELD}${run.slice(found.to)}` : run;
  });
}

/**
 * Removes every twelve digits and more. For what a person typed in a wrong place: it may be a
 * number with a wrong digit.
 */
export function redactDigits(text: string): string {
  return text.replace(DIGITS, WITHHELD);
}

/** Whether `redact` would remove something. */
export function holdsNumber(text: string): boolean {
  return [...text.matchAll(DIGITS)].some(([run]) => numberIn(run) !== undefined);
}

interface Place {
  readonly from: number;
  readonly to: number;
}

interface Digit extends Place {
  readonly value: number;
  /** Whether a number may begin here, or end here. */
  readonly starts: boolean;
  readonly ends: boolean;
}

/** From the first to the last digit that belongs to a number. */
function numberIn(run: string): Place | undefined {
  if (IPV4.test(run)) return undefined;
  const digits = digitsOf(run);
  let from = Infinity;
  let to = 0;
  for (const [first, { starts, from: begins }] of digits.entries()) {
    if (!starts) continue;
    for (let count = SHORTEST; count <= LONGEST && first + count <= digits.length; count++) {
      const last = digits[first + count - 1];
      if (!last?.ends || !isNumber(digits.slice(first, first + count).map(({ value }) => value))) continue;
      from = Math.min(from, begins);
      to = Math.max(to, last.to);
    }
  }
  return to === 0 ? undefined : { from, to };
}

/**
 * Digits side by side are a group, and a number consists of whole groups: `12: 4242 …` is a
 * number behind a line's own. In a group that is too long for a number, one may begin anywhere.
 */
function digitsOf(run: string): Digit[] {
  const digits: Digit[] = [];
  for (const { 0: group, index } of run.matchAll(/\p{Nd}+/gu)) {
    const chars = Array.from(group);
    const isLong = chars.length > LONGEST;
    let from = index;
    for (const [at, char] of chars.entries()) {
      const to = from + char.length;
      const edges = { starts: isLong || at === 0, ends: isLong || at === chars.length - 1 };
      digits.push({ value: valueOf(char), from, to, ...edges });
      from = to;
    }
  }
  return digits;
}

/** Unicode has the ten digits of a script side by side, from 0 to 9. */
function valueOf(char: string): number {
  const point = char.codePointAt(0) ?? 0;
  let zero = point;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return (point - zero) % 10;
}

/** Some UnionPay cards have a wrong check digit. The firmware refuses them; they are secret. */
function isNumber(values: readonly number[]): boolean {
  return passesLuhn(values) || (values[0] === 6 && values[1] === 2 && values.length >= 15);
}

/** ISO/IEC 7812-1, annex B. */
function passesLuhn(values: readonly number[]): boolean {
  const sum = values.toReversed().reduce((total, value, at) => {
    return total + (at % 2 === 0 ? value : value * 2 - (value > 4 ? 9 : 0));
  }, 0);
  return sum % 10 === 0;
}
