// build/terminal.wasm on a flash, booted as often as is wanted: one instance, whose memory is put back to what it was before each boot.
import { Buffer } from 'node:buffer';
import { instantiateFirmware, romOf } from '../../build/host/firmware/firmware.js';
import { FIRST_START, makeHal } from '../../build/host/emulator/hal.js';
import { Rtc } from '../../build/host/emulator/rtc.js';
import { HalError } from '../../build/assembly/protocol.js';
import { Violation } from './errors.mjs';
import { OPEN, opened, packetIn, seal, unseal } from './session.mjs';
import { standIns } from './stand-ins.mjs';

/** Most programs and erases of one call: `format` tries each sector twice, and no other call more. */
const MOST_WRITES = 64;

export class Machine {
  /** Lines that the terminal sent, as base64. */
  #lines = [];
  /** Of this call. */
  #writes = 0;
  #nor;
  #memory;
  /** The same bytes, to be read as text. */
  #text;
  #blank;
  #firmware;
  #standIns;
  /** The open session's name, and the number of its next message. */
  #session;
  #number = 0;

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
      rtc: new Rtc(),
      rom: romOf(module),
      event: () => {},
      restart: () => {},
      start: FIRST_START,
    };
    const memory = () => this.#memory;
    this.#standIns = standIns(memory, () => this.#nor);
    const uart = { uart_write: (ptr, length) => this.#send(ptr, length) };
    this.#firmware = instantiateFirmware(module, { ...makeHal(hardware, memory), ...this.#standIns.imports, ...uart });
    this.#memory = new Uint8Array(this.#firmware.memory.buffer, 0, this.#firmware.memoryEnd());
    this.#text = Buffer.from(this.#memory.buffer, 0, this.#memory.length);
    this.#blank = this.#memory.slice();
  }

  /** Throws PowerCut where the flash plans one, and whatever the firmware traps with. */
  boot(nor) {
    this.#nor = nor;
    this.#memory.set(this.#blank);
    this.#standIns.restart();
    this.#session = undefined;
    this.#number = 0;
    this.#writes = 0;
    this.#firmware.boot();
    this.#run();
  }

  /** Goes on, without a boot, on a flash that holds the same. */
  move(nor) {
    this.#nor = nor;
  }

  /** What the terminal answers to a packet, inside a session. Throws as `boot` does. */
  ask(packet) {
    this.#session ??= opened(this.#exchange(OPEN));
    return unseal(this.#exchange(seal(this.#session, this.#number++, packet)));
  }

  #exchange(frame) {
    this.#lines.length = 0;
    this.#writes = 0;
    const { receive } = this.#firmware;
    // As fast as it goes: most of the time is spent here.
    for (let i = 0; i < frame.length; i++) if (receive(frame[i]) !== 0) this.#run();
    this.#run();
    if (this.#lines.length === 0) throw new Violation('no answer');
    return packetIn(this.#lines);
  }

  /** A line as a whole, of which what stands between its mark and its end is kept. */
  #send(ptr, length) {
    this.#lines.push(this.#text.latin1Slice(ptr + 2, ptr + length - 1));
    return length;
  }

  /** Whatever the flash holds, no write may set a bit on it or go astray, and no call goes on writing for ever. */
  #written(result) {
    if (result === HalError.Argument) throw new Violation('the flash was asked for what it cannot do');
    if (++this.#writes > MOST_WRITES) throw new Violation('writes without end');
    return result;
  }

  #run() {
    const { poll } = this.#firmware;
    while (poll(0) === 0);
  }
}
