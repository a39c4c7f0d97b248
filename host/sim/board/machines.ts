/** A board that QEMU emulates and the firmware runs on. */
interface Machine {
  readonly flashBytes: number;
  /** Arguments for QEMU that keep the flash in a file. */
  readonly flash: (path: string) => string[];
  /** Address of the board's entropy and serial number: docs/PORTING.md. */
  readonly identity: number;
}

const MEBIBYTE = 1024 * 1024;
/** In QEMU's arguments, a comma ends a value, and two commas stand for one. */
const quoted = (path: string): string => path.replaceAll(',', ',,');

export const MACHINES = {
  'emcraft-sf2': {
    flashBytes: 16 * MEBIBYTE,
    flash: (path) => ['-drive', `if=mtd,format=raw,file=${quoted(path)}`],
    identity: 0xa000_0000,
  },
  'mps2-an386': {
    // This board has no flash, so its PSRAM takes that role. The 4,096 bytes after it give the
    // image another size than that of the other board.
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
