/** Controls, line separators, and what is invisible or turns the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * Shows characters that could steer a screen as `\u001b`, which is also how JSON may write them. A
 * line feed is one of them.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (char) => {
    return char
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join('');
  });
}

/** The same, but for text of several lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
