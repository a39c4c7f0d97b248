import { Event, HalError } from '../../assembly/protocol.js';
import { equal, toHex } from '../bytes.js';
import type { Firmware } from '../firmware/firmware.js';
import type { HalImports, Start } from '../emulator/hal.js';
import type { KeyStore } from '../emulator/key-store.js';
import { type Nor, PowerCut } from '../emulator/nor.js';
import { type Observer, TRACE_VERSION } from './lines.js';

const ERASED = 0xff;
/** What the flash holds without having been programmed there is told in pieces of this many bytes. */
const PIECE_BYTES = 64;

interface Device {
  readonly serial: string;
  readonly nor: Nor;
  readonly keys: KeyStore;
}

/** Stands between a terminal's firmware and its hardware, and tells all that crosses there. */
export class Recorder {
  /** The flash as the lines told so far have it. */
  readonly #told: Uint8Array;
  #hasBegun = false;
  /** The firmware runs: what is random is for it. */
  #isInside = false;
  #received = '';
  /** Since the last line. */
  #reads = 0;

  constructor(
    private readonly device: Device,
    private readonly observe: Observer,
  ) {
    this.#told = new Uint8Array(device.nor.bytes).fill(ERASED);
    device.keys.onRandom = (bytes) => {
      if (this.#isInside) this.#tell(`random ${toHex(bytes)}`);
    };
  }

  /** `memory` answers the firmware's linear memory. */
  imports(hal: HalImports, memory: () => Uint8Array): HalImports {
    const bytesAt = (ptr: number, length: number): Uint8Array => memory().subarray(ptr >>> 0, (ptr >>> 0) + length);
    const timeAt = (ptr: number): bigint => new DataView(bytesAt(ptr, 8).slice().buffer).getBigInt64(0, true);
    return {
      ...hal,
      uart_write: (ptr, length) => {
        this.#tell(`send ${toHex(bytesAt(ptr, length))}`);
        return hal.uart_write(ptr, length);
      },
      event: (code, value) => {
        this.#tell(`event ${Event[code] ?? code} ${value >>> 0}`);
        hal.event(code, value);
      },
      rtc_get: (ptr) => {
        const result = hal.rtc_get(ptr);
        this.#tell(`time ${result === 0 ? timeAt(ptr) : 'none'}`);
        return result;
      },
      rtc_set: (ptr) => {
        this.#tell(`set-time ${timeAt(ptr)}`);
        return hal.rtc_set(ptr);
      },
      reset: () => {
        this.#tell('reset');
        hal.reset();
      },
      nor_read: (region, address, ptr, length) => {
        const result = hal.nor_read(region, address, ptr, length);
        const bytes = bytesAt(ptr, length);
        // Weak cells alone read as something else than what was told of the flash.
        if (result === 0 && !equal(bytes, this.#toldAt(address, length))) {
          this.#tell(`read ${this.#reads} ${address >>> 0} ${toHex(bytes)}`);
        } else {
          this.#reads++;
        }
        return result;
      },
      nor_program: (region, address, ptr, length) => {
        const bytes = bytesAt(ptr, length);
        this.#tell(`program ${address >>> 0} ${toHex(bytes)}`);
        return this.#change(
          () => hal.nor_program(region, address, ptr, length),
          () => this.#toldAt(address, length).forEach((byte, i, told) => (told[i] = byte & (bytes[i] ?? 0))),
        );
      },
      nor_erase: (region, address) => {
        this.#tell(`erase ${address >>> 0}`);
        return this.#change(
          () => hal.nor_erase(region, address),
          () => this.#toldAt(address, this.device.nor.geometry.sectorBytes).fill(ERASED),
        );
      },
    };
  }

  exports(firmware: Firmware, { cause, failures, lastFailure, failedAt }: Start): Firmware {
    return {
      ...firmware,
      boot: () => {
        this.#begin(firmware.halVersion());
        this.#tellFlash();
        this.#run(`boot ${cause} ${failures} ${lastFailure} ${failedAt}`, () => firmware.boot());
      },
      receive: (byte: number) => {
        this.#received += byte.toString(16).padStart(2, '0');
        const isComplete = this.#trapped(() => firmware.receive(byte));
        if (isComplete) this.flush(1);
        return isComplete;
      },
      poll: (now: number) => {
        const wait = this.#run(`poll ${now >>> 0}`, () => firmware.poll(now));
        this.#tell(`wait ${wait}`);
        return wait;
      },
      tamper: () => this.#run('tamper', () => firmware.tamper()),
    };
  }

  /** The power is gone. */
  off(): void {
    this.#tellFlash();
    this.#tell(`off ${toHex(this.device.keys.crypto.sha256(this.#flash()))}`);
  }

  /** Tells what was received so far. */
  flush(isComplete = 0): void {
    if (this.#received === '') return;
    const line = `receive ${this.#received} ${isComplete}`;
    this.#received = '';
    this.observe(line);
  }

  #tell(line: string): void {
    this.flush();
    this.#reads = 0;
    this.observe(line);
  }

  /** What the terminal is, and what it has kept before the trace. */
  #begin(halVersion: number): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const { serial, nor, keys } = this.device;
    const { sectorBytes, sectorCount, programUnit } = nor.geometry;
    this.#tell(`octobind-trace ${TRACE_VERSION}`);
    this.#tell(`terminal ${halVersion} ${sectorBytes} ${sectorCount} ${programUnit} ${serial}`);
    const { keys: durable, registers, passwords } = keys.durable();
    durable.forEach((key, slot) => this.#tell(`key ${slot} ${toHex(key)}`));
    registers.forEach((value, id) => this.#tell(`register ${id} ${toHex(value)}`));
    passwords.forEach(({ salt, rounds, hash }, who) =>
      this.#tell(`password ${who} ${toHex(salt)} ${rounds} ${toHex(hash)}`),
    );
  }

  #run<T>(line: string, part: () => T): T {
    this.#tell(line);
    return this.#trapped(part);
  }

  #trapped<T>(part: () => T): T {
    this.#isInside = true;
    try {
      return part();
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) this.#tell('trap');
      throw error;
    } finally {
      this.#isInside = false;
    }
  }

  /** A change of the flash; `done` takes over what it does when it comes to its end. */
  #change(part: () => number, done: () => void): number {
    try {
      const result = part();
      if (result === 0) {
        done();
        return 0;
      }
      this.#tell(`answer ${result}`);
      if (result !== (HalError.Argument as number)) this.#tellFlash();
      return result;
    } catch (error) {
      if (error instanceof PowerCut) this.#tell('cut');
      throw error;
    }
  }

  #toldAt(address: number, length: number): Uint8Array {
    return this.#told.subarray(address >>> 0, (address >>> 0) + length);
  }

  /** What the flash holds; a weak cell counts as erased, since whatever is programmed there may be. */
  #flash(): Uint8Array {
    const bytes = this.device.nor.snapshot();
    for (const { address, mask } of this.device.nor.weakCells) bytes[address] = (bytes[address] ?? 0) | mask;
    return bytes;
  }

  /** Tells what the flash holds that no line has told. */
  #tellFlash(): void {
    const flash = this.#flash();
    const differs = (at: number): boolean =>
      at < flash.length && !equal(flash.subarray(at, at + PIECE_BYTES), this.#toldAt(at, PIECE_BYTES));
    for (let from = 0; from < flash.length; from += PIECE_BYTES) {
      if (!differs(from)) continue;
      let to = from;
      while (differs(to)) to += PIECE_BYTES;
      this.#tell(`flash ${from} ${toHex(flash.subarray(from, to))}`);
      from = to;
    }
    this.#told.set(flash);
  }
}
