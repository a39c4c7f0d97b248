// The host of a session that is fuzzed: it seals packets that are spoiled, and spoils what it sealed.
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

  /** `exchange` sends a frame and answers the packet that comes of it, if one does. */
  constructor(exchange, random) {
    this.exchange = exchange;
    this.random = random;
  }

  /** A request inside the session, which is opened where there is none. Answers whether it was answered there. */
  send(op, group, command, body) {
    return this.#tell(encodePacket({ version: 1, op, group, sequence: 0, command }, body));
  }

  /** The bytes of the next frame. Now and then one is sent right here, so that it is known whether the session is still open. */
  makeFrame() {
    const packet = Buffer.from(makePacket(this.random));
    if (this.random() < 0.5) this.#tell(packet);
    if (!this.#session) this.#open();
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

  #tell(packet) {
    if (!this.#session) this.#open();
    const message = this.#session.seal(packet);
    const answer = this.exchange(encodeFrame(this.#fits(message)));
    if (!answer) return false;
    const { n, d, err } = decodeBody(answer);
    const opened = d !== undefined && this.#session.open(n, d);
    if (opened) this.carriedOut++;
    // Ended, or the number was used up by a spoiled one.
    if (err?.group === 65 && err.rc >= 289) this.#session = undefined;
    return Boolean(opened);
  }

  #open() {
    const handshake = new Handshake(Buffer.from(`octobind session 1${SERIAL}`), PSK);
    const { s, d } = decodeBody(this.exchange(encodeFrame(request(1, { d: new Uint8Array(handshake.first()) }))));
    this.#session = new Session(s, handshake.second(d).keys);
  }
}
