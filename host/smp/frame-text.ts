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

/** Who sent a byte on the line. */
export type LineEnd = 'host' | 'terminal';

/** Takes the bytes on a line, in whatever chunks they come. */
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

/** Shows each frame on a line as a text: `host      write os echo #7 {"d":"hello"}`. */
export function frameWatch(show: (line: string) => void): LineWatch {
  const counters = { frames: 0, base64: 0, length: 0, crc: 0 };
  const reader = (from: LineEnd): FrameReader =>
    new FrameReader((packet) => show(`${from.padEnd(8)}  ${packetText(packet)}`), counters);
  const readers = { host: reader('host'), terminal: reader('terminal') };
  return (from, bytes) => readers[from].push(bytes);
}

/**
 * A packet as a text, without anything secret. A body is shown as JSON only in the standard groups, which have
 * no secrets; otherwise its texts and byte strings are shown by their length alone. Whatever could be a
 * card number is withheld.
 */
export function packetText(packet: Uint8Array): string {
  const header = decodeHeader(packet);
  if (!header) return `no SMP packet, ${packet.length} bytes`;
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
    if (value instanceof Uint8Array) return `${value.length} bytes`;
    // JSON has none, and anybody may send one.
    if (typeof value === 'bigint') return String(value);
    return typeof value === 'string' && !open ? `${value.length} characters` : value;
  });
}

/** `LoadPart` as `load part`; a number that has no name as itself. */
function nameOf(names: Names | undefined, number: number): string {
  const name = names?.[number];
  return typeof name === 'string' ? name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase() : String(number);
}
