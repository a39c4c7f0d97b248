/** Ways in which a text may lie in bytes, and be found there. */

/** What base64 makes of bytes that stand behind 0, 1 or 2 others, without what their neighbours have a part in. */
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

/** Forms of a card number, digits alone, by what they are called. */
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
    // A byte or two and then zeros stand anywhere by chance.
    ...packed.filter(([, bytes]) => bytes.filter((byte) => byte !== 0).length > 3),
  ]);
}

/** Forms of any text. */
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

/** Forms of bytes that are no text, as those of a key. */
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

/** What is not to be found, by what it is. Bytes are gone through once, however many forms there are. */
export class Needles {
  readonly forms: Form[] = [];
  /** Forms by the two bytes that they begin with. */
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

  /** What is found in a place after all. */
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
