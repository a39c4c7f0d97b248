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

// The conformance suite searches the memory after each of its commands: test/support/targets.ts.

const SERIAL = 'OB-WIPED';
const PAN = '4242424242424242';
const NAME = 'ZHANG SAN';
const OTHER_PAN = '6200000000000005';
const OTHER_NAME = '阿依古丽•买买提';
const PASSWORDS = { operator: '482951', admin: '70418263' };
const ONE = new Uint8Array(32).map((_, i) => 0x40 + i * 3);
const TWO = new Uint8Array(32).map((_, i) => 0x81 ^ (i * 7));

function setUp(keys?: KeyStore): ScannedTerminal {
  const secrets = secretsOf(SERIAL)
    .addBytes('a component', ONE)
    .addBytes('a component', TWO)
    .addBytes('the key of both', combine(ONE, TWO));
  for (const part of [ONE, TWO, combine(ONE, TWO), key(SERIAL)]) {
    secrets.addBytes(
      'the MAC of which a check value is a part',
      systemCrypto.hmac(part, Buffer.from('octobind kcv 1')),
    );
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

/** Requests that carry secrets: good ones, and ones that are refused for each kind of reason. */
const REQUESTS: Record<string, Buffer> = {
  'a bind': bind({}),
  'a bind of another card': bind({ pan: OTHER_PAN, name: OTHER_NAME }),
  'a bind with an expiry date': bind({ exp: '12/30' }),
  'a bind with an unknown field': bind({ [PAN]: NAME }),
  'a bind with an undefined name': bind({ name: undefined }),
  'a bind with a card number as the name': bind({ name: PAN }),
  'a bind with a card number that is not text': bind({ pan: Number(PAN) }),
  'a bind with a wrong check digit': bind({ name: PAN, pan: '4242424242424241' }),
  'a bind with a name that is too long': bind({ name: `${NAME} ${OTHER_NAME} ${NAME} ${NAME}` }),
  'a bind in a slot that does not exist': bind({ slot: 9 }),
  'a bind with a stale generation': bind({ gen: 0 }),
  'a bind in another role': bind({ role: 2 }),
  'a replace': card(CardCommand.Replace, { gen: null, slots }),
  'a replace with fewer than eight entries': card(CardCommand.Replace, { gen: null, slots: both }),
  'a replace with each card four times': card(CardCommand.Replace, {
    gen: null,
    slots: [...both, ...both, ...both, ...both],
  }),
  'a replace with entries that are not cards': card(CardCommand.Replace, {
    gen: null,
    slots: [...both, PAN, NAME, PAN, NAME, 1, 2],
  }),
  'an unbind with a card number': card(CardCommand.Unbind, { gen: null, slot: 1, pan: PAN }),
  'a verify': packetOf(Op.Read, Group.Card, CardCommand.Verify, { nonce: new Uint8Array(16) }),
  'an unbind': card(CardCommand.Unbind, { gen: null, slot: 2 }),
  'a verify with a card number as the nonce': packetOf(Op.Read, Group.Card, CardCommand.Verify, {
    nonce: Buffer.from(PAN),
  }),
  'an unknown command': packetOf(Op.Write, Group.Card, 77, { pan: PAN, name: NAME }),
  'an unknown group': packetOf(Op.Write, 77, 0, { pan: PAN, name: NAME }),
  'an echo': packetOf(Op.Write, Group.Os, OsCommand.Echo, { d: `${PAN} ${NAME}` }),
  // Texts of a policy are no secrets; here they are what the search knows.
  'a policy': card(CardCommand.Policy, {
    gen: null,
    policy: { shop: NAME, zh: '阿依古丽·买买提', en: 'MARIA GARCIA' },
  }),
  'a read of the policy': packetOf(Op.Read, Group.Card, CardCommand.Policy, {}),
  'a policy that is refused': card(CardCommand.Policy, { gen: null, policy: { shop: NAME, en: PAN } }),
  'a policy with a stale generation': card(CardCommand.Policy, { gen: 0, policy: { shop: NAME, en: 'SOMEBODY ELSE' } }),
  'a list': LIST,
  'new passwords': keyed(SessionCommand.Passwords, PASSWORDS),
  'new passwords, one of them too short': keyed(SessionCommand.Passwords, { operator: PASSWORDS.operator, admin: 'x' }),
  'an unlock': keyed(SessionCommand.Unlock, { who: 1, password: PASSWORDS.operator }),
  'an unlock with a wrong password': keyed(SessionCommand.Unlock, { who: 1, password: PASSWORDS.admin }),
  'an unlock for an unknown person': keyed(SessionCommand.Unlock, { who: 9, password: PASSWORDS.admin }),
  'a component': keyed(SessionCommand.LoadPart, { part: 1, key: ONE }),
  'a component with a wrong number': keyed(SessionCommand.LoadPart, { part: 3, key: TWO }),
  'a component that is too long': keyed(SessionCommand.LoadPart, { part: 2, key: Uint8Array.of(...TWO, ...ONE) }),
  'a component with an unknown field': keyed(SessionCommand.LoadPart, { part: 2, key: TWO, more: PAN }),
};

/** Yields each beginning of a packet, with its length field unchanged and with the right one. */
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

/** Makes a request, and ignores an error in the reply. */
function ask(request: () => unknown): void {
  try {
    request();
  } catch (error) {
    if (!(error instanceof Answered)) throw error;
  }
}

describe.each(Object.entries(REQUESTS))('after %s', (_what, packet) => {
  it('memory holds no secret, inside a session, with cards and without', () => {
    const terminal = setUp();
    const within = openSession(terminal);
    for (let i = 0; i < 2; i++) ask(() => exchangeInside(terminal, within, packet));
    ask(() => exchangeInside(terminal, within, REQUESTS['a replace'] ?? packet));
    ask(() => exchangeInside(terminal, within, REQUESTS['a policy'] ?? packet));
    for (let i = 0; i < 2; i++) ask(() => exchangeInside(terminal, within, packet));
    expectWiped(terminal, 7);
  });

  it('memory holds no secret if the packet was cut short anywhere', () => {
    const terminal = setUp();
    const within = openSession(terminal);
    let scans = 0;
    for (const part of cutShort(packet)) {
      ask(() => exchangeInside(terminal, within, part));
      scans++;
    }
    expectWiped(terminal, scans);
  });

  it('memory holds no secret if it was sent in clear by mistake', () => {
    const terminal = setUp();
    exchangePacket(terminal, packet);
    for (const part of cutShort(packet)) exchangePacket(terminal, part);
    expectWiped(terminal, packet.length);
  });

  it('memory holds no secret if its message had a wrong tag', () => {
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
    const names = [
      'a component with a wrong number',
      'a component that is too long',
      'a component with an unknown field',
    ];
    for (const name of names) {
      exchangePacket(terminal, REQUESTS[name] ?? Buffer.alloc(0));
      for (const part of cutShort(REQUESTS[name] ?? Buffer.alloc(0))) exchangePacket(terminal, part);
    }
    expectWiped(terminal, 150);
  });
});

describe('the search', () => {
  it('finds a secret anywhere in memory, in any form', () => {
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
