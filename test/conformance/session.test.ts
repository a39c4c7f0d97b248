import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CardCommand, Group, Op, SessionCommand } from '../../assembly/protocol.js';
import type { Body } from '../../host/index.js';
import { Handshake } from '../../host/session/noise.js';
import { Session } from '../../host/session/session.js';
import { packetOf } from '../support/exchange.js';
import { type Bench, targets } from '../support/targets.js';

describe.each(targets)('an opening that is repeated on $name', (target) => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await target.start();
  });
  afterAll(() => bench.stop());

  /** The client's own repeats on a hostile line have the same bytes, so they change nothing. */
  const send = (command: SessionCommand, body: Body): Promise<Body> =>
    bench.terminal.smp.request({ op: Op.Write, group: Group.Session, command, body });

  it('gets the same reply until its session is used, and one session comes of it', async () => {
    const { serial } = await bench.terminal.status();
    const handshake = new Handshake(Buffer.from(`octobind session 1${serial}`), await bench.key(serial));
    const opening = { d: handshake.first() };
    const reply = await send(SessionCommand.Open, opening);
    expect(await send(SessionCommand.Open, opening)).toEqual(reply);
    const keys = handshake.second(reply['d'] as Uint8Array)?.keys;
    if (!keys) throw new Error('the reply to the opening is not authentic');
    const before = (await bench.terminal.stats('session'))['opened'] ?? 0;
    const session = new Session(reply['s'] as number, keys);
    const list = packetOf(Op.Read, Group.Card, CardCommand.List);
    for (let i = 0; i < 2; i++) {
      // A repeat of the client's own may have been the one that was replied to, with 291.
      const message = await send(SessionCommand.Message, session.seal(list)).catch(() => undefined);
      if (message) expect(session.open(message['n'] as number, message['d'] as Uint8Array)).toBeDefined();
      expect(await send(SessionCommand.Open, opening)).not.toEqual(reply);
    }
    expect((await bench.terminal.stats('session'))['opened']).toBe(before + 1);
  });
});
