/** The functions of a WebAssembly file: where each is, and what it is called. */

const HEADER_BYTES = 8;
const CODE_SECTION = 10;
const FUNCTION_NAMES = 1;

const text = new TextDecoder();

/** Reads one part of a file. */
class Reader {
  constructor(
    private readonly bytes: Uint8Array,
    /** Offset of the next byte to read. */
    public at = 0,
    private readonly end = bytes.length,
  ) {}

  get isDone(): boolean {
    return this.at >= this.end;
  }

  byte(): number {
    const byte = this.isDone ? undefined : this.bytes[this.at++];
    if (byte === undefined) throw new RangeError('The file ends too soon.');
    return byte;
  }

  /** An unsigned number in LEB128. */
  number(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    return value;
  }

  /** A part that follows its own length. */
  part(): Reader {
    const length = this.number();
    this.at += length;
    return new Reader(this.bytes, this.at - length, this.at);
  }

  name(): string {
    const { at, end } = this.part();
    return text.decode(this.bytes.subarray(at, end));
  }
}

/** The bodies of a file's functions, in order: offset of the first byte, and of the byte after. */
export function functionBodies(file: Uint8Array): { readonly start: number; readonly end: number }[] {
  const sections = new Reader(file, HEADER_BYTES);
  const bodies: { start: number; end: number }[] = [];
  while (!sections.isDone) {
    const kind = sections.byte();
    const section = sections.part();
    if (kind !== CODE_SECTION) continue;
    for (let left = section.number(); left > 0; left--) {
      const start = section.part().at;
      bodies.push({ start, end: section.at });
    }
  }
  return bodies;
}

/** Names of functions by number, imports included; empty if the module has no names. */
export function functionNames(module: WebAssembly.Module): Map<number, string> {
  const names = new Map<number, string>();
  for (const section of WebAssembly.Module.customSections(module, 'name')) {
    const parts = new Reader(new Uint8Array(section));
    while (!parts.isDone) {
      const kind = parts.byte();
      const part = parts.part();
      if (kind !== FUNCTION_NAMES) continue;
      for (let left = part.number(); left > 0; left--) names.set(part.number(), part.name());
    }
  }
  return names;
}
