import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CardCommand, Group, Op } from '../../assembly/protocol.js';
import {
  CardJudge,
  FlashState,
  Keyholder,
  LuhnRule,
  type Policy,
  policyMac,
  Refusal,
  Role,
  Scheme,
  type Terminal,
  verifyKey,
  Wording,
} from '../../host/index.js';
import { type Bench, targets } from '../support/targets.js';

const EMPTY = Array<null>(8).fill(null);
const VISA = { pan: '4242424242424242', name: 'ZHANG SAN' };
const UNIONPAY = { pan: '6200000000000005', name: 'ZHANG SAN' };
/** A published UnionPay number with a wrong check digit. */
const UNCHECKED = { pan: '6222040000030012', name: 'ZHANG SAN' };

const WHOLE = {
  shop: '老张面馆 Lao Zhang',
  contact: { zh: '商户服务中心', en: 'Merchant service', phone: '+86 400-820-8820' },
  wording: Wording.OneCard,
  adds: Keyholder.Nobody,
  removes: Keyholder.Operator,
  slots: 3,
  schemes: [Scheme.Unknown, Scheme.Visa, Scheme.UnionPay],
  luhn: LuhnRule.Warn,
  bound: new Uint8Array(32).map((_, i) => i + 1),
} satisfies Policy;

/** What an empty policy says. */
const DEFAULTS = {
  shop: '',
  contact: { zh: '', en: '', phone: '' },
  wording: Wording.BankCard,
  adds: Keyholder.Administrator,
  removes: Keyholder.Administrator,
  slots: 8,
  luhn: LuhnRule.Required,
};

describe.each(targets)('the policy on $name', (target) => {
  let bench: Bench;
  let terminal: Terminal;
  beforeAll(async () => {
    bench = await target.start();
    terminal = bench.terminal;
    if ((await terminal.list()).state > FlashState.Blank) await terminal.format();
  });
  afterAll(async () => {
    await terminal.setPolicy({}, null);
    await bench.stop();
  });
  beforeEach(async () => {
    await terminal.setPolicy({}, null);
    await terminal.replace(EMPTY, null);
  });

  const write = (policy: unknown, gen: unknown = null): Promise<unknown> =>
    terminal.secure?.request({ op: Op.Write, group: Group.Card, command: CardCommand.Policy, body: { gen, policy } }) ??
    Promise.reject(new Error('no session'));

  async function refused(attempt: () => Promise<unknown>, refusal: Refusal, slot?: number): Promise<void> {
    const before = { table: await terminal.list(), policy: await terminal.policy() };
    await expect(attempt()).rejects.toMatchObject({ code: 'REFUSED', refusal, ...(slot !== undefined && { slot }) });
    expect({ table: await terminal.list(), policy: await terminal.policy() }).toEqual(before);
  }

  it('is read back as it was set, with a generation of its own', async () => {
    const { generation } = await terminal.policy();
    const table = await terminal.list();
    expect(await terminal.setPolicy(WHOLE)).toEqual({ generation: generation + 1, changed: true });
    expect(await terminal.policy()).toEqual({ generation: generation + 1, state: FlashState.Ready, policy: WHOLE });
    expect((await terminal.list()).generation).toBe(table.generation);
    expect(await terminal.setPolicy({}, generation + 1)).toEqual({ generation: generation + 2, changed: true });
    expect((await terminal.policy()).policy).toEqual(DEFAULTS);
  });

  it('succeeds without a change if it holds already, whatever generation it names', async () => {
    const { generation } = await terminal.setPolicy(WHOLE);
    expect(await terminal.setPolicy(WHOLE, 0)).toEqual({ generation, changed: false });
    expect(await terminal.setPolicy(WHOLE, null)).toEqual({ generation, changed: false });
    await refused(() => terminal.setPolicy({}, generation + 7), Refusal.GenerationStale);
  });

  it.each([
    [
      'a text of two rows',
      { shop: 'x'.repeat(32), zh: '张'.repeat(16), en: 'ậ'.repeat(32), phone: '+123456789012345' },
    ],
    ['the largest numbers', { wording: 1, adds: 2, removes: 2, slots: 8, schemes: 0xffff_ffff, luhn: 1 }],
    ['the smallest numbers', { wording: 0, adds: 0, removes: 0, slots: 1, schemes: 1, luhn: 0 }],
  ])('takes %s', async (_what, policy) => {
    await write(policy);
    expect((await terminal.policy()).state).toBe(FlashState.Ready);
  });

  it.each([
    ['a text of three rows', { shop: 'x'.repeat(33) }, Refusal.PolicyText],
    [
      'a character of two cells that begins a third row',
      { zh: `${'x'.repeat(15)}${'张'.repeat(8)}张` },
      Refusal.PolicyText,
    ],
    ['a control character', { en: 'a\tb' }, Refusal.PolicyText],
    ['a character that no screen has', { en: '☎' }, Refusal.PolicyText],
    ['a mark that turns the direction of a text', { en: 'a\u202eb' }, Refusal.PolicyText],
    ['a space at an end', { shop: 'shop ' }, Refusal.PolicyText],
    ['a card number as a text', { shop: '4242 4242 4242 4242' }, Refusal.PolicyText],
    ['a telephone number with a letter', { phone: '400-CALL' }, Refusal.PolicyText],
    ['a telephone number with 16 digits', { phone: '4242424242424242' }, Refusal.PolicyText],
    ['a telephone number of a + alone', { phone: '+' }, Refusal.PolicyText],
    ['an unknown wording', { wording: 2 }, Refusal.PolicyRange],
    ['an unknown person', { adds: 3 }, Refusal.PolicyRange],
    ['a person far out of range', { removes: 256 }, Refusal.PolicyRange],
    ['no slots', { slots: 0 }, Refusal.PolicyRange],
    ['nine slots', { slots: 9 }, Refusal.PolicyRange],
    ['no schemes', { schemes: 0 }, Refusal.PolicyRange],
    ['an unknown rule', { luhn: 2 }, Refusal.PolicyRange],
    ['an unknown field', { shops: 'x' }, Refusal.FieldUnknown],
  ])('refuses %s', async (_what, policy, refusal) => {
    await refused(() => write(policy), refusal);
  });

  it.each([
    ['a number as a text', { shop: 7 }],
    ['a text as a number', { slots: '3' }],
    ['a negative number', { slots: -1 }],
    ['a number of 33 bits', { schemes: 0x1_0000_0000 }],
    ['a short digest', { bound: new Uint8Array(31) }],
    ['an array', ['shop', 'x']],
    ['nothing', null],
  ])('refuses %s as malformed', async (_what, policy) => {
    const before = await terminal.policy();
    await expect(write(policy)).rejects.toMatchObject({ code: 'REFUSED', smpResult: 3 });
    expect(await terminal.policy()).toEqual(before);
  });

  it('limits how many cards may be bound, by one change or by several', async () => {
    await terminal.setPolicy({ slots: 2 });
    expect(await terminal.list()).toMatchObject({ most: 2 });
    await terminal.bind({ ...VISA, slot: 8 });
    await terminal.bind(UNIONPAY);
    const third = { pan: '5555555555554444', name: 'ZHANG SAN' };
    await refused(() => terminal.bind(third), Refusal.PolicySlots);
    await refused(() => terminal.replace([VISA, UNIONPAY, third, ...EMPTY.slice(3)]), Refusal.PolicySlots, 3);
    await terminal.replace([third, ...EMPTY.slice(1, 7), 'keep']);
    expect((await terminal.list()).slots.filter((slot) => slot !== null)).toHaveLength(2);
  });

  it('limits which schemes may be bound', async () => {
    await terminal.setPolicy({ schemes: [Scheme.UnionPay] });
    await refused(() => terminal.bind(VISA), Refusal.PolicyScheme);
    await refused(() => terminal.replace([UNIONPAY, VISA, ...EMPTY.slice(2)]), Refusal.PolicyScheme, 2);
    await terminal.bind(UNIONPAY);
  });

  it('leaves cards that are bound already, and says which it forbids', async () => {
    await terminal.replace([VISA, UNIONPAY, ...EMPTY.slice(2)]);
    await terminal.setPolicy({ schemes: [Scheme.UnionPay], slots: 1 });
    const { slots, most } = await terminal.list();
    expect(most).toBe(1);
    expect(slots.slice(0, 2)).toMatchObject([{ scheme: Scheme.Visa, allowed: false }, { scheme: Scheme.UnionPay }]);
    expect(slots[1]).not.toHaveProperty('allowed');
    // They may stay, be bound again, and go.
    expect(await terminal.bind(VISA)).toMatchObject({ slot: 1, changed: false });
    expect(await terminal.replace(['keep', null, ...EMPTY.slice(2)])).toMatchObject({ changed: true });
    expect(await terminal.unbind(1)).toMatchObject({ changed: true });
    await refused(() => terminal.bind(VISA), Refusal.PolicyScheme);
  });

  it('may take a UnionPay number with a wrong check digit, and its slot says so', async () => {
    await refused(() => terminal.bind(UNCHECKED), Refusal.PanCheckDigit);
    await terminal.setPolicy({ luhn: LuhnRule.Warn });
    await refused(() => terminal.bind({ ...VISA, pan: '4242424242424241' }), Refusal.PanCheckDigit);
    await terminal.bind(UNCHECKED);
    await terminal.bind(UNIONPAY);
    const [unchecked, checked] = (await terminal.list()).slots;
    expect(unchecked).toMatchObject({ pan: '622204******0012', scheme: Scheme.UnionPay, luhn: false });
    expect(unchecked).not.toHaveProperty('allowed');
    expect(checked).not.toHaveProperty('luhn');
    await terminal.setPolicy({});
    expect((await terminal.list()).slots[0]).toMatchObject({ luhn: false, allowed: false });
  });

  it('is proven by verify, with its generation', async () => {
    const nonce = new Uint8Array(16).fill(9);
    const { generation } = await terminal.setPolicy(WHOLE);
    const proof = (await terminal.verify(nonce)).policy;
    const content = new CardJudge().policy(WHOLE) as Uint8Array;
    const serial = terminal.secure?.serial ?? '';
    const key = verifyKey(bench.key(serial) as Uint8Array);
    const mac = (at: number, of: Uint8Array): Uint8Array => policyMac(key, serial, nonce, at, of);
    expect(proof).toEqual({ generation, mac: mac(generation, content) });
    expect(proof?.mac).not.toEqual(mac(generation + 1, content));
    expect(proof?.mac).not.toEqual(mac(generation, new CardJudge().policy({}) as Uint8Array));
  });

  it('is given up by format: the defaults hold, and the generation goes on', async () => {
    const { generation } = await terminal.setPolicy(WHOLE);
    await terminal.format();
    expect(await terminal.policy()).toEqual({ generation: generation + 1, state: FlashState.Blank, policy: null });
    expect((await terminal.verify(new Uint8Array(8))).policy).toEqual({ generation: generation + 1, mac: null });
    expect(await terminal.list()).not.toHaveProperty('most');
    await terminal.bind({ ...VISA, role: Role.Payment });
  });

  it('holds after a restart', async () => {
    const { generation } = await terminal.setPolicy(WHOLE);
    await terminal.reset();
    expect(await terminal.policy()).toEqual({ generation, state: FlashState.Ready, policy: WHOLE });
    await refused(() => terminal.bind({ pan: '5555555555554444', name: 'ZHANG SAN' }), Refusal.PolicyScheme);
  });
});

it('a host judges a policy by the code of the firmware', () => {
  const judge = new CardJudge();
  expect(judge.policy({})).toHaveLength(352);
  expect(judge.policy({ shop: 'x'.repeat(33) })).toBe(Refusal.PolicyText);
  expect(judge.policy({ shop: 'x'.repeat(100_000) })).toBe(Refusal.PolicyText);
  expect(judge.policy({ slots: 9 })).toBe(Refusal.PolicyRange);
});
