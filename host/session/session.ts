import { systemCrypto } from '#crypto';
import { Size } from '../../assembly/protocol.js';
import type { Crypto } from '../crypto/crypto.js';
import { nonceOf, type SessionKeys } from './noise.js';

const MESSAGES: number = Size.SessionMessages;
const TAG_BYTES: number = Size.AeadTag;
const NOTHING = new Uint8Array(0);

/** The host's end of an open session: docs/PROTOCOL.md, group 65. */
export class Session {
  #sent = 0;
  /** The lowest number that the next answer may have. */
  #expected = 0;
  #ended = false;

  constructor(
    /** The terminal's number for it. */
    readonly id: number,
    private readonly keys: SessionKeys,
    private readonly crypto: Crypto = systemCrypto,
  ) {}

  /** No more messages can be sent in it. */
  get isSpent(): boolean {
    return this.#sent >= MESSAGES;
  }

  /** Seals a packet as the next message. Returns its body. Throws if the session has ended. */
  seal(packet: Uint8Array): { s: number; n: number; d: Uint8Array } {
    if (this.#ended) throw new Error('the session has ended: its keys are wiped');
    const n = this.#sent++;
    return { s: this.id, n, d: this.crypto.seal(this.keys.send, nonceOf(n), NOTHING, packet) };
  }

  /** Opens an answer. Returns undefined if it is not of this session, or if it is a replay. */
  open(number: number, sealed: Uint8Array): Uint8Array | undefined {
    if (this.#ended || number < this.#expected || sealed.length < TAG_BYTES) return undefined;
    const packet = this.crypto.open(this.keys.receive, nonceOf(number), NOTHING, sealed);
    if (packet) this.#expected = number + 1;
    return packet;
  }

  /** Ends the session and wipes its keys. */
  end(): void {
    this.#ended = true;
    this.keys.send.fill(0);
    this.keys.receive.fill(0);
  }
}
