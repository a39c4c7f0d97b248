// build/terminal.wasm on a flash, booted as often as is wanted: one instance, whose memory is put back to what it was before each boot.
import { Buffer } from 'node:buffer';
import { instantiateFirmware } from '../../build/host/firmware.js';
import { makeHal } from '../../build/host/emulator/hal.js';
import { Rtc } from '../../build/host/emulator/rtc.js';
import { HalError } from '../../build/assembly/protocol.js';
import { Violation } from './errors.mjs';

/**
 * Stands for the HAL's HMAC: `verify` shall tell two tables apart to the last bit, and need not keep that a secret. Two multiplicative
 * hashes of 32 bits, spread over 32 bytes.
 */
const keys = {
  hmac(_slot, bytes) {
    let a = 0x811c9dc5;
    let b = 0x9e3779b9;
    for (const byte of bytes) {
      a = Math.imul(a ^ byte, 0x01000193);
      b = Math.imul(b ^ byte, 0x85ebca6b) ^ (a >>> 15);
    }
    return new Uint8Array(Uint32Array.of(a, b, a ^ (b << 7), b ^ (a >>> 5), a, b, a, b).buffer);
  },
};

/** Most programs and erases of one call: `format` tries each sector twice, and no other call more. */
const MOST_WRITES = 64;

export class Machine {
  /** Of this boot, read by none but `ask`. */
  #sent = [];
  /** Of this call. */
  #writes = 0;
  #nor;
  #memory;
  #blank;
  #firmware;

  constructor(module) {
    const nor = {
      read: (address, into) => this.#nor.read(address, into),
      program: (address, bytes) => this.#written(this.#nor.program(address, bytes)),
      erase: (address) => this.#written(this.#nor.erase(address)),
    };
    Object.defineProperty(nor, 'geometry', { get: () => this.#nor.geometry });
    const hardware = {
      serial: 'OB-CUTS',
      nor,
      keys,
      rtc: new Rtc(),
      send: (bytes) => this.#sent.push(bytes),
      restart: () => {},
    };
    this.#firmware = instantiateFirmware(
      module,
      makeHal(hardware, () => this.#memory),
    );
    this.#memory = new Uint8Array(this.#firmware.memory.buffer, 0, this.#firmware.memoryEnd());
    this.#blank = this.#memory.slice();
  }

  /** Throws PowerCut where the flash plans one, and whatever the firmware traps with. */
  boot(nor) {
    this.#nor = nor;
    this.#memory.set(this.#blank);
    this.#writes = 0;
    this.#firmware.boot();
    this.#run();
  }

  /** Goes on, without a boot, on a flash that holds the same. */
  move(nor) {
    this.#nor = nor;
  }

  /** What the terminal answers to a frame. Throws as `boot` does. */
  ask(frame) {
    this.#sent = [];
    this.#writes = 0;
    for (const byte of frame) if (this.#firmware.receive(byte)) this.#run();
    this.#run();
    return this.#sent.length === 1 ? Buffer.from(this.#sent[0]) : Buffer.concat(this.#sent);
  }

  /** Whatever the flash holds, no write may set a bit on it or go astray, and no call goes on writing for ever. */
  #written(result) {
    if (result === HalError.Argument) throw new Violation('the flash was asked for what it cannot do');
    if (++this.#writes > MOST_WRITES) throw new Violation('writes without end');
    return result;
  }

  #run() {
    while (this.#firmware.poll(0) === 0);
  }
}
