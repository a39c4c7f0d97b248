import type { Key } from '../../assembly/protocol.js';

/** A key of a terminal, by its name: `Digit4`, `Enter`. */
export type KeyName = keyof typeof Key;

const DIGITS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;

/** The keys of a keyboard that stand for a terminal's, besides digits; to be shown to people. */
export const KEYBOARD: readonly { readonly key: KeyName; readonly press: string }[] = [
  { key: 'Cancel', press: 'Esc' },
  { key: 'Clear', press: 'Backspace' },
  { key: 'ClearAll', press: 'Ctrl-U' },
  { key: 'Enter', press: 'Enter' },
  { key: 'Up', press: '↑' },
  { key: 'Down', press: '↓' },
  { key: 'Menu', press: 'm or F1' },
  { key: 'Alpha', press: 'a or Tab' },
];

const ESC = 0x1b;

/** What a key sends, if that is a byte. Backspace sends DEL or BS, as the shell is set up. */
const BYTES: ReadonlyMap<number, KeyName> = new Map<number, KeyName>([
  ...DIGITS.map((digit) => [digit.charCodeAt(0), `Digit${digit}`] as const),
  [0x7f, 'Clear'],
  [0x08, 'Clear'],
  [0x0d, 'Enter'],
  [0x0a, 'Enter'],
  [0x6d, 'Menu'],
  [0x4d, 'Menu'],
  [0x61, 'Alpha'],
  [0x41, 'Alpha'],
  [0x09, 'Alpha'],
  // Ctrl-U, which clears a line in shells.
  [0x15, 'ClearAll'],
]);

/** The last byte of an arrow's sequence, `ESC [ A` or `ESC O A`. */
const ARROWS: ReadonlyMap<number, KeyName> = new Map([
  [0x41, 'Up'],
  [0x42, 'Down'],
]);

/** The last byte of `ESC O P`. */
const F1 = 0x50;

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
    return isLone ? ['Cancel'] : [];
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
        return byte === F1 ? ['Menu'] : keyOf(ARROWS, byte);
      case 'none':
        return keyOf(BYTES, byte);
    }
  }
}

function keyOf(keys: ReadonlyMap<number, KeyName>, byte: number): KeyName[] {
  const key = keys.get(byte);
  return key === undefined ? [] : [key];
}
