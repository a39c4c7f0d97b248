import { Event, HalError, Region } from '../../assembly/protocol.js';
import { concat, equal, toHex } from '../bytes.js';
import type { Firmware } from '../firmware/firmware.js';
import type { FrontPanel } from '../emulator/front-panel.js';
import type { HalImports, Start } from '../emulator/hal.js';
import type { KeyStore } from '../emulator/key-store.js';
import { type Nor, PowerCut } from '../emulator/nor.js';
import type { Runtime } from '../emulator/runtime.js';
import { type Observer, TRACE_VERSION } from './lines.js';

const ERASED = 0xff;
/** Flash content that no program wrote is recorded in pieces of this many bytes. */
const PIECE_BYTES = 64;

interface Device {
  readonly serial: string;
  readonly panel: FrontPanel;
  readonly nor: Nor;
  readonly policyNor: Nor;
  readonly keys: KeyStore;
}

/**
 * Sits between a terminal's firmware and its hardware, and records everything that crosses the
 * HAL.
 */
export class Recorder {
  /** The flash content, of both regions, that follows from the lines so far. */
  readonly #recorded: Uint8Array;
  #hasBegun = false;
  /** The firmware is running, so random bytes are for it. */
  #isInside = false;
  #received = '';
  /** Flash reads since the last line. */
  #reads = 0;

  constructor(
    private readonly device: Device,
    private readonly runtime: Runtime,
    private readonly observe: Observer,
  ) {
    this.#recorded = new Uint8Array(device.nor.bytes + device.policyNor.bytes).fill(ERASED);
    device.keys.onRandom = (bytes) => {
      if (this.#isInside) this.#record(`random ${toHex(bytes)}`);
    };
  }

  /** Wraps the HAL's imports. `memory` returns the firmware's linear memory. */
  imports(hal: HalImports, memory: () => Uint8Array): HalImports {
    const bytesAt = (ptr: number, length: number): Uint8Array => memory().subarray(ptr >>> 0, (ptr >>> 0) + length);
    const timeAt = (ptr: number): bigint => new DataView(bytesAt(ptr, 8).slice().buffer).getBigInt64(0, true);
    return {
      ...hal,
      uart_write: (ptr, length) => {
        this.#record(`send ${toHex(bytesAt(ptr, length))}`);
        return hal.uart_write(ptr, length);
      },
      event: (code, value) => {
        this.#record(`event ${Event[code] ?? code} ${value >>> 0}`);
        hal.event(code, value);
      },
      rtc_get: (ptr) => {
        const result = hal.rtc_get(ptr);
        this.#record(`time ${result === 0 ? timeAt(ptr) : 'none'}`);
        return result;
      },
      rtc_set: (ptr) => {
        this.#record(`set-time ${timeAt(ptr)}`);
        return hal.rtc_set(ptr);
      },
      reset: () => {
        this.#record('reset');
        hal.reset();
      },
      screen_write: (row, ptr, length, look, cursor) => {
        this.#record(`row ${row} ${look} ${cursor} ${toHex(bytesAt(ptr, length))}`.trimEnd());
        return hal.screen_write(row, ptr, length, look, cursor);
      },
      screen_contrast: (level) => {
        this.#record(`contrast ${level}`);
        return hal.screen_contrast(level);
      },
      screen_qr: (ptr, length) => {
        const result = hal.screen_qr(ptr, length);
        this.#record(`qr ${result} ${toHex(bytesAt(ptr, length))}`);
        return result;
      },
      beep: (sound) => {
        this.#record(`beep ${sound}`);
        hal.beep(sound);
      },
      nor_read: (region, address, ptr, length) => {
        const result = hal.nor_read(region, address, ptr, length);
        const bytes = bytesAt(ptr, length);
        const at = this.#addressOf(region, address);
        // A read of weak cells may differ from the recorded flash: then record what it returned.
        if (result === 0 && !equal(bytes, this.#recordedAt(at, length))) {
          this.#record(`read ${this.#reads} ${at} ${toHex(bytes)}`);
        } else {
          this.#reads++;
        }
        return result;
      },
      nor_program: (region, address, ptr, length) => {
        const bytes = bytesAt(ptr, length);
        const at = this.#addressOf(region, address);
        this.#record(`program ${at} ${toHex(bytes)}`);
        return this.#change(
          () => hal.nor_program(region, address, ptr, length),
          () => this.#recordedAt(at, length).forEach((byte, i, area) => (area[i] = byte & (bytes[i] ?? 0))),
        );
      },
      nor_erase: (region, address) => {
        const at = this.#addressOf(region, address);
        this.#record(`erase ${at}`);
        return this.#change(
          () => hal.nor_erase(region, address),
          () => this.#recordedAt(at, this.device.nor.geometry.sectorBytes).fill(ERASED),
        );
      },
    };
  }

  /** Wraps the firmware's exports. */
  exports(firmware: Firmware, { cause, failures, lastFailure, failedAt }: Start): Firmware {
    return {
      ...firmware,
      boot: () => {
        this.#begin(firmware.halVersion());
        this.#recordFlash();
        this.#run(`boot ${cause} ${failures} ${lastFailure} ${failedAt}`, () => firmware.boot());
      },
      receive: (byte: number) => {
        this.#received += byte.toString(16).padStart(2, '0');
        const isComplete = this.#trapped(() => firmware.receive(byte));
        if (isComplete) this.flush(1);
        return isComplete;
      },
      press: (key: number) => this.#run(`press ${key}`, () => firmware.press(key)),
      poll: (now: number) => {
        const wait = this.#run(`poll ${now >>> 0}`, () => firmware.poll(now));
        this.#record(`wait ${wait}`);
        return wait;
      },
      tamper: () => this.#run('tamper', () => firmware.tamper()),
    };
  }

  /** Records that the power is off. */
  off(): void {
    this.#recordFlash();
    this.#record(`off ${toHex(this.device.keys.crypto.sha256(this.#flash()))}`);
  }

  /** Records the bytes that were received so far. */
  flush(isComplete = 0): void {
    if (this.#received === '') return;
    const line = `receive ${this.#received} ${isComplete}`;
    this.#received = '';
    this.observe(line);
  }

  #record(line: string): void {
    this.flush();
    this.#reads = 0;
    this.observe(line);
  }

  /** Records what the terminal is, and what it had stored before the trace. */
  #begin(halVersion: number): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const { serial, nor, keys, panel } = this.device;
    const { sectorBytes, sectorCount, programUnit } = nor.geometry;
    this.#record(`octobind-trace ${TRACE_VERSION}`);
    this.#record(`terminal ${halVersion} ${sectorBytes} ${sectorCount} ${programUnit} ${serial}`);
    const { texts, build } = this.runtime;
    texts.forEach((text, which) => this.#record(`text ${which} ${text}`));
    this.#record(`build ${build ? toHex(build) : 'none'}`);
    const { screen, bench } = panel;
    if (screen) {
      this.#record(`screen ${screen.state.columns} ${screen.state.lines.length} ${Number(bench)}`);
    }
    const { keys: durable, registers, passwords } = keys.durable();
    durable.forEach((key, slot) => this.#record(`key ${slot} ${toHex(key)}`));
    registers.forEach((value, id) => this.#record(`register ${id} ${toHex(value)}`));
    passwords.forEach(({ salt, rounds, hash }, who) =>
      this.#record(`password ${who} ${toHex(salt)} ${rounds} ${toHex(hash)}`),
    );
  }

  #run<T>(line: string, part: () => T): T {
    this.#record(line);
    return this.#trapped(part);
  }

  #trapped<T>(part: () => T): T {
    this.#isInside = true;
    try {
      return part();
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) this.#record('trap');
      throw error;
    } finally {
      this.#isInside = false;
    }
  }

  /** Runs a program or an erase. `done` applies it to the recorded flash if it succeeded. */
  #change(part: () => number, done: () => void): number {
    try {
      const result = part();
      if (result === 0) {
        done();
        return 0;
      }
      this.#record(`answer ${result}`);
      if (result !== (HalError.Argument as number)) this.#recordFlash();
      return result;
    } catch (error) {
      if (error instanceof PowerCut) this.#record('cut');
      throw error;
    }
  }

  /** In a trace, the policy's region follows the table's. */
  #addressOf(region: number, address: number): number {
    return (region === (Region.Policy as number) ? this.device.nor.bytes : 0) + (address >>> 0);
  }

  #recordedAt(address: number, length: number): Uint8Array {
    return this.#recorded.subarray(address, address + length);
  }

  /**
   * The flash content. A weak bit counts as 1 (erased), so that a replay can program any value
   * there.
   */
  #flash(): Uint8Array {
    const regions = [this.device.nor, this.device.policyNor].map((nor) => {
      const bytes = nor.snapshot();
      for (const { address, mask } of nor.weakCells) bytes[address] = (bytes[address] ?? 0) | mask;
      return bytes;
    });
    return concat(...regions);
  }

  /** Records flash content that does not follow from the lines so far. */
  #recordFlash(): void {
    const flash = this.#flash();
    const differs = (at: number): boolean =>
      at < flash.length && !equal(flash.subarray(at, at + PIECE_BYTES), this.#recordedAt(at, PIECE_BYTES));
    for (let from = 0; from < flash.length; from += PIECE_BYTES) {
      if (!differs(from)) continue;
      let to = from;
      while (differs(to)) to += PIECE_BYTES;
      this.#record(`flash ${from} ${toHex(flash.subarray(from, to))}`);
      from = to;
    }
    this.#recorded.set(flash);
  }
}
