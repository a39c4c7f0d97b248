// A copy of this checkout, for changes and builds that must not touch the original.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

/** Not copied, because it is not ours, or others may be writing to it. */
const LEFT_OUT = ['.git', 'node_modules', '.octobind', 'build'];
/** Parts of build/ that are copied if they exist, so that nothing is built twice. */
const BUILT = [
  'generated',
  'assembly',
  'host',
  'debug',
  '.steps',
  'terminal.wasm',
  'terminal.wat',
  'tsconfig.tsbuildinfo',
];

export class Checkout {
  readonly folder = mkdtempSync(join(tmpdir(), 'octobind-checkout-'));

  /** The builds of `boards` are copied too. */
  constructor(...boards: readonly string[]) {
    for (const name of readdirSync('.').filter((name) => !LEFT_OUT.includes(basename(name)))) this.#copy(name);
    mkdirSync(join(this.folder, 'build'));
    for (const name of [...BUILT, ...boards.map((board) => `boards/${board}`)]) this.#copy(`build/${name}`);
    for (const name of ['node_modules', 'build/mbedtls']) {
      if (existsSync(name)) symlinkSync(resolve(name), join(this.folder, name));
    }
  }

  /** Changes a file. Throws if there is nothing to replace. */
  edit(path: string, pattern: RegExp, replacement: string): void {
    const file = join(this.folder, path);
    const text = readFileSync(file, 'utf8');
    const changed = text.replace(pattern, replacement);
    if (changed === text) throw new Error(`${path} has nothing to replace: ${String(pattern)}`);
    writeFileSync(file, changed);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #copy(name: string): void {
    if (existsSync(name)) cpSync(name, join(this.folder, name), { recursive: true });
  }
}
