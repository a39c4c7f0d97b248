import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Group, Op, CardCommand, Size } from '../../assembly/protocol.js';
import { FlashState, Refusal, Role, Scheme, type SlotView, type SlotWish, type Terminal } from '../../host/index.js';
import { type Bench, targets } from '../support/targets.js';

/** Published test numbers, one for each slot. */
const NUMBERS = [
  '4242424242424242',
  '5555555555554444',
  '378282246310005',
  '3056930009020004',
  '6011111111111117',
  '3566002020360505',
  '6200000000000005',
  '6759560045005727054',
];
const NINTH = '6205500000000000004';
const SLOTS: number = Size.Slots;
const EMPTY = Array<null>(SLOTS).fill(null);

describe.each(targets)('group card on $name', (target) => {
  let bench: Bench;
  let terminal: Terminal;
  beforeAll(async () => {
    bench = await target.start();
    terminal = bench.terminal;
    if ((await terminal.list()).state > FlashState.Blank) await terminal.format();
  });
  afterAll(() => bench.stop());
  beforeEach(async () => {
    await terminal.replace(EMPTY, null);
  });

  async function fill(): Promise<void> {
    await terminal.replace(
      NUMBERS.map((pan, index) => ({ pan, name: 'ZHANG SAN', role: index === 0 ? Role.Settlement : Role.Payment })),
    );
  }

  /** Expects a refusal with this reason, which changes neither the table nor its generation. */
  async function refused(attempt: () => Promise<unknown>, refusal: Refusal, slot?: number): Promise<void> {
    const before = await terminal.list();
    const flash = (await terminal.stats('flash'))['programs'];
    await expect(attempt()).rejects.toMatchObject({
      code: 'REFUSED',
      refusal,
      ...(slot === undefined ? {} : { slot }),
    });
    expect(await terminal.list()).toEqual(before);
    expect((await terminal.stats('flash'))['programs']).toBe(flash);
  }

  it('binds a card into the first empty slot, and shows it masked, with its bank', async () => {
    const { generation } = await terminal.list();
    const first = await terminal.bind({ pan: '4242-4242 42424242', name: 'ZHANG SAN', role: Role.Settlement });
    expect(first).toEqual({ slot: 1, generation: generation + 1, changed: true });
    const second = await terminal.bind({ pan: '6200000000000005', name: '阿依古丽•买买提' });
    expect(second).toEqual({ slot: 2, generation: generation + 2, changed: true });
    await terminal.bind({ pan: '6223164991230014', name: '王五' });
    const table = await terminal.list();
    const bank = { code: 'NBBANK', name: '宁波银行' };
    expect(table).toEqual({
      generation: generation + 3,
      state: FlashState.Ready,
      slots: [
        { pan: '424242******4242', scheme: Scheme.Visa, role: Role.Settlement, name: 'Z**** S**' },
        { pan: '620000******0005', scheme: Scheme.UnionPay, role: Role.Payment, name: '阿***·买**' },
        { pan: '622316******0014', scheme: Scheme.UnionPay, role: Role.Payment, name: '王*', bank },
        ...EMPTY.slice(3),
      ],
    });
  });

  it('succeeds without a change if the card is bound already', async () => {
    const { slot, generation } = await terminal.bind({ pan: NINTH, name: 'LI SI', slot: 5 });
    expect(slot).toBe(5);
    expect(await terminal.bind({ pan: NINTH, name: 'LI SI' }, null)).toEqual({ slot: 5, generation, changed: false });
    expect(await terminal.bind({ pan: NINTH, name: 'LI SI' }, 0)).toEqual({ slot: 5, generation, changed: false });
  });

  it('refuses a ninth card', async () => {
    await fill();
    await refused(() => terminal.bind({ pan: NINTH, name: 'LI SI' }), Refusal.TableFull);
  });

  it('refuses a change that conflicts with the table, with a reason for each conflict', async () => {
    await terminal.bind({ pan: '4242424242424242', name: 'ZHANG SAN', role: Role.Settlement, slot: 3 });
    const visa = { pan: '4242424242424242', name: 'ZHANG SAN' };
    await refused(() => terminal.bind({ ...visa, name: 'LI SI', role: Role.Settlement }), Refusal.HolderDiffers, 3);
    await refused(() => terminal.bind(visa), Refusal.RoleDiffers, 3);
    await refused(() => terminal.bind({ ...visa, role: Role.Settlement, slot: 4 }), Refusal.DuplicateCard, 3);
    await refused(() => terminal.bind({ pan: NINTH, name: 'LI SI', slot: 3 }), Refusal.SlotOccupied, 3);
    await refused(
      () => terminal.bind({ pan: NINTH, name: 'LI SI', role: Role.Settlement }),
      Refusal.SettlementTaken,
      3,
    );
    await refused(() => terminal.bind({ pan: NINTH, name: 'LI SI' }, 0xffff_ffff), Refusal.GenerationStale);
    await refused(() => terminal.unbind(3, 0xffff_ffff), Refusal.GenerationStale);
  });

  it.each([
    ['a letter', '424242424242424A', Refusal.PanCharacter],
    ['a full-width digit', '\uff14242424242424242', Refusal.PanCharacter],
    ['11 digits', '63040000007', Refusal.PanLength],
    ['20 digits', '62055000000000000040', Refusal.PanLength],
    ['no digits', '', Refusal.PanLength],
    ['a wrong check digit', '4242424242424241', Refusal.PanCheckDigit],
    ['a UnionPay prefix and a wrong check digit', '621003257857442', Refusal.PanCheckDigit],
    ['a length that the scheme does not issue', '4222222222222', Refusal.PanSchemeLength],
    ['one digit repeated', '0000000000000000', Refusal.PanRepeated],
  ])('refuses a card number with %s', async (_what, pan, refusal) => {
    await refused(() => terminal.bind({ pan, name: 'LI SI' }), refusal);
  });

  it.each([
    ['one character', 'A', Refusal.NameLength],
    ['27 characters', '张'.repeat(27), Refusal.NameLength],
    ['digits only', '12345', Refusal.NameDigits],
    ['a card number', NINTH, Refusal.NamePan],
    ['a control character', 'LI\u0007SI', Refusal.NameControl],
    ['a track separator', 'LI^SI', Refusal.NameSeparator],
    ['an underscore', 'LI_SI', Refusal.NameCharacter],
    ['two scripts', 'LI四', Refusal.NameScripts],
    ['a dot at its end', '买买提·', Refusal.NameEdge],
    ['more than 52 bytes', '𠮷'.repeat(14), Refusal.NameBytes],
  ])('refuses a name with %s', async (_what, name, refusal) => {
    await refused(() => terminal.bind({ pan: NINTH, name }), refusal);
  });

  it('accepts a name of 26 Han characters, which fills its place in the slot', async () => {
    await terminal.bind({ pan: NINTH, name: '张'.repeat(26) });
    expect((await terminal.list()).slots[0]).toMatchObject({ name: '张' + '*'.repeat(25) });
  });

  it.each([
    ['a card verification value', { cvv: '123' }, { refusal: Refusal.SensitiveData }],
    ['an expiry date', { expiry: '12/30' }, { refusal: Refusal.SensitiveData }],
    ['a PIN', { PIN: 1234 }, { refusal: Refusal.SensitiveData }],
    ['track data', { track2: 'x' }, { refusal: Refusal.SensitiveData }],
    ['an unknown field', { colour: 'red' }, { refusal: Refusal.FieldUnknown }],
    ['a slot below the first', { slot: 0 }, { refusal: Refusal.SlotRange }],
    ['a slot above the last', { slot: 9 }, { refusal: Refusal.SlotRange }],
    ['an unknown role', { role: 3 }, { refusal: Refusal.RoleUnknown }],
    ['no name', { name: undefined }, { refusal: Refusal.FieldMissing }],
    ['no generation', { gen: undefined }, { refusal: Refusal.FieldMissing }],
    ['a negative slot', { slot: -1 }, {}],
    ['a slot that is not an integer', { slot: 1.5 }, {}],
    ['a number that is not text', { pan: 4242424242424242 }, {}],
    ['a generation that is text', { gen: '0' }, {}],
    ['a name that is bytes', { name: new Uint8Array([65, 66]) }, {}],
    ['a generation above 32 bits', { gen: 2 ** 32 }, {}],
  ])('refuses a bind with %s', async (_what, fields, error) => {
    const before = await terminal.list();
    const all: Record<string, unknown> = { gen: null, pan: NINTH, name: 'LI SI', ...fields };
    const body = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    const bind = { op: Op.Write, group: Group.Card, command: CardCommand.Bind, body } as const;
    await expect(terminal.secure?.request(bind)).rejects.toMatchObject(error);
    expect(await terminal.list()).toEqual(before);
  });

  it('unbinds a card, and succeeds without a change if the slot is empty', async () => {
    await fill();
    const { generation } = await terminal.list();
    expect(await terminal.unbind(4)).toEqual({ generation: generation + 1, changed: true });
    expect(await terminal.unbind(4, generation)).toEqual({ generation: generation + 1, changed: false });
    const { slots } = await terminal.list();
    expect(slots.map((view) => view === null)).toEqual([false, false, false, true, false, false, false, false]);
    expect((await terminal.bind({ pan: NINTH, name: 'LI SI' })).slot).toBe(4);
  });

  it('replaces the whole table at once, except the slots that the request keeps', async () => {
    await fill();
    const before = await terminal.list();
    const wish: SlotWish[] = ['keep', null, { pan: NINTH, name: 'LI SI' }, 'keep', null, null, null, 'keep'];
    expect(await terminal.replace(wish)).toEqual({ generation: before.generation + 1, changed: true });
    const { slots } = await terminal.list();
    expect(slots[0]).toEqual(before.slots[0]);
    expect((slots[2] as SlotView).pan).toBe('620550*********0004');
    expect(slots[7]).toEqual(before.slots[7]);
    expect(slots.filter((view) => view !== null)).toHaveLength(4);
    expect(await terminal.replace(wish, null)).toEqual({ generation: before.generation + 1, changed: false });
  });

  it('replaces nothing if one entry is refused, and names its slot', async () => {
    await fill();
    const wish = (slot: number, entry: SlotWish): SlotWish[] =>
      Array.from({ length: SLOTS }, (_, index) => (index === slot - 1 ? entry : 'keep'));
    await refused(
      () => terminal.replace(wish(6, { pan: '4242424242424241', name: 'LI SI' })),
      Refusal.PanCheckDigit,
      6,
    );
    await refused(
      () => terminal.replace(wish(7, { pan: NUMBERS[1] ?? '', name: 'ZHANG SAN' })),
      Refusal.DuplicateCard,
      7,
    );
    await refused(() => terminal.replace(wish(8, { pan: NUMBERS[1] ?? '', name: 'LI SI' })), Refusal.HolderDiffers, 8);
    await refused(() => terminal.replace(wish(2, { pan: NUMBERS[1] ?? '', name: 'LI SI' })), Refusal.HolderDiffers, 2);
    const settlement = { pan: NINTH, name: 'LI SI', role: Role.Settlement };
    await refused(() => terminal.replace(wish(2, settlement)), Refusal.SettlementTaken, 2);
    await refused(() => terminal.replace(wish(2, null), 0), Refusal.GenerationStale);
  });

  it('keeps the table through a restart', async () => {
    await fill();
    await terminal.unbind(2);
    const before = await terminal.list();
    await terminal.reset();
    expect(await terminal.list()).toEqual(before);
    expect((await terminal.stats('flash'))['programs']).toBe(0);
  });

  it('proves its cards by one MAC for each, which depends on the nonce', async () => {
    await fill();
    await terminal.unbind(8);
    const nonce = new Uint8Array(16).fill(7);
    const { macs, generation } = await terminal.verify(nonce);
    expect(generation).toBe((await terminal.list()).generation);
    expect(macs[7]).toBeNull();
    const shown = macs.slice(0, 7).map((mac) => Buffer.from(mac ?? []).toString('hex'));
    expect(new Set(shown).size).toBe(7);
    expect(shown.every((mac) => mac.length === 32)).toBe(true);
    expect((await terminal.verify(nonce)).macs).toEqual(macs);
    expect((await terminal.verify(new Uint8Array(16).fill(8))).macs[0]).not.toEqual(macs[0]);
  });

  it.each([0, 7, 33])('refuses to prove its cards over a nonce of %i bytes', async (length) => {
    await expect(terminal.verify(new Uint8Array(length))).rejects.toMatchObject({ name: 'OctobindError' });
  });
});
