// Bytes and text, for code that also runs in browsers, which have no Buffer.

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Joins the parts into a new array. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Compares two arrays. Not for secrets: the time depends on where they first differ. */
export function equal(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  // A plain loop, because traces compare whole flashes: a callback for each byte takes five times
  // as long.
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}

/** Two lower-case hexadecimal digits for each byte. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte] ?? '';
  return text;
}

/** Reads pairs of hexadecimal digits. Throws a RangeError for any other text. */
export function fromHex(text: string): Uint8Array {
  if (!/^(?:[0-9a-f]{2})*$/i.test(text)) throw new RangeError('not hexadecimal');
  return new Uint8Array(text.length / 2).map((_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

/**
 * Encodes text as ISO 8859-1, one byte for each character. Of a UTF-16 code unit above 255, only
 * the low eight bits are kept.
 */
export function latin1(text: string): Uint8Array {
  return new Uint8Array(text.length).map((_, i) => text.charCodeAt(i));
}
