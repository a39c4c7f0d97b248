import luhn from 'fast-luhn';

/** A number of `length` digits: `prefix`, then `fill` again and again, then its check digit. */
export function numberOf(prefix: string, length: number, fill = '0'): string {
  const digits = prefix.padEnd(length - 1, fill).slice(0, length - 1);
  return Array.from('0123456789', (check) => digits + check).find((pan) => luhn(pan)) ?? digits;
}
