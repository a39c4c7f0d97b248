import { CardCommand, Group, Op, SessionCommand, StatCommand } from '../../assembly/protocol.js';
import type { EmulatedTerminal } from '../../host/emulator/index.js';
import { checkValue } from '../../host/crypto/key-derivation.js';
import { Handshake } from '../../host/session/noise.js';
import { Session } from '../../host/session/session.js';
import type { Body } from '../../host/smp/packet.js';
import { exchange, exchangeInside, packetOf } from './exchange.js';
import { key, keyedTerminal } from './keyed.js';
import { ManualClock } from '../../host/testing/manual-clock.js';

// The steps of a session one by one, for tests in which an attacker has the line and may invent,
// drop, repeat and change messages.

export const SERIAL = 'OB-LINE';
export const OTHER = Buffer.alloc(32, 0x77);

export const LIST = packetOf(Op.Read, Group.Card, CardCommand.List);
export const bindPacket = (pan: string): Buffer =>
  packetOf(Op.Write, Group.Card, CardCommand.Bind, { gen: null, pan, name: 'ZHANG SAN' });
export const BIND = bindPacket('4242424242424242');

export type Message = ReturnType<Session['seal']>;

/** A terminal with a key, its power on, and the clock that it runs by. */
export function setUp(serial = SERIAL) {
  const clock = new ManualClock();
  const terminal = keyedTerminal({ serial, clock });
  terminal.powerOn();
  return { clock, terminal };
}

export const session = (terminal: EmulatedTerminal, command: SessionCommand, body: Body = {}): Body =>
  exchange(terminal, command === SessionCommand.Status ? Op.Read : Op.Write, Group.Session, command, body);
export const say = (terminal: EmulatedTerminal, message: object): Body =>
  session(terminal, SessionCommand.Message, { ...message });
export const handshakeWith = (terminal: EmulatedTerminal, psk: Uint8Array = key(terminal.serial)): Handshake =>
  new Handshake(Buffer.from(`octobind session 1${terminal.serial}`), psk);
export const opening = (handshake: Handshake): Body => ({ d: handshake.first() });
export const open = (terminal: EmulatedTerminal, body: Body): Body => session(terminal, SessionCommand.Open, body);
export const wrongOpening = (terminal: EmulatedTerminal): Body => opening(handshakeWith(terminal, OTHER));

/** Ends a handshake with the reply to its opening, and returns the session. */
export function ended(handshake: Handshake, { s, d }: Body): Session {
  const end = handshake.second(d as Uint8Array);
  if (!end) throw new Error('the reply to the opening is not authentic');
  return new Session(s as number, end.keys);
}

export const counters = (terminal: EmulatedTerminal): Record<string, number> =>
  exchange(terminal, Op.Read, Group.Stat, StatCommand.Show, { name: 'session' })['fields'] as Record<string, number>;
/** How many slots are not empty, by `list` inside a session. */
export const bound = (terminal: EmulatedTerminal, within: Session): number =>
  (exchangeInside(terminal, within, LIST)['slots'] as unknown[]).filter((slot) => slot !== null).length;

/** Yields a copy of the bytes for each bit, with that bit changed. */
export function* flips(bytes: Uint8Array): Generator<Uint8Array> {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Uint8Array.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    yield changed;
  }
}

/** Loads key components in clear, and returns the check values that the terminal shows. */
export function load(terminal: EmulatedTerminal, ...parts: Uint8Array[]): unknown[] {
  return parts.map((part, i) => session(terminal, SessionCommand.LoadPart, { part: i + 1, key: part })['kcv']);
}
/** The check value that a terminal shows for a key or a component. */
export const shown = (of: Uint8Array): Uint8Array => new Uint8Array(Buffer.from(checkValue(of), 'hex'));
