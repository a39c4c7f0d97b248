import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Crypto } from '../../host/crypto/crypto.js';
import { FIRST_START, type HalImports, makeHal } from '../../host/emulator/hal.js';
import { KeyStore } from '../../host/emulator/key-store.js';
import { Nor } from '../../host/emulator/nor.js';
import { Rtc } from '../../host/emulator/rtc.js';

/** Bytes of the firmware's memory. */
export const MEMORY = 16_384;

/** What stands behind the imports of docs/HAL.md, whose key slots, registers and passwords are empty. */
export interface HalDevice {
  /** Changes of what is durable that were tried. */
  readonly writes: number;
  /** Calls an import, which works on this memory. */
  call(name: string, args: readonly number[], memory: Uint8Array): number;
  /** The power is gone, and comes back. */
  lose(): void;
  /** From here on, nothing durable can be written. */
  fail(): void;
  /** The n-th random bytes that are asked for are all n. */
  count(): void;
  close(): void;
}

export class EmulatedHal implements HalDevice {
  writes = 0;
  #memory: Uint8Array = new Uint8Array(MEMORY);
  #isBroken = false;
  #counted: number | undefined;
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
        rtc: new Rtc(),
        keys: this.#keys,
        send: () => undefined,
        rom: new Uint8Array(0),
        event: () => undefined,
        restart: () => undefined,
        start: FIRST_START,
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
    // Nothing outlives it.
  }
}

/** The C of the boards, in a process that is called through two named pipes: device/boards/hal. */
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
    // Opened for both ways, so that opening waits for nobody; what only this side has open ends with the process.
    const [input, output] = [openSync(to, 'r+'), openSync(from, 'r+')];
    this.#to = openSync(to, 'w');
    this.#from = openSync(from, 'r');
    this.#child = spawn('build/boards/hal/terminal.elf', { stdio: [input, output, 'inherit'] });
    closeSync(input);
    closeSync(output);
    rmSync(dir, { recursive: true });
  }

  call(name: string, args: readonly number[], memory: Uint8Array): number {
    this.#say([name, ...args].join(' '));
    writeSync(this.#to, memory);
    for (let at = 0; at < this.#answer.length;) {
      const count = readSync(this.#from, this.#answer, at, this.#answer.length - at, null);
      if (count === 0) throw new Error(`${name}(${args.join()}) ended it`);
      at += count;
    }
    this.writes = this.#answer.readUInt32LE(4);
    memory.set(this.#answer.subarray(8));
    return this.#answer.readInt32LE(0);
  }
  lose(): void {
    this.#say('lose');
  }
  fail(): void {
    this.#say('fail');
  }
  count(): void {
    this.#say('count');
  }
  /** These bits of a byte of the table's flash stay as they are, and nobody is told. */
  stick(address: number, mask: number): void {
    this.#say(`stick ${address} ${mask}`);
  }
  close(): void {
    this.#child.kill('SIGKILL');
    closeSync(this.#to);
    closeSync(this.#from);
  }

  #say(line: string): void {
    writeSync(this.#to, `${line}\n`);
  }
}
