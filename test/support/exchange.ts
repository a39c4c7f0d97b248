import { Group, Op, Refusal, SessionCommand } from '../../assembly/protocol.js';
import type { EmulatedTerminal } from '../../host/emulator/index.js';
import { Handshake } from '../../host/session/noise.js';
import { Session } from '../../host/session/session.js';
import { encodeFrame, FrameReader } from '../../host/smp/frame.js';
import { type Body, decodeBody, encodePacket } from '../../host/smp/packet.js';
import { key } from './keyed.js';

/** Thrown if a terminal replies with an error map, or does not reply: then there is no `body`. */
export class Answered extends Error {
  constructor(readonly body: Body | undefined) {
    super(body ? JSON.stringify(body) : 'no answer');
  }

  /** The reason, if group 65 or 66 refused. */
  get refusal(): Refusal | undefined {
    return (this.body?.['err'] as { rc: Refusal } | undefined)?.rc;
  }
}

/** Returns why a terminal refuses an attempt, or `Refusal.None` if it does not refuse. */
export function refusalOf(attempt: () => unknown): Refusal | undefined {
  try {
    attempt();
    return Refusal.None;
  } catch (error) {
    if (error instanceof Answered) return error.refusal;
    throw error;
  }
}

/** Sends a packet in clear. Returns the reply, if one comes at once. */
export function exchangePacket(terminal: EmulatedTerminal, packet: Uint8Array): Buffer | undefined {
  let answer: Buffer | undefined;
  const counters = { frames: 0, base64: 0, length: 0, crc: 0 };
  const reader = new FrameReader((received) => (answer = Buffer.from(received)), counters);
  const listener = terminal.onOutput;
  terminal.onOutput = (bytes) => reader.push(bytes);
  terminal.receive(encodeFrame(packet));
  terminal.onOutput = listener;
  return answer;
}

function bodyOf(packet: Uint8Array | undefined): Body {
  if (!packet) throw new Answered(undefined);
  const body = decodeBody(packet);
  if ('err' in body || 'rc' in body) throw new Answered(body);
  return body;
}

export function packetOf(op: Op.Read | Op.Write, group: number, command: number, body: Body = {}): Buffer {
  return Buffer.from(encodePacket({ version: 1, op, group, sequence: 0, command }, body));
}

/** Sends a packet in clear and returns the map of its reply. Throws `Answered`. */
export function exchangeInClear(terminal: EmulatedTerminal, packet: Uint8Array): Body {
  return bodyOf(exchangePacket(terminal, packet));
}

/** Opens a session with a terminal, under the key that the tests give it or under another. */
export function openSession(terminal: EmulatedTerminal, psk: Uint8Array = key(terminal.serial)): Session {
  const handshake = new Handshake(Buffer.from(`octobind session 1${terminal.serial}`), psk);
  const opened = exchange(terminal, Op.Write, Group.Session, SessionCommand.Open, {
    d: handshake.first(),
  });
  const ended = handshake.second(opened['d'] as Uint8Array);
  if (!ended) throw new Error('the terminal does not have the key');
  return new Session(opened['s'] as number, ended.keys);
}

/** Sends a packet inside a session and returns the map of its reply. Throws `Answered`. */
export function exchangeInside(terminal: EmulatedTerminal, session: Session, packet: Uint8Array): Body {
  const { n, d } = exchange(terminal, Op.Write, Group.Session, SessionCommand.Message, session.seal(packet));
  return bodyOf(session.open(n as number, d as Uint8Array));
}

/** The last session that `exchange` opened with each terminal. */
const sessions = new WeakMap<EmulatedTerminal, Session>();

/**
 * Sends one request to an emulated terminal and returns the map of its reply, with no stream,
 * clock or retry between them. Requests of the card group go through a session. Throws `Answered`.
 */
export function exchange(
  terminal: EmulatedTerminal,
  op: Op.Read | Op.Write,
  group: number,
  command: number,
  body: Body = {},
): Body {
  const packet = packetOf(op, group, command, body);
  // A plain number, because some tests send a group that `Group` does not list.
  const inside: number = Group.Card;
  if (group !== inside) return exchangeInClear(terminal, packet);
  const session = sessions.get(terminal);
  if (session) {
    try {
      return exchangeInside(terminal, session, packet);
    } catch (error) {
      const gone: unknown[] = [Refusal.SessionMissing, Refusal.NotAuthentic];
      if (!(error instanceof Answered) || !gone.includes(error.refusal)) throw error;
    }
  }
  const opened = openSession(terminal);
  sessions.set(terminal, opened);
  return exchangeInside(terminal, opened, packet);
}
