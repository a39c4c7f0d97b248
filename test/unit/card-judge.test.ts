import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CardCommand, Group, Op, Refusal, Role, Scheme } from '../../assembly/protocol.js';
import { EmulatedTerminal } from '../../host/emulator/index.js';
import { CardJudge } from '../../host/cards/card-judge.js';
import type { Firmware } from '../../host/firmware/firmware.js';
import { Answered, exchange } from '../support/exchange.js';
import { keyedTerminal } from '../support/keyed.js';

const VISA = '4242424242424242';
const NAME = 'OCTAVIA BINDER';
const judge = new CardJudge();

describe('batches of CardJudge', () => {
  it('return a verdict for each text, in order, whatever it is', () => {
    const texts = ['', VISA, '', '٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢', '4242 4242-4242 4242', '4242424242424243', ''];
    expect(judge.checkBatch(texts).map(({ refusal }) => refusal)).toEqual([
      Refusal.PanLength,
      Refusal.None,
      Refusal.PanLength,
      Refusal.PanCharacter,
      Refusal.None,
      Refusal.PanCheckDigit,
      Refusal.PanLength,
    ]);
    expect(judge.luhnBatch(texts)).toEqual([false, true, false, false, false, false, false]);
    expect(judge.checkBatch([])).toEqual([]);
  });

  it('may have more and longer texts than the memory holds at once', () => {
    const texts = Array.from({ length: 9000 }, (_, index) => (index % 3 ? VISA : `${VISA}${' '.repeat(index % 100)}`));
    const verdicts = judge.checkBatch(texts);
    expect(verdicts).toHaveLength(texts.length);
    expect(new Set(verdicts.map((verdict) => JSON.stringify(verdict)))).toEqual(
      new Set([JSON.stringify({ refusal: Refusal.None, scheme: Scheme.Visa, digits: 16 })]),
    );
  });

  it.each([
    ['of mixed lengths', (digits: string, index: number) => digits.slice(0, index % 23)],
    ['of no bytes', () => ''],
    ['that are mostly far longer than a number', (digits: string, index: number) => digits.padEnd(index % 700, ' ')],
  ])('return the same verdicts for 10,000 texts %s as for each alone', (_what, text) => {
    const texts = Array.from({ length: 10_000 }, (_, index) => text(String(index * 7919).repeat(10), index));
    expect(judge.checkBatch(texts)).toEqual(texts.map((one) => judge.check(one)));
    expect(judge.luhnBatch(texts)).toEqual(texts.map((one) => judge.luhnBatch([one])[0]));
  });

  it('refuse a text that does not fit, and one that would count as two', () => {
    expect(() => judge.checkBatch([VISA, '4'.repeat(70_000)])).toThrow('(USAGE)');
    expect(() => judge.luhnBatch([`${VISA}\n${VISA}`])).toThrow('(USAGE)');
    expect(judge.check(`${VISA}\n`).refusal).toBe(Refusal.PanCharacter);
    expect(judge.luhnBatch([VISA])).toEqual([true]);
  });
});

/**
 * Binds a card on the terminal, and unbinds it again. Returns what the terminal lists for it, or
 * the reason why it refuses it.
 */
function bound(terminal: EmulatedTerminal, card: object): Record<string, unknown> | number {
  try {
    exchange(terminal, Op.Write, Group.Card, CardCommand.Bind, { gen: null, slot: 1, ...card });
  } catch (error) {
    const { refusal } = error as Answered;
    if (refusal === undefined) throw error;
    return refusal;
  }
  const { slots } = exchange(terminal, Op.Read, Group.Card, CardCommand.List) as { slots: Record<string, unknown>[] };
  exchange(terminal, Op.Write, Group.Card, CardCommand.Unbind, { gen: null, slot: 1 });
  return slots[0] ?? {};
}

describe('CardJudge and the terminal', () => {
  const terminal = keyedTerminal({ serial: 'OB-JUDGE' });
  terminal.powerOn();

  function agree(pan: string, name: string, role: Role): Refusal {
    const record = judge.record({ pan, name, role });
    const shown = bound(terminal, { pan, name, role });
    if (typeof record === 'number') {
      expect(shown).toBe(record);
      return record;
    }
    expect(shown).toMatchObject({ pan: judge.mask(pan), scheme: judge.check(pan).scheme, role });
    expect(record).toHaveLength(68);
    return Refusal.None;
  }

  it.each([
    ['', NAME, Role.Payment, Refusal.PanLength],
    ['4242 4242-4242 4242', NAME, Role.Settlement, Refusal.None],
    ['6200000000000005', '欧阳·娜娜', Role.Payment, Refusal.None],
    ['42424242424', NAME, Role.Payment, Refusal.PanLength],
    ['42424242424242424242', NAME, Role.Payment, Refusal.PanLength],
    ['4242x42424242424', NAME, Role.Payment, Refusal.PanCharacter],
    ['4242424242424243', NAME, Role.Payment, Refusal.PanCheckDigit],
    ['42424242424242', NAME, Role.Payment, Refusal.PanSchemeLength],
    [VISA, 'X', Role.Payment, Refusal.NameLength],
    [VISA, 'X'.repeat(27), Role.Payment, Refusal.NameLength],
    [VISA, 'ZHANG_SAN', Role.Payment, Refusal.NameCharacter],
    [VISA, '12345', Role.Payment, Refusal.NameDigits],
    [VISA, VISA, Role.Payment, Refusal.NamePan],
    [VISA, 'ZHANG\u0000SAN', Role.Payment, Refusal.NameControl],
    [VISA, 'ZHANG^SAN', Role.Payment, Refusal.NameSeparator],
    [VISA, '张SAN', Role.Payment, Refusal.NameScripts],
    [VISA, ' ZHANG', Role.Payment, Refusal.NameEdge],
    [VISA, '𠀀'.repeat(14), Role.Payment, Refusal.NameBytes],
    [VISA, NAME, Role.Empty, Refusal.RoleUnknown],
  ])('agree about %j, %j, role %i', (pan, name, role, refusal) => {
    expect(agree(pan, name, role)).toBe(refusal);
  });

  it('agree about any text', () => {
    const made = (characters: string, minLength: number, maxLength: number): fc.Arbitrary<string> =>
      fc.array(fc.constantFrom(...Array.from(characters)), { minLength, maxLength }).map((text) => text.join(''));
    const pan = fc.oneof(
      fc.constantFrom(VISA, '6200000000000005', '378282246310005'),
      made('0123456789', 10, 20),
      fc.string(),
    );
    const name = fc.oneof(made('AZ·•张三𠀀É -./1', 0, 28), fc.string({ unit: 'binary' }));
    const seen = new Set<Refusal>();
    fc.assert(
      fc.property(
        pan,
        name,
        fc.constantFrom(Role.Payment, Role.Settlement),
        (...card) => void seen.add(agree(...card)),
      ),
      { numRuns: 300 },
    );
    expect(seen.size).toBeGreaterThan(4);
  });
});

describe('the memory of CardJudge', () => {
  let memory: Buffer;
  /** Offset at which the judge's buffers begin. */
  let free: number;
  let watched: CardJudge;
  beforeEach(() => {
    const { Instance } = WebAssembly;
    const making = vi.spyOn(WebAssembly, 'Instance').mockImplementation(function (module, imports) {
      const instance = new Instance(module, imports);
      const firmware = instance.exports as unknown as Firmware;
      memory = Buffer.from(firmware.memory.buffer);
      free = firmware.memoryEnd();
      return instance;
    });
    watched = new CardJudge();
    making.mockRestore();
  });
  afterEach(() => {
    const digits = Array.from(VISA, Number);
    for (const trace of [
      VISA.slice(0, 8),
      Buffer.from(VISA.slice(0, 8), 'hex'),
      Buffer.from(digits.slice(0, 8)),
      NAME.slice(0, 7),
      Buffer.from('张三', 'utf16le'),
    ]) {
      expect(memory.includes(trace)).toBe(false);
    }
  });

  const long = 'X'.repeat(70_000);

  it.each<[string, () => unknown]>([
    ['a record', () => watched.record({ pan: VISA, name: NAME })],
    ['a record with a wide name', () => watched.record({ pan: VISA, name: '张三' })],
    ['the refusal of a name', () => watched.record({ pan: VISA, name: `${NAME}^` })],
    ['the refusal of a number', () => watched.record({ pan: `${VISA}0`, name: NAME })],
    ['a mask', () => watched.mask(VISA)],
    ['a mask of text that is not a number', () => watched.mask(`${VISA}x`)],
    ['a verdict', () => watched.check(VISA)],
    ['verdicts', () => watched.checkBatch(Array<string>(3000).fill(VISA))],
    ['check digits', () => watched.luhnBatch(Array<string>(3000).fill(VISA))],
    ['a name that does not fit', () => expect(() => watched.record({ pan: VISA, name: long })).toThrow('(USAGE)')],
    ['a number that does not fit', () => expect(() => watched.mask(VISA.repeat(5000))).toThrow('(USAGE)')],
    ['a batch that does not fit', () => expect(() => watched.checkBatch([VISA, long])).toThrow('(USAGE)')],
    ['a text that would count as two', () => expect(() => watched.luhnBatch([`${VISA}\n${VISA}`])).toThrow('(USAGE)')],
  ])('holds no number and no name after %s', (_what, ask) => {
    ask();
    expect(memory.subarray(free).every((byte) => byte === 0)).toBe(true);
  });
});
