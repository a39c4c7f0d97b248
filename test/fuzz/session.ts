// The host of a session that is fuzzed: it seals spoiled packets, and spoils what it sealed.
import { Group, Op, Refusal, SessionCommand } from '../../assembly/protocol.js';
import { checkValue } from '../../host/crypto/key-derivation.js';
import type { Random } from '../../host/emulator/random.js';
import { Handshake } from '../../host/session/noise.js';
import * as replies from '../../host/session/replies.js';
import { Session } from '../../host/session/session.js';
import { encodeFrame } from '../../host/smp/frame.js';
import { type Body, decodeBody, encodePacket } from '../../host/smp/packet.js';
import { answerError } from '../../host/smp/result.js';
import { readReply } from '../../host/terminal/replies.js';
import { Chooser } from '../support/choose.js';
import type { Device } from './devices.js';
import { makePacket, spoilFrame } from './frames.js';

const PSK = new Uint8Array(32).fill(7);
export const SERIAL = 'OB-FUZZ';
/** A larger message does not fit into a packet. */
const MOST_SEALED_BYTES = 1990;

type Message = ReturnType<Session['seal']>;

function request(command: SessionCommand, body: Body): Uint8Array {
  return encodePacket({ version: 1, op: Op.Write, group: Group.Session, sequence: 0, command }, body);
}

/** The frame of a message, or of a short request if the message is too large. */
function frameOf(message: Message): Uint8Array {
  const fits = message.d.length <= MOST_SEALED_BYTES;
  return encodeFrame(fits ? request(SessionCommand.Message, { ...message }) : request(SessionCommand.Status, {}));
}

export class FuzzedHost {
  /** Messages that were answered under the session's key. */
  carriedOut = 0;
  #session: Session | undefined;
  readonly #choose: Chooser;

  constructor(
    private readonly device: Device,
    private readonly random: Random,
  ) {
    this.#choose = new Chooser(random);
  }

  /** Loads the terminal with its key, in two components. */
  async load(): Promise<void> {
    const one = new Uint8Array(PSK.length).fill(0x21);
    const other = PSK.map((byte) => byte ^ 0x21);
    for (const [index, key] of [one, other].entries()) {
      await this.#ask(SessionCommand.LoadPart, { part: index + 1, key });
    }
    await this.#ask(SessionCommand.Commit, { kcv: new Uint8Array(Buffer.from(checkValue(PSK), 'hex')) });
  }

  /**
   * Sends a request inside the session, which it opens if need be. Returns whether it was answered
   * there.
   */
  send(op: Op, group: Group, command: number, body: Body): Promise<boolean> {
    return this.#tell(encodePacket({ version: 1, op, group, sequence: 0, command }, body));
  }

  /**
   * The bytes of the next frame. Now and then it sends a whole packet first, whose reply tells
   * whether the session is still open.
   */
  async makeFrame(): Promise<Uint8Array> {
    const packet = makePacket(this.random);
    if (this.random() < 0.5) await this.#tell(packet);
    const session = this.#session ?? (await this.#open());
    return spoilFrame(frameOf(this.#spoiled(session.seal(packet))), this.random);
  }

  #spoiled({ s, n, d }: Message): Message {
    const choose = this.#choose;
    const number = this.random() < 0.1 ? choose.below(70_000) : n;
    const name = this.random() < 0.1 ? choose.below(70_000) : s;
    const sealed = this.random() < 0.1 ? d.subarray(0, choose.below(d.length)) : d;
    if (this.random() < 0.1 && sealed.length > 0) choose.flip(sealed);
    return { s: name, n: number, d: sealed };
  }

  async #tell(packet: Uint8Array): Promise<boolean> {
    const session = this.#session ?? (await this.#open());
    const answer = await this.device.exchange(frameOf(session.seal(packet)));
    if (!answer) return false;
    const body = decodeBody(answer);
    const { success, data } = replies.message.safeParse(body);
    const isOpened = success && session.open(data.n, data.d) !== undefined;
    if (isOpened) this.carriedOut++;
    // The session has ended, or a spoiled message used the number up.
    const refusal = answerError(body)?.refusal;
    if (refusal !== undefined && refusal >= Refusal.SessionMissing) this.#session = undefined;
    return isOpened;
  }

  async #open(): Promise<Session> {
    const handshake = new Handshake(Buffer.from(`octobind session 1${SERIAL}`), PSK);
    const { s, d } = readReply(replies.open, await this.#ask(SessionCommand.Open, { d: handshake.first() }));
    const ended = handshake.second(d);
    if (!ended) throw new Error('the terminal does not have the key');
    this.#session = new Session(s, ended.keys);
    return this.#session;
  }

  async #ask(command: SessionCommand, body: Body): Promise<Body> {
    const answer = await this.device.exchange(encodeFrame(request(command, body)));
    if (!answer) throw new Error(`no answer to ${SessionCommand[command]}`);
    return decodeBody(answer);
  }
}
