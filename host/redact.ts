/** Twelve digits or more, spaced or hyphenated as people write card numbers, in any script's digits. */
const NUMBER_LIKE = /\p{Nd}(?:[\s-]*\p{Nd}){11,}/gu;

/** Takes out of a text that quotes somebody's file or command line whatever could be a card number. */
export function redact(text: string): string {
  return text.replace(NUMBER_LIKE, '(number withheld)');
}
