/** The keys of a terminal. */
export type KeyName =
  | '0'
  | '1'
  | '2'
  | '3'
  | '4'
  | '5'
  | '6'
  | '7'
  | '8'
  | '9'
  | 'cancel'
  | 'clear'
  | 'enter'
  | 'up'
  | 'down'
  | 'menu'
  | 'alpha';

const DIGITS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;

/** The keys of a keyboard that stand for a terminal's, besides digits; to be shown to people. */
export const KEYBOARD: readonly { readonly key: KeyName; readonly press: string }[] = [
  { key: 'cancel', press: 'Esc' },
  { key: 'clear', press: 'Backspace' },
  { key: 'enter', press: 'Enter' },
  { key: 'up', press: '↑' },
  { key: 'down', press: '↓' },
  { key: 'menu', press: 'm' },
  { key: 'alpha', press: 'a or Tab' },
];

const ESC = 0x1b;

/** What a key sends, if that is a byte. Backspace sends DEL or BS, as the shell is set up. */
const BYTES: ReadonlyMap<number, KeyName> = new Map<number, KeyName>([
  ...DIGITS.map((digit) => [digit.charCodeAt(0), digit] as const),
  [0x7f, 'clear'],
  [0x08, 'clear'],
  [0x0d, 'enter'],
  [0x0a, 'enter'],
  [0x6d, 'menu'],
  [0x4d, 'menu'],
  [0x61, 'alpha'],
  [0x41, 'alpha'],
  [0x09, 'alpha'],
]);

/** The last byte of an arrow's sequence, `ESC [ A` or `ESC O A`. */
const ARROWS: ReadonlyMap<number, KeyName> = new Map([
  [0x41, 'up'],
  [0x42, 'down'],
]);

/**
 * Reads keys from what a VT100 or a shell sends. Chunks may end anywhere. Bytes and sequences that
 * are no key of a terminal are left out.
 *
 * A lone Esc is Cancel, but it may also be the start of a sequence. So after a pause (50 ms),
 * the caller calls `flush` if the reader is `waiting`.
 */
export class KeyReader {
  /** Inside `ESC`, `ESC [ …` or `ESC O`. Nothing of a sequence is kept, so its length is free. */
  #in: 'none' | 'escape' | 'csi' | 'ss3' = 'none';

  /** Whether what came last may be a lone Esc, or a sequence that has not ended. */
  get waiting(): boolean {
    return this.#in !== 'none';
  }

  /** The keys that end in this chunk. */
  keysFrom(bytes: Uint8Array): KeyName[] {
    return [...bytes].flatMap((byte) => this.#take(byte));
  }

  /** No byte follows for now: a lone Esc is Cancel, a sequence that has not ended is dropped. */
  flush(): KeyName[] {
    const isLone = this.#in === 'escape';
    this.#in = 'none';
    return isLone ? ['cancel'] : [];
  }

  #take(byte: number): KeyName[] {
    if (byte === ESC) {
      const before = this.flush();
      this.#in = 'escape';
      return before;
    }
    switch (this.#in) {
      case 'escape':
        if (byte === 0x5b || byte === 0x4f) {
          this.#in = byte === 0x5b ? 'csi' : 'ss3';
          return [];
        }
        return [...this.flush(), ...keyOf(BYTES, byte)];
      case 'csi':
        // Parameters and intermediate bytes are 0x20 to 0x3f; the byte behind them ends it
        // (ECMA-48, 5.4).
        if (byte >= 0x20 && byte <= 0x3f) return [];
        this.#in = 'none';
        return keyOf(ARROWS, byte);
      case 'ss3':
        this.#in = 'none';
        return keyOf(ARROWS, byte);
      case 'none':
        return keyOf(BYTES, byte);
    }
  }
}

function keyOf(keys: ReadonlyMap<number, KeyName>, byte: number): KeyName[] {
  const key = keys.get(byte);
  return key === undefined ? [] : [key];
}
