const LETTERS = '0123456789abcdef -xz';
const KINDS =
  'boot receive poll tamper off random time read answer cut flash trap send program erase wait reset key'.split(' ');

/**
 * A trace with one random error: a character, word or line that is changed, removed, repeated or
 * moved, or several lines in a row removed. `below(limit)` returns a random integer from 0 to
 * `limit - 1`.
 */
export function spoiled(lines: readonly string[], below: (limit: number) => number): string[] {
  const place = below(lines.length);
  const line = lines[place] ?? '';
  const words = line.split(' ');
  const word = below(words.length);
  const letter = below(line.length);
  switch (below(7)) {
    case 0:
      return lines.toSpliced(
        place,
        1,
        `${line.slice(0, letter)}${LETTERS[below(LETTERS.length)]}${line.slice(letter + 1)}`,
      );
    case 1:
      return lines.toSpliced(place, 1, words.toSpliced(word, 1).join(' '));
    case 2:
      return lines.toSpliced(place, 1, words.with(word, String(2 ** below(40) - below(3))).join(' '));
    case 3:
      return lines.toSpliced(place, 1, words.with(0, KINDS[below(KINDS.length)] ?? '').join(' '));
    case 4:
      return lines.toSpliced(place, 0, line);
    case 5:
      return lines.toSpliced(place, below(lines.length - place) + 1);
    default:
      return lines.toSpliced(place, 1).toSpliced(below(lines.length - 1), 0, line);
  }
}
