// Searches memory, files and output for secrets, in every form that a secret may have there.

/**
 * The base64 of bytes that stand behind 0, 1 or 2 other bytes, without the characters that also
 * depend on their neighbours.
 */
function base64Forms(bytes: Buffer): Buffer[] {
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const whole = Math.floor(((before + bytes.length) * 8) / 6);
    return Buffer.from(text.slice(Math.ceil((before * 8) / 6), whole), 'latin1');
  });
}

function utf16be(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

/** The forms of a card number, given as digits, each under its name. */
export function formsOfNumber(pan: string): Map<string, Buffer> {
  const even = pan.slice(0, pan.length & ~1);
  const odd = pan.slice(1, 1 + ((pan.length - 1) & ~1));
  const packed: [string, Buffer][] = [
    ['BCD', Buffer.from(even, 'hex')],
    ['BCD, half a byte later', Buffer.from(odd, 'hex')],
    ['one digit a byte', Buffer.from(Array.from(pan, Number))],
  ];
  return new Map([
    ...formsOfText(pan),
    ['ASCII in groups of four', Buffer.from(pan.replace(/(.{4})(?=.)/g, '$1 '))],
    // A number of one or two bytes followed by zeros would be found anywhere by chance.
    ...packed.filter(([, bytes]) => bytes.filter((byte) => byte !== 0).length > 3),
  ]);
}

/** The forms of a text. */
export function formsOfText(text: string): Map<string, Buffer> {
  const bytes = Buffer.from(text);
  return new Map([
    ['UTF-8', bytes],
    ['UTF-16LE', Buffer.from(text, 'utf16le')],
    ['UTF-16BE', utf16be(text)],
    ['hexadecimal', Buffer.from(bytes.toString('hex'))],
    ...base64Forms(bytes).map((form, before): [string, Buffer] => [`base64, behind ${before}`, form]),
  ]);
}

/** The forms of bytes that are not text, such as a key. */
function formsOfBytes(bytes: Buffer): Map<string, Buffer> {
  return new Map([
    ['bytes', bytes],
    ['hexadecimal', Buffer.from(bytes.toString('hex'))],
    ...base64Forms(bytes).map((form, before): [string, Buffer] => [`base64, behind ${before}`, form]),
  ]);
}

interface Form {
  readonly what: string;
  readonly bytes: Buffer;
}

/** The secrets to search for. One search reads the bytes once, however many forms there are. */
export class Needles {
  readonly forms: Form[] = [];
  /** The forms by their first two bytes. */
  readonly #byStart = Array<Form[] | undefined>(0x1_0000);

  addNumber(pan: string): this {
    return this.#add(`…${pan.slice(-4)}`, formsOfNumber(pan));
  }

  addText(what: string, text: string): this {
    return this.#add(what, formsOfText(text));
  }

  addBytes(what: string, bytes: Uint8Array): this {
    return this.#add(what, formsOfBytes(Buffer.from(bytes)));
  }

  #add(what: string, forms: Map<string, Buffer>): this {
    for (const [form, bytes] of forms) {
      const added = { what: `${what} in ${form}`, bytes };
      this.forms.push(added);
      (this.#byStart[bytes.readUInt16LE()] ??= []).push(added);
    }
    return this;
  }

  /** Names the secrets that are in `bytes`, each with `place` in front. */
  in(place: string, bytes: Uint8Array): string[] {
    const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const found = new Set<string>();
    let start = all[0] ?? 0;
    for (let at = 0; at + 1 < all.length; at++) {
      const next = all[at + 1] ?? 0;
      for (const form of this.#byStart[start | (next << 8)] ?? []) {
        if (form.bytes.equals(all.subarray(at, at + form.bytes.length))) found.add(`${place}: ${form.what}`);
      }
      start = next;
    }
    return [...found];
  }
}
