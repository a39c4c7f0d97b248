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

/** What is not to be found, by what it is. */
export class Needles {
  readonly #forms: (readonly [string, Buffer])[] = [];

  addNumber(pan: string): this {
    return this.#add(`…${pan.slice(-4)}`, formsOfNumber(pan));
  }

  addText(what: string, text: string): this {
    return this.#add(what, formsOfText(text));
  }

  #add(what: string, forms: Map<string, Buffer>): this {
    for (const [form, bytes] of forms) this.#forms.push([`${what} in ${form}`, bytes]);
    return this;
  }

  /** What is found in a place after all. */
  in(place: string, bytes: Uint8Array): string[] {
    const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    return this.#forms.filter(([, form]) => all.includes(form)).map(([what]) => `${place}: ${what}`);
  }

  /** Every form of one of them, for a test to plant. */
  get forms(): readonly (readonly [string, Buffer])[] {
    return this.#forms;
  }
}
