// build/terminal.wasm on a flash, booted as often as a case needs. It is one instance: a boot puts
// its memory back to what it was at first.
import { Buffer } from 'node:buffer';
import { HalError } from '../../assembly/protocol.js';
import { type Firmware, instantiateFirmware, romOf } from '../../host/firmware/firmware.js';
import { FIRST_START, type Flash, makeHal } from '../../host/emulator/hal.js';
import { KeyStore } from '../../host/emulator/key-store.js';
import { DEFAULT_GEOMETRY, type Geometry, Nor, policyGeometry } from '../../host/emulator/nor.js';
import { Rtc } from '../../host/emulator/rtc.js';
import { runtimeOf } from '../../host/emulator/runtime.js';
import { Violation } from './errors.js';
import { type Durable, newFlash } from './flash.js';
import { OPEN, opened, packetIn, seal, unseal } from './session.js';
import { type StandIns, standIns } from './stand-ins.js';

/**
 * Most programs and erases of one call: `format` tries each sector twice, and no call makes more.
 */
const MOST_WRITES = 64;
const ARGUMENT: number = HalError.Argument;

/** Whatever the flash holds, no write may set a bit or miss it, and no call may write for ever. */
class WatchedFlash implements Flash {
  /** Of this call. */
  writes = 0;

  constructor(public nor: Durable) {}

  get geometry(): Geometry {
    return this.nor.geometry;
  }

  read(address: number, into: Uint8Array): number {
    return this.nor.read(address, into);
  }

  program(address: number, bytes: Uint8Array): number {
    return this.#written(this.nor.program(address, bytes));
  }

  erase(address: number): number {
    return this.#written(this.nor.erase(address));
  }

  #written(result: number): number {
    if (result === ARGUMENT) throw new Violation('the flash was asked for what it cannot do');
    if (++this.writes > MOST_WRITES) throw new Violation('writes without end');
    return result;
  }
}

export class Machine {
  /** Lines that the terminal sent, in base64. */
  readonly #lines: string[] = [];
  readonly #flash = new WatchedFlash(newFlash(DEFAULT_GEOMETRY));
  readonly #memory: Uint8Array;
  /** The same bytes, to be read as text. */
  readonly #text: Buffer;
  readonly #blank: Uint8Array;
  readonly #firmware: Firmware;
  readonly #standIns: StandIns;
  /** The name of the open session, and the number of its next message. */
  #session: number | undefined;
  #number = 0;

  constructor(module: WebAssembly.Module) {
    const hardware = {
      serial: 'OB-CUTS',
      nor: this.#flash,
      // Never written: there is no policy here. test/faults/policy.test.ts cuts the power of one.
      policyNor: new Nor(policyGeometry(DEFAULT_GEOMETRY)),
      keys: new KeyStore(),
      rtc: new Rtc(),
      runtime: runtimeOf(module),
      rom: romOf(module),
      event: () => undefined,
      send: () => undefined,
      restart: () => undefined,
      start: FIRST_START,
    };
    const memory = (): Uint8Array => this.#memory;
    this.#standIns = standIns(memory, () => this.#flash.nor);
    const uart_write = (ptr: number, length: number): number => this.#send(ptr, length);
    this.#firmware = instantiateFirmware(module, {
      ...makeHal(hardware, memory),
      ...this.#standIns.imports,
      uart_write,
    });
    this.#memory = new Uint8Array(this.#firmware.memory.buffer, 0, this.#firmware.memoryEnd());
    this.#text = Buffer.from(this.#memory.buffer, 0, this.#memory.length);
    this.#blank = this.#memory.slice();
  }

  /** Throws PowerCut if the flash plans one, and whatever the firmware traps with. */
  boot(nor: Durable): void {
    this.#flash.nor = nor;
    this.#memory.set(this.#blank);
    this.#standIns.restart();
    this.#session = undefined;
    this.#number = 0;
    this.#flash.writes = 0;
    this.#firmware.boot();
    this.#run();
  }

  /** Goes on, without a boot, on a flash that holds the same. */
  move(nor: Durable): void {
    this.#flash.nor = nor;
  }

  /** The terminal's answer to a packet inside a session. Throws as `boot` does. */
  ask(packet: Uint8Array): Buffer {
    this.#session ??= opened(this.#exchange(OPEN));
    return unseal(this.#exchange(seal(this.#session, this.#number++, packet)));
  }

  #exchange(frame: Uint8Array): Buffer {
    this.#lines.length = 0;
    this.#flash.writes = 0;
    const { receive } = this.#firmware;
    // Most of the time is spent here.
    for (let i = 0; i < frame.length; i++) if (receive(frame[i] ?? 0) !== 0) this.#run();
    this.#run();
    if (this.#lines.length === 0) throw new Violation('no answer');
    return packetIn(this.#lines);
  }

  /** Takes a whole line, and keeps what stands between its mark and its end. */
  #send(ptr: number, length: number): number {
    this.#lines.push(this.#text.toString('latin1', ptr + 2, ptr + length - 1));
    return length;
  }

  #run(): void {
    const { poll } = this.#firmware;
    while (poll(0) === 0);
  }
}
