import { systemCrypto as crypto } from '#crypto';
import { type CardCommand, Group, LifeCycle, Op, Refusal, SessionCommand } from '../../assembly/protocol.js';
import { expand } from '../../host/crypto/expand.js';
import { checkValue, combine } from '../../host/crypto/key-derivation.js';
import { encodeCbor } from '../../host/smp/cbor.js';
import { FrameReader } from '../../host/smp/frame.js';
import { type Body, decodeBody, decodeHeader, type Header } from '../../host/smp/packet.js';
import { Terminal } from '../../host/terminal/terminal.js';
import { ManualClock } from '../../host/testing/manual-clock.js';
import { answer, Device, type Heard, newCounters } from './smp-support.js';

const LOADS: readonly number[] = [SessionCommand.LoadPart, SessionCommand.Commit];
const NOTHING = new Uint8Array(0);

function nonce(number: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32LE(number, 4);
  return bytes;
}

/**
 * The responder of the handshake, which shares no code with the host's initiator. Returns
 * undefined if the first message is not authentic.
 */
export function respondTo(first: Uint8Array, prologue: Uint8Array, psk: Uint8Array) {
  let hash = crypto.sha256(Buffer.from('Noise_NNpsk0_25519_ChaChaPoly_SHA256'));
  let chain = hash;
  let key: Uint8Array;
  const mixHash = (bytes: Uint8Array): void => void (hash = crypto.sha256(Buffer.concat([hash, bytes])));
  const mixKey = (input: Uint8Array): void =>
    void ([chain, key] = expand(crypto, chain, input, 2) as [Uint8Array, Uint8Array]);
  mixHash(prologue);
  const [nextChain, mixed, nextKey] = expand(crypto, chain, psk, 3) as [Uint8Array, Uint8Array, Uint8Array];
  [chain, key] = [nextChain, nextKey];
  mixHash(mixed);
  const remote = first.subarray(0, 32);
  mixHash(remote);
  mixKey(remote);
  if (!crypto.open(key, nonce(0), hash, first.subarray(32))) return undefined;
  mixHash(first.subarray(32));
  const ephemeral = crypto.randomBytes(32);
  const own = crypto.x25519Public(ephemeral);
  mixHash(own);
  mixKey(own);
  mixKey(crypto.x25519(ephemeral, remote) ?? NOTHING);
  const sealed = crypto.seal(key, nonce(0), hash, NOTHING);
  const [receive, send] = expand(crypto, chain, NOTHING, 2) as [Uint8Array, Uint8Array];
  return { message: Buffer.concat([own, sealed]), receive, send };
}

interface Channel {
  readonly id: number;
  readonly receive: Uint8Array;
  readonly send: Uint8Array;
  /** The lowest number that the next message may have. */
  expected: number;
  sent: number;
}

export const refused = (rc: Refusal, more: Body = {}): Body => ({ err: { group: Group.Session, rc }, ...more });

/**
 * The terminal's side of group 65, by docs/PROTOCOL.md. Tests can change its replies through
 * `on…`.
 */
export class ScriptedTerminal {
  serial = 'OB-1';
  lifeCycle = LifeCycle.Keyed;
  waitMs = 0;
  /**
   * Counts of statuses and openings, and the numbers of messages, whether they were good or not.
   */
  statuses = 0;
  opens = 0;
  readonly numbers: number[] = [];
  /** The requests that were carried out inside sessions. */
  readonly carriedOut: Heard[] = [];
  /** Returns the reply to a request inside a session. */
  inside: (heard: Heard) => Body = ({ body }) => ({ r: body['d'] ?? '' });
  /** May change the reply to an opening or to a message. Null drops the reply. */
  onOpen: (answer: Body) => Body | null = (body) => body;
  onMessage: (answer: Body, heard: Heard | undefined) => Body | null = (body) => body;
  /** May change the reply to a component, which has its check value. */
  onPart: (answer: Body) => Body = (body) => body;
  /** Components that were loaded for the next key. */
  parts: Uint8Array[] = [];
  #channels: Channel[] = [];
  #nextId = 100;

  constructor(public tmk: Uint8Array) {}

  readonly respond = ({ header, body }: Heard, device: Pick<Device, 'say'>): void => {
    const reply = this.#reply(header, body);
    if (reply) device.say(answer(header, reply));
  };

  /** Forgets all sessions, as a restart does. */
  forget(): void {
    this.#channels = [];
  }

  #reply({ group, command }: Header, body: Body): Body | null {
    if (group !== (Group.Session as number)) return { r: 'in clear' };
    if (command === (SessionCommand.Open as number)) return this.#open(body['d'] as Uint8Array);
    if (command === (SessionCommand.Message as number)) {
      return this.#message(body as { s: number; n: number; d: Uint8Array });
    }
    if (command === (SessionCommand.Status as number)) this.statuses++;
    else if (this.lifeCycle === LifeCycle.Keyed || this.lifeCycle === LifeCycle.InService)
      return refused(Refusal.KeyLive);
    return this.keys(command, body);
  }

  /** The commands about keys, in clear or inside a session. Any other command is a success. */
  keys(command: number, body: Body): Body {
    const shown = (key: Uint8Array): Body => ({ kcv: new Uint8Array(Buffer.from(checkValue(key), 'hex')) });
    if (command === (SessionCommand.Status as number)) {
      const { kcv = null } = this.lifeCycle === LifeCycle.Virgin ? {} : shown(this.tmk);
      return { state: this.lifeCycle, serial: this.serial, kcv, wait: this.waitMs };
    }
    if (command === (SessionCommand.LoadPart as number)) {
      const { part, key } = body as { part: number; key: Uint8Array };
      this.parts[part - 1] = key;
      return this.onPart(shown(key));
    }
    if (command !== (SessionCommand.Commit as number)) return {};
    const [one, other] = this.parts;
    if (!one || !other) return refused(Refusal.PartMissing);
    this.tmk = combine(one, other);
    if (this.lifeCycle !== LifeCycle.InService) this.lifeCycle = LifeCycle.Keyed;
    return shown(this.tmk);
  }

  #open(first: Uint8Array): Body | null {
    this.opens++;
    const ended = respondTo(first, Buffer.from(`octobind session 1${this.serial}`), this.tmk);
    if (!ended) return this.onOpen(refused(Refusal.NotAuthentic));
    const id = this.#nextId++;
    this.#channels = [...this.#channels.slice(-1), { id, ...ended, expected: 0, sent: 0 }];
    return this.onOpen({ s: id, d: new Uint8Array(ended.message) });
  }

  #message({ s, n, d }: { s: number; n: number; d: Uint8Array }): Body | null {
    this.numbers.push(n);
    const channel = this.#channels.find(({ id }) => id === s);
    if (!channel) return this.onMessage(refused(Refusal.SessionMissing), undefined);
    if (n < channel.expected) return this.onMessage(refused(Refusal.Replayed), undefined);
    const packet = crypto.open(channel.receive, nonce(n), NOTHING, d);
    const header = packet && decodeHeader(packet);
    if (!packet || !header) return this.onMessage(refused(Refusal.NotAuthentic), undefined);
    channel.expected = n + 1;
    const heard = { header, body: decodeBody(packet) };
    this.carriedOut.push(heard);
    const closing = header.group === (Group.Session as number) && header.command === (SessionCommand.Close as number);
    const sealed = this.sealed(channel, header, this.inside(heard));
    if (closing) this.forget();
    return this.onMessage(sealed, heard);
  }

  /** Seals a reply in a session. Returns the body of the message. */
  sealed(channel: Channel, request: Header, body: Body): Body {
    const n = channel.sent++;
    const cbor = encodeCbor(body);
    const packet = Buffer.concat([Buffer.alloc(8), cbor]);
    packet.writeUInt8((request.version << 3) | (request.op === (Op.Read as number) ? 1 : 3), 0);
    packet.writeUInt16BE(cbor.length, 2);
    packet.writeUInt16BE(request.group, 4);
    packet.writeUInt8(request.sequence, 6);
    packet.writeUInt8(request.command, 7);
    return { n, d: crypto.seal(channel.send, nonce(n), NOTHING, packet) };
  }
}

export type Respond = (heard: Heard, device: Pick<Device, 'say'>) => void;

/**
 * A `Terminal`, and a device that replies by `respond`: in clear to a request in clear, inside a
 * session to one inside it. If `respond` does not reply to a command about keys, the device
 * replies as a terminal does. `heard` has the requests of both kinds.
 */
export function speak(tmk: Uint8Array, respond: Respond = () => undefined) {
  const scripted = new ScriptedTerminal(tmk);
  const heard: Heard[] = [];
  const device = new Device((asked, line) => {
    const { group, command } = asked.header;
    const isAbout = command === (SessionCommand.About as number);
    if (group === (Group.Session as number) && !isAbout) scripted.respond(asked, line);
    else {
      heard.push(asked);
      respond(asked, line);
    }
  });
  let reply: Body | undefined;
  const reader = new FrameReader((packet) => (reply = decodeBody(packet)), newCounters());
  scripted.inside = (asked) => {
    heard.push(asked);
    reply = undefined;
    respond(asked, { say: (bytes) => reader.push(bytes) });
    const { group, command } = asked.header;
    if (group === (Group.Session as number)) reply ??= scripted.keys(command, asked.body);
    return reply ?? {};
  };
  // Without a reply from `respond`, the reply is lost.
  scripted.onMessage = (body, asked) => (asked && reply === undefined ? null : body);
  const clock = new ManualClock();
  const terminal = new Terminal(device, { clock, timeoutMs: 100, tries: 3, key: () => tmk });
  return { device, scripted, heard, clock, terminal };
}

/** Replies to each command of the card group from a table, and to nothing else. */
export const cards =
  (bodies: Partial<Record<CardCommand, Body>>): Respond =>
  ({ header }, device) => {
    const body = (bodies as Partial<Record<number, Body>>)[header.command];
    if (body) device.say(answer(header, body));
  };

/** The requests that load a key: command, part, and component or check value. */
export const loads = (heard: readonly Heard[]) =>
  heard
    .filter(({ header: { group, command } }) => group === (Group.Session as number) && LOADS.includes(command))
    .map(({ header: { command }, body: { part, key, kcv } }) => [command, part, key ?? kcv]);
