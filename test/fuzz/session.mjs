// The host of a session that is fuzzed: it seals packets that are spoiled, and spoils what it sealed.
import { SessionCommand } from '../../build/assembly/protocol.js';
import { checkValue } from '../../build/host/crypto/key-derivation.js';
import { encodeFrame } from '../../build/host/smp/frame.js';
import { decodeBody, encodePacket } from '../../build/host/smp/packet.js';
import { Handshake } from '../../build/host/session/noise.js';
import { Session } from '../../build/host/session/session.js';
import { makePacket, spoilFrame } from './frames.mjs';

export const PSK = Buffer.alloc(32, 7);
export const SERIAL = 'OB-FUZZ';

const request = (command, body) => encodePacket({ version: 1, op: 2, group: 65, sequence: 0, command }, body);

export class FuzzedHost {
  /** Messages that were answered under the session's key. */
  carriedOut = 0;
  #session;

  constructor(device, random) {
    this.device = device;
    this.random = random;
  }

  /** Loads the terminal with its key, in two components. */
  async load() {
    const one = new Uint8Array(PSK.length).fill(0x21);
    const other = Uint8Array.from(PSK, (byte) => byte ^ 0x21);
    for (const [index, key] of [one, other].entries()) {
      await this.#ask(SessionCommand.LoadPart, { part: index + 1, key });
    }
    await this.#ask(SessionCommand.Commit, { kcv: new Uint8Array(Buffer.from(checkValue(PSK), 'hex')) });
  }

  /** A request inside the session, which is opened where there is none. Answers whether it was answered there. */
  send(op, group, command, body) {
    return this.#tell(encodePacket({ version: 1, op, group, sequence: 0, command }, body));
  }

  /** The bytes of the next frame. Now and then one is sent right here, so that it is known whether the session is still open. */
  async makeFrame() {
    const packet = Buffer.from(makePacket(this.random));
    if (this.random() < 0.5) await this.#tell(packet);
    if (!this.#session) await this.#open();
    const message = this.#session.seal(packet);
    if (this.random() < 0.1) message.n = Math.floor(this.random() * 70_000);
    if (this.random() < 0.1) message.s = Math.floor(this.random() * 70_000);
    if (this.random() < 0.1) message.d = message.d.subarray(0, Math.floor(this.random() * message.d.length));
    if (this.random() < 0.1 && message.d.length > 0) {
      message.d[Math.floor(this.random() * message.d.length)] ^= 1 << Math.floor(this.random() * 8);
    }
    return spoilFrame(encodeFrame(this.#fits(message)), this.random);
  }

  #fits(message) {
    return message.d.length > 1990 ? request(0, {}) : request(2, message);
  }

  async #tell(packet) {
    if (!this.#session) await this.#open();
    const message = this.#session.seal(packet);
    const answer = await this.device.exchange(encodeFrame(this.#fits(message)));
    if (!answer) return false;
    const { n, d, err } = decodeBody(answer);
    const opened = d !== undefined && this.#session.open(n, d);
    if (opened) this.carriedOut++;
    // Ended, or the number was used up by a spoiled one.
    if (err?.group === 65 && err.rc >= 289) this.#session = undefined;
    return Boolean(opened);
  }

  async #open() {
    const handshake = new Handshake(Buffer.from(`octobind session 1${SERIAL}`), PSK);
    const { s, d } = await this.#ask(SessionCommand.Open, { d: new Uint8Array(handshake.first()) });
    this.#session = new Session(s, handshake.second(d).keys);
  }

  async #ask(command, body) {
    return decodeBody(await this.device.exchange(encodeFrame(request(command, body))));
  }
}
