/** Twelve or more digits of any script, with spaces or hyphens between them as on a card. */
const NUMBER_LIKE = /\p{Nd}(?:[\s-]*\p{Nd}){11,}/gu;

/** Removes whatever could be a card number from text that quotes a file or a command line. */
export function redact(text: string): string {
  return text.replace(NUMBER_LIKE, '(number withheld)');
}
