import { systemCrypto } from '#crypto';
import { Size } from '../../assembly/protocol.js';
import type { Crypto } from '../crypto/crypto.js';
import { nonceOf, type SessionKeys } from './noise.js';

const MESSAGES: number = Size.SessionMessages;
const TAG_BYTES: number = Size.AeadTag;
const NOTHING = new Uint8Array(0);

/** The host's end of a session that is open: docs/PROTOCOL.md, group 65. */
export class Session {
  #sent = 0;
  /** The lowest number that the next answer may have. */
  #expected = 0;
  #ended = false;

  constructor(
    /** What the terminal calls it. */
    readonly id: number,
    private readonly keys: SessionKeys,
    private readonly crypto: Crypto = systemCrypto,
  ) {}

  /** All of its messages are sent. */
  get isSpent(): boolean {
    return this.#sent >= MESSAGES;
  }

  /** Seals a packet as the next message; answers its body. Throws where the session was ended: its keys are gone. */
  seal(packet: Uint8Array): { s: number; n: number; d: Uint8Array } {
    if (this.#ended) throw new Error('a session that was ended seals nothing');
    const n = this.#sent++;
    return { s: this.id, n, d: this.crypto.seal(this.keys.send, nonceOf(n), NOTHING, packet) };
  }

  /** Opens an answer. Nothing where it is no answer of this session, or one that came before. */
  open(number: number, sealed: Uint8Array): Uint8Array | undefined {
    if (this.#ended || number < this.#expected || sealed.length < TAG_BYTES) return undefined;
    const packet = this.crypto.open(this.keys.receive, nonceOf(number), NOTHING, sealed);
    if (packet) this.#expected = number + 1;
    return packet;
  }

  /** Wipes its keys: it is of no use any more. */
  end(): void {
    this.#ended = true;
    this.keys.send.fill(0);
    this.keys.receive.fill(0);
  }
}
