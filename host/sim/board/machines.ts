/** A board that QEMU has and the firmware runs on. */
interface Machine {
  readonly flashBytes: number;
  /** QEMU's arguments that have it keep its flash in a file. */
  readonly flash: (path: string) => string[];
  /** Where the board finds what the emulator says of it: docs/PORTING.md. */
  readonly identity: number;
}

const MEBIBYTE = 1024 * 1024;
/** In QEMU's arguments a comma ends a value, and two are one. */
const quoted = (path: string): string => path.replaceAll(',', ',,');

export const MACHINES = {
  'emcraft-sf2': {
    flashBytes: 16 * MEBIBYTE,
    flash: (path) => ['-drive', `if=mtd,format=raw,file=${quoted(path)}`],
    identity: 0xa000_0000,
  },
  'mps2-an386': {
    // It has none: its PSRAM stands for it. By what lies behind that, its image cannot be taken for another board's.
    flashBytes: 16 * MEBIBYTE + 4096,
    flash: (path) => [
      ...['-machine', 'memory-backend=psram'],
      ...['-object', `memory-backend-file,id=psram,size=16M,share=on,mem-path=${quoted(path)}`],
    ],
    identity: 0x2030_0000,
  },
} as const satisfies Record<string, Machine>;

/** A board that QEMU runs, by the name of its folder in device/boards/. */
export type BoardName = keyof typeof MACHINES;
/** All boards that QEMU runs. */
export const BOARDS = Object.keys(MACHINES) as readonly BoardName[];
