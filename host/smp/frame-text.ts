import {
  CardCommand,
  EnumerationCommand,
  Group,
  Op,
  OsCommand,
  SessionCommand,
  StatCommand,
} from '../../assembly/protocol.js';
import { redact } from '../redact.js';
import { FrameReader } from './frame.js';
import { type Body, decodeBody, decodeHeader, type Header } from './packet.js';
import { counted } from '../counted.js';

/** Who sent a byte on the line. */
export type LineEnd = 'host' | 'terminal';

/** Receives the bytes on a line, in chunks of any size. */
export type LineWatch = (from: LineEnd, bytes: Uint8Array) => void;

type Names = Readonly<Record<number | string, string | number>>;
const COMMANDS: Partial<Record<number, Names>> = {
  [Group.Os]: OsCommand,
  [Group.Stat]: StatCommand,
  [Group.Enumeration]: EnumerationCommand,
  [Group.Session]: SessionCommand,
  [Group.Card]: CardCommand,
};

const OPEN_GROUPS: readonly number[] = [Group.Os, Group.Stat, Group.Enumeration];

/** Returns a watch that shows each frame as text: `host      write os echo #7 {"d":"hello"}`. */
export function frameWatch(show: (line: string) => void): LineWatch {
  const counters = { frames: 0, base64: 0, length: 0, crc: 0 };
  const reader = (from: LineEnd): FrameReader =>
    new FrameReader((packet) => show(`${from.padEnd(8)}  ${packetText(packet)}`), counters);
  const readers = { host: reader('host'), terminal: reader('terminal') };
  return (from, bytes) => readers[from].push(bytes);
}

/**
 * A packet as text, without secrets. The body is JSON. Byte strings are shown only by their
 * length, and so are texts, except in the standard groups, which have no secrets. What could be a
 * card number is hidden.
 */
export function packetText(packet: Uint8Array): string {
  const header = decodeHeader(packet);
  if (!header) return `no SMP packet, ${counted(packet.length, 'byte')}`;
  const open = OPEN_GROUPS.includes(header.group);
  return redact(`${headerText(header)} ${bodyText(packet, open)}`);
}

function headerText({ version, op, group, command, sequence }: Header): string {
  const groupName = nameOf(Group, group);
  const commandName = nameOf(COMMANDS[group], command);
  return `${nameOf(Op, op)} ${groupName} ${commandName} #${sequence}${version === 0 ? ' v1' : ''}`;
}

function bodyText(packet: Uint8Array, open: boolean): string {
  let body: Body;
  try {
    body = decodeBody(packet);
  } catch {
    return 'malformed';
  }
  return JSON.stringify(body, (_, value: unknown) => {
    if (value instanceof Uint8Array) return counted(value.length, 'byte');
    // JSON has no bigint, and CBOR from the line may have one.
    if (typeof value === 'bigint') return String(value);
    return typeof value === 'string' && !open ? counted(value.length, 'character') : value;
  });
}

/** `load part` for `LoadPart`; the number itself if it has no name. */
function nameOf(names: Names | undefined, number: number): string {
  const name = names?.[number];
  return typeof name === 'string' ? name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase() : String(number);
}
