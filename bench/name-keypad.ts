// Types names on the firmware's own code (assembly/menu/name-entry.ts), key by key, as a person
// does who reads the screen.
import { Key } from '../assembly/protocol.js';
import { romOf, romReader } from '../host/firmware/firmware.js';
import { main } from '../tools/dev/asc.js';

interface Exports {
  readonly memory: WebAssembly.Memory;
  startName(candidates: number): void;
  wipeName(): void;
  pressName(key: number): number;
  putName(out: number): number;
  putComposition(out: number, cells: number): number;
  candidatesOnPage(): number;
  putCandidate(candidate: number, out: number): number;
}

/** Compiled as the firmware is, with assertions. */
const OPTIONS = ['assembly/menu/name-entry.ts', '--config', 'none', '--runtime', 'stub', '--use', 'abort=', '-O1'];
const TRANSFORM = ['--transform', './asconfig.transform.mjs'];
/** Far above what the firmware uses. */
const OUT = 0xf000;
const CELLS = 256;
const SPACE = 0x20;
const LETTERS = ['abc', 'def', 'ghi', 'jkl', 'mno', 'pqrs', 'tuv', 'wxyz'];
const decoder = new TextDecoder();

export class NameKeypad {
  readonly memory: Uint8Array;
  readonly #entry: Exports;
  keys = 0;
  romReads = 0;

  /** `candidates` are shown at once: 5 where a row has 16 cells. */
  static async load(candidates: number): Promise<NameKeypad> {
    let binary: Uint8Array | undefined;
    const { error, stderr } = await main([...OPTIONS, ...TRANSFORM, '--outFile', 'name-entry.wasm'], {
      writeFile: (name, contents) => {
        if (name.endsWith('.wasm') && typeof contents !== 'string') binary = contents;
      },
    });
    if (error || !binary) throw new Error(stderr.toString());
    return new NameKeypad(new WebAssembly.Module(new Uint8Array(binary)), candidates);
  }

  constructor(module: WebAssembly.Module, candidates: number) {
    const read = romReader(romOf(module), () => this.memory);
    const rom_read: typeof read = (...place) => {
      this.romReads++;
      return read(...place);
    };
    this.#entry = new WebAssembly.Instance(module, { hal: { rom_read } }).exports as unknown as Exports;
    this.memory = new Uint8Array(this.#entry.memory.buffer);
    this.#entry.startName(candidates);
  }

  /** Clear, held down. */
  wipe(): void {
    this.#entry.wipeName();
  }

  press(key: number): number {
    this.keys++;
    return this.#entry.pressName(key);
  }

  get name(): string {
    return this.#text(this.#entry.putName(OUT));
  }

  /** The syllable that is taken. */
  get syllable(): string {
    const [first = ''] = this.#text(this.#entry.putComposition(OUT, CELLS)).split(' ');
    return first.toLowerCase();
  }

  get candidates(): string[] {
    const count = this.#entry.candidatesOnPage();
    let bytes = 0;
    for (let candidate = 0; candidate < count; candidate++) {
      bytes += this.#entry.putCandidate(candidate, OUT + bytes);
      this.memory[OUT + bytes++] = SPACE;
    }
    return this.#text(bytes).split(' ').slice(0, count);
  }

  /**
   * Types a character: its syllable to the end, then Enter if it comes first, else pages, by
   * `turn` (Down or Up), to the digit beside it. Returns how many keys that took.
   */
  type(character: string, syllable: string, turn: Key.Down | Key.Up = Key.Down): number {
    const before = this.keys;
    for (const letter of syllable) this.#must(2 + LETTERS.findIndex((letters) => letters.includes(letter)));
    while (this.syllable !== syllable) {
      this.#must(Key.Alpha);
      if (this.keys - before > 20) throw new Error(`${syllable} does not come`);
    }
    if (this.candidates[0] === character) {
      this.#must(Key.Enter);
      return this.keys - before;
    }
    for (;;) {
      this.#must(turn);
      const place = this.candidates.findIndex((text) => text.slice(1) === character);
      if (place >= 0) {
        this.#must(place + 1);
        return this.keys - before;
      }
      if (this.keys - before > 200) throw new Error(`${character} does not come under ${syllable}`);
    }
  }

  /** Presses a key that must not be refused. */
  #must(key: number): void {
    if (this.press(key) === 0) throw new Error(`key ${key} is refused`);
  }

  /** Takes what the firmware wrote. */
  #text(bytes: number): string {
    const text = decoder.decode(this.memory.subarray(OUT, OUT + bytes));
    this.memory.fill(0, OUT, OUT + bytes);
    return text;
  }
}
