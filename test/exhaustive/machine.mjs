// build/terminal.wasm on a flash, booted as often as is wanted: one instance, whose memory is put back to what it was before each boot.
import { Buffer } from 'node:buffer';
import { instantiateFirmware } from '../../build/host/firmware.js';
import { makeHal } from '../../build/host/emulator/hal.js';
import { Rtc } from '../../build/host/emulator/rtc.js';

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

export class Machine {
  /** Of this boot, read by none but `ask`. */
  #sent = [];
  #nor;
  #memory;
  #blank;
  #firmware;

  constructor(module) {
    const nor = {
      read: (address, into) => this.#nor.read(address, into),
      program: (address, bytes) => this.#nor.program(address, bytes),
      erase: (address) => this.#nor.erase(address),
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
    this.#firmware.boot();
    this.#run();
  }

  /** What the terminal answers to a frame. Throws as `boot` does. */
  ask(frame) {
    this.#sent = [];
    for (const byte of frame) if (this.#firmware.receive(byte)) this.#run();
    this.#run();
    return this.#sent.length === 1 ? Buffer.from(this.#sent[0]) : Buffer.concat(this.#sent);
  }

  #run() {
    while (this.#firmware.poll(0) === 0);
  }
}
