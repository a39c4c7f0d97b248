import { describe, expect, it } from 'vitest';
import { Group, Op, OsCommand, Rc, SessionCommand, StatCommand } from '../../assembly/protocol.js';
import type { EmulatedTerminal } from '../../host/emulator/index.js';
import { type Body, decodeBody, decodeHeader, type Header } from '../../host/smp/packet.js';
import { exchange, exchangePacket, openSession } from '../support/exchange.js';
import { setUp } from '../support/session.js';

/** Params, of which a read succeeds and a write is not supported. Its body is an empty map. */
const PARAMS = { group: Group.Os, sequence: 77, command: OsCommand.Params };

interface Case {
  readonly op: number;
  readonly version: number;
  /** Bytes that the header announces; there is one. */
  readonly announced: number;
}
const CASES: Case[] = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((op) =>
  [0, 1, 2, 3].flatMap((version) => [0, 1, 2, 0xffff].map((announced) => ({ op, version, announced }))),
);

function packetOf({ op, version, announced }: Case): Buffer {
  const { group, sequence, command } = PARAMS;
  const flags = 0;
  return Buffer.from([(version << 3) | op, flags, announced >> 8, announced & 0xff, 0, group, sequence, command, 0xa0]);
}

const isResponse = (op: number): boolean => op === (Op.ReadResponse as number) || op === (Op.WriteResponse as number);

/**
 * The result that Zephyr's server replies with, in this order: smp_process_request_packet of its
 * smp.c.
 */
function resultOf({ op, version, announced }: Case): Rc {
  if (announced !== 1) return Rc.Corrupt;
  if (op > (Op.WriteResponse as number)) return Rc.NotSupported;
  if (version > 1) return Rc.TooNew;
  return op === (Op.Read as number) ? Rc.Ok : Rc.NotSupported;
}

function expectReply(packet: Uint8Array, of: Case): void {
  const expected: Header = {
    ...PARAMS,
    version: Math.min(of.version, 1),
    op: of.op === (Op.Read as number) ? Op.ReadResponse : Op.WriteResponse,
  };
  expect(decodeHeader(packet)).toEqual(expected);
  const body: Body = decodeBody(packet);
  const rc = resultOf(of);
  expect(body).toEqual(rc === Rc.Ok ? { buf_size: 2048, buf_count: 1 } : { rc });
}

const headerErrors = (terminal: EmulatedTerminal): unknown =>
  (exchange(terminal, Op.Read, Group.Stat, StatCommand.Show, { name: 'link' })['fields'] as Body)['err_header'];

describe('a packet with any header', () => {
  it('gets a reply at once, if it is no response', () => {
    const { terminal } = setUp();
    for (const of of CASES) {
      const reply = exchangePacket(terminal, packetOf(of));
      if (isResponse(of.op)) expect(reply).toBeUndefined();
      else expectReply(reply ?? Buffer.alloc(0), of);
    }
    const good = CASES.filter(({ op, version, announced }) => (op === 0 || op === 2) && version < 2 && announced === 1);
    expect(headerErrors(terminal)).toBe(CASES.length - good.length);
  });

  it('gets a reply inside a session too, which stays open', () => {
    const { terminal } = setUp();
    const session = openSession(terminal);
    const say = (packet: Uint8Array): Body =>
      exchange(terminal, Op.Write, Group.Session, SessionCommand.Message, session.seal(packet));
    for (const of of CASES) {
      const send = (): Body => say(packetOf(of));
      if (isResponse(of.op)) {
        expect(send).toThrow(JSON.stringify({ rc: Rc.Invalid }));
      } else {
        const { n, d } = send();
        expectReply(session.open(n as number, d as Uint8Array) ?? Buffer.alloc(0), of);
      }
    }
  });
});
