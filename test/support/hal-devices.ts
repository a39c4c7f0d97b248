import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Crypto } from '../../host/crypto/crypto.js';
import { FIRST_START, type HalImports, makeHal } from '../../host/emulator/hal.js';
import { KeyStore } from '../../host/emulator/key-store.js';
import { DEFAULT_GEOMETRY, Nor, policyGeometry } from '../../host/emulator/nor.js';
import { Rtc } from '../../host/emulator/rtc.js';
import { runtimeOf } from '../../host/emulator/runtime.js';
import { firmwareModule } from '../../host/firmware/file.js';
import { Screen } from '../../host/screen/screen.js';

/** Size of the memory that the imports work on, in bytes. */
export const MEMORY = 16_384;

/**
 * An implementation of the imports of docs/HAL.md. Its key slots, registers and passwords start
 * empty.
 */
export interface HalDevice {
  /** How many durable changes were tried. */
  readonly writes: number;
  /** Calls an import, which reads and writes this memory. Returns its result. */
  call(name: string, args: readonly number[], memory: Uint8Array): number;
  /** Cuts the power and restores it. */
  lose(): void;
  /** Makes every durable write fail from now on. */
  fail(): void;
  /** Replaces randomness by a count: all bytes of the n-th request are n. */
  count(): void;
  close(): void;
}

export class EmulatedHal implements HalDevice {
  writes = 0;
  #memory: Uint8Array = new Uint8Array(MEMORY);
  #isBroken = false;
  #counted: number | undefined;
  /** The boards' has this size too. */
  readonly screen = new Screen(20, 8);
  readonly #keys: KeyStore;
  readonly #imports: ReturnType<typeof makeHal>;

  constructor(crypto: Crypto) {
    this.#keys = new KeyStore({
      crypto,
      passwordRounds: 2,
      random: (bytes) =>
        this.#counted === undefined ? crypto.randomBytes(bytes) : new Uint8Array(bytes).fill(++this.#counted),
      backing: {
        read: () => undefined,
        write: () => {
          this.writes++;
          if (this.#isBroken) throw new Error('no space left');
        },
      },
    });
    this.#imports = makeHal(
      {
        serial: 'OB',
        nor: new Nor(),
        policyNor: new Nor(policyGeometry(DEFAULT_GEOMETRY)),
        rtc: new Rtc(),
        keys: this.#keys,
        send: () => undefined,
        runtime: runtimeOf(firmwareModule()),
        rom: new Uint8Array(0),
        event: () => undefined,
        restart: () => undefined,
        start: FIRST_START,
        panel: { screen: this.screen, bench: false },
      },
      () => this.#memory,
    );
  }

  call(name: string, args: readonly number[], memory: Uint8Array): number {
    this.#memory = memory;
    return (this.#imports[name as keyof HalImports] as (...args: readonly number[]) => number)(...args);
  }
  lose(): void {
    this.#keys.lose();
  }
  fail(): void {
    this.#isBroken = true;
  }
  count(): void {
    this.#counted = 0;
  }
  close(): void {
    // It holds no process and no file.
  }
}

/**
 * The C code of the boards (device/boards/hal), in a process that is called through two named
 * pipes.
 */
export class NativeHal implements HalDevice {
  writes = 0;
  readonly #child: ChildProcess;
  readonly #to: number;
  readonly #from: number;
  readonly #answer = Buffer.alloc(8 + MEMORY);

  constructor() {
    const dir = mkdtempSync(join(tmpdir(), 'octobind-hal-'));
    const [to, from] = [join(dir, 'to'), join(dir, 'from')];
    spawnSync('mkfifo', [to, from]);
    // Opening a pipe for both directions does not wait for its other end. The child inherits these
    // two. The next two are open on this side only, so a read sees the end of the file once the
    // child has ended.
    const [input, output] = [openSync(to, 'r+'), openSync(from, 'r+')];
    this.#to = openSync(to, 'w');
    this.#from = openSync(from, 'r');
    this.#child = spawn('build/boards/hal/terminal.elf', { stdio: [input, output, 'inherit'] });
    closeSync(input);
    closeSync(output);
    rmSync(dir, { recursive: true });
  }

  call(name: string, args: readonly number[], memory: Uint8Array): number {
    this.#send([name, ...args].join(' '));
    writeSync(this.#to, memory);
    for (let at = 0; at < this.#answer.length;) {
      const count = readSync(this.#from, this.#answer, at, this.#answer.length - at, null);
      if (count === 0) throw new Error(`${name}(${args.join()}) ended the process`);
      at += count;
    }
    this.writes = this.#answer.readUInt32LE(4);
    memory.set(this.#answer.subarray(8));
    return this.#answer.readInt32LE(0);
  }
  lose(): void {
    this.#send('lose');
  }
  fail(): void {
    this.#send('fail');
  }
  count(): void {
    this.#send('count');
  }
  /**
   * From now on, these bits of a byte of the table's flash never change, and no call reports that.
   */
  stick(address: number, mask: number): void {
    this.#send(`stick ${address} ${mask}`);
  }
  /** A byte comes from the panel. `call('keypad_key')` returns keys. */
  type(byte: number): void {
    this.#send(`type ${byte}`);
  }
  /** The import that returns nothing. */
  beep(sound: number): void {
    this.#send(`beep ${sound}`);
  }
  /** The panel's line takes so many bytes, and no more. `call('panel_send')` returns them. */
  room(bytes: number): void {
    this.#send(`room ${bytes}`);
  }
  pass(ms: number): void {
    this.#send(`pass ${ms}`);
  }
  close(): void {
    this.#child.kill('SIGKILL');
    closeSync(this.#to);
    closeSync(this.#from);
  }

  #send(line: string): void {
    writeSync(this.#to, `${line}\n`);
  }
}
