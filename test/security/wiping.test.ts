import { systemCrypto } from '#crypto';
import { describe, expect, it } from 'vitest';
import { CardCommand, Group, OsCommand, Op, Refusal, SessionCommand } from '../../assembly/protocol.js';
import { KeyStore } from '../../host/emulator/index.js';
import { combine } from '../../host/crypto/key-derivation.js';
import type { Body } from '../../host/smp/packet.js';
import {
  Answered,
  exchange,
  exchangeInside,
  exchangePacket,
  openSession,
  packetOf,
  refusalOf,
} from '../support/exchange.js';
import { key, keysOf } from '../support/keyed.js';
import { ScannedTerminal, secretsOf } from '../support/scanned.js';
import { LIST, load, session, shown } from '../support/session.js';

// The conformance suite searches the memory as well: test/support/targets.ts.

const SERIAL = 'OB-WIPED';
const PAN = '4242424242424242';
const NAME = 'ZHANG SAN';
const OTHER_PAN = '6200000000000005';
const OTHER_NAME = '阿依古丽•买买提';
const PASSWORDS = { operator: 'open sesame 1', admin: 'Open Sesame 22' };
const ONE = new Uint8Array(32).map((_, i) => 0x40 + i * 3);
const TWO = new Uint8Array(32).map((_, i) => 0x81 ^ (i * 7));

function setUp(keys?: KeyStore): ScannedTerminal {
  const secrets = secretsOf(SERIAL)
    .addBytes('a component', ONE)
    .addBytes('a component', TWO)
    .addBytes('the key of both', combine(ONE, TWO));
  for (const part of [ONE, TWO, combine(ONE, TWO), key(SERIAL)]) {
    secrets.addBytes('what a check value is a part of', systemCrypto.hmac(part, Buffer.from('octobind kcv 1')));
  }
  for (const password of Object.values(PASSWORDS)) secrets.addText('a password', password);
  const terminal = new ScannedTerminal({ serial: SERIAL, keys: keys ?? keysOf(SERIAL) }, secrets);
  terminal.powerOn();
  return terminal;
}

function expectWiped(terminal: ScannedTerminal, scans: number): void {
  expect(terminal.found).toEqual([]);
  expect(terminal.scans).toBeGreaterThanOrEqual(scans);
}

const card = (command: CardCommand, body: Body): Buffer => packetOf(Op.Write, Group.Card, command, body);
const keyed = (command: SessionCommand, body: Body): Buffer => packetOf(Op.Write, Group.Session, command, body);
const bind = (body: Body): Buffer => card(CardCommand.Bind, { gen: null, pan: PAN, name: NAME, ...body });
const both = [
  { pan: PAN, name: NAME },
  { pan: OTHER_PAN, name: OTHER_NAME, role: 2 },
];
const slots = [...both, null, null, null, null, null, null];

/** Requests with something in them that is to be forgotten: good ones, and refused for all kinds of reasons. */
const REQUESTS: Record<string, Buffer> = {
  bind: bind({}),
  'bind another card': bind({ pan: OTHER_PAN, name: OTHER_NAME }),
  'bind with expiry': bind({ exp: '12/30' }),
  'bind with an unknown field': bind({ [PAN]: NAME }),
  'bind with nothing behind the number': bind({ name: undefined }),
  'bind with a number as the name': bind({ name: PAN }),
  'bind with a number that is no text': bind({ pan: Number(PAN) }),
  'bind with a wrong check digit': bind({ name: PAN, pan: '4242424242424241' }),
  'bind with a long name': bind({ name: `${NAME} ${OTHER_NAME} ${NAME} ${NAME}` }),
  'bind in a slot that there is not': bind({ slot: 9 }),
  'bind at a generation that has passed': bind({ gen: 0 }),
  'bind in another role': bind({ role: 2 }),
  replace: card(CardCommand.Replace, { gen: null, slots }),
  'replace by less than eight': card(CardCommand.Replace, { gen: null, slots: both }),
  'replace by the same twice': card(CardCommand.Replace, { gen: null, slots: [...both, ...both, ...both, ...both] }),
  'replace by what is no card': card(CardCommand.Replace, { gen: null, slots: [...both, PAN, NAME, PAN, NAME, 1, 2] }),
  'unbind by number': card(CardCommand.Unbind, { gen: null, slot: 1, pan: PAN }),
  verify: packetOf(Op.Read, Group.Card, CardCommand.Verify, { nonce: new Uint8Array(16) }),
  unbind: card(CardCommand.Unbind, { gen: null, slot: 2 }),
  'verify with a number for a nonce': packetOf(Op.Read, Group.Card, CardCommand.Verify, { nonce: Buffer.from(PAN) }),
  'a command that there is not': packetOf(Op.Write, Group.Card, 77, { pan: PAN, name: NAME }),
  'a group that there is not': packetOf(Op.Write, 77, 0, { pan: PAN, name: NAME }),
  echo: packetOf(Op.Write, Group.Os, OsCommand.Echo, { d: `${PAN} ${NAME}` }),
  list: LIST,
  passwords: keyed(SessionCommand.Passwords, PASSWORDS),
  'passwords of which one is short': keyed(SessionCommand.Passwords, { operator: PASSWORDS.operator, admin: 'x' }),
  unlock: keyed(SessionCommand.Unlock, { who: 1, password: PASSWORDS.operator }),
  'unlock wrongly': keyed(SessionCommand.Unlock, { who: 1, password: PASSWORDS.admin }),
  'unlock for nobody': keyed(SessionCommand.Unlock, { who: 9, password: PASSWORDS.admin }),
  'a component': keyed(SessionCommand.LoadPart, { part: 1, key: ONE }),
  'a component of no key': keyed(SessionCommand.LoadPart, { part: 3, key: TWO }),
  'a long component': keyed(SessionCommand.LoadPart, { part: 2, key: Uint8Array.of(...TWO, ...ONE) }),
  'a component with more': keyed(SessionCommand.LoadPart, { part: 2, key: TWO, more: PAN }),
};

/** A packet's beginnings, with its header's length as it was and as it is then. */
function* cutShort(packet: Buffer): Generator<Buffer> {
  for (let bytes = 0; bytes < packet.length; bytes++) {
    const part = Buffer.from(packet.subarray(0, bytes));
    yield part;
    if (bytes < 8) continue;
    const right = Buffer.from(part);
    right.writeUInt16BE(bytes - 8, 2);
    yield right;
  }
}

/** Whatever is answered. */
function ask(what: () => unknown): void {
  try {
    what();
  } catch (error) {
    if (!(error instanceof Answered)) throw error;
  }
}

describe.each(Object.entries(REQUESTS))('after %s', (_what, packet) => {
  it('inside a session, and again, with cards and without, memory holds nothing of them', () => {
    const terminal = setUp();
    const within = openSession(terminal);
    for (let i = 0; i < 2; i++) ask(() => exchangeInside(terminal, within, packet));
    ask(() => exchangeInside(terminal, within, REQUESTS['replace'] ?? packet));
    for (let i = 0; i < 2; i++) ask(() => exchangeInside(terminal, within, packet));
    expectWiped(terminal, 6);
  });

  it('cut short anywhere, memory holds nothing of it', () => {
    const terminal = setUp();
    const within = openSession(terminal);
    let scans = 0;
    for (const part of cutShort(packet)) {
      ask(() => exchangeInside(terminal, within, part));
      scans++;
    }
    expectWiped(terminal, scans);
  });

  it('in clear, where it should not be sent, memory holds nothing of it', () => {
    const terminal = setUp();
    exchangePacket(terminal, packet);
    for (const part of cutShort(packet)) exchangePacket(terminal, part);
    expectWiped(terminal, packet.length);
  });

  it('that came in a message with a wrong tag, memory holds nothing of it', () => {
    const terminal = setUp();
    const message = openSession(terminal).seal(packet);
    message.d[message.d.length - 1] = (message.d.at(-1) ?? 0) ^ 1;
    expect(refusalOf(() => session(terminal, SessionCommand.Message, { ...message }))).toBe(Refusal.NotAuthentic);
    expectWiped(terminal, 2);
  });
});

describe('while a key is loaded', () => {
  it('memory holds no component once it is in its slot, and no key', () => {
    const terminal = setUp(new KeyStore());
    load(terminal, ONE, TWO);
    expectWiped(terminal, 2);
    expect(refusalOf(() => session(terminal, SessionCommand.Commit, { kcv: shown(ONE) }))).toBe(
      Refusal.CheckValueDiffers,
    );
    load(terminal, ONE, TWO);
    session(terminal, SessionCommand.Commit, { kcv: shown(combine(ONE, TWO)) });
    openSession(terminal, combine(ONE, TWO));
    expectWiped(terminal, 7);
  });

  it('memory holds nothing of two equal components that were refused', () => {
    const terminal = setUp(new KeyStore());
    load(terminal, ONE, ONE);
    const commit = (): unknown => session(terminal, SessionCommand.Commit, { kcv: shown(ONE) });
    expect(refusalOf(commit)).toBe(Refusal.KeyWeak);
    expectWiped(terminal, 3);
  });

  it('memory holds no component that was refused or cut short', () => {
    const terminal = setUp(new KeyStore());
    for (const name of ['a component of no key', 'a long component', 'a component with more']) {
      exchangePacket(terminal, REQUESTS[name] ?? Buffer.alloc(0));
      for (const part of cutShort(REQUESTS[name] ?? Buffer.alloc(0))) exchangePacket(terminal, part);
    }
    expectWiped(terminal, 150);
  });
});

describe('the search', () => {
  it('finds what is left anywhere in memory, in any form', () => {
    const terminal = setUp();
    const { memory } = terminal;
    for (const at of [0, 1001, 8192, memory.length - 400]) {
      for (const { bytes: form } of secretsOf(SERIAL).forms) {
        const before = memory.slice(at, at + form.length);
        memory.set(form, at);
        terminal.receive(new Uint8Array(0));
        memory.set(before, at);
        expect(terminal.found.splice(0).length).toBeGreaterThan(0);
      }
    }
    exchange(terminal, Op.Write, Group.Os, OsCommand.Echo, { d: 'x' });
    expectWiped(terminal, 1);
  });
});
