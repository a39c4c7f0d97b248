import { describe, expect, it } from 'vitest';
import { Refusal, Scheme } from '../../assembly/protocol.js';
import { CardJudge } from '../../host/firmware.js';

const VISA = '4242424242424242';
const judge = new CardJudge();

describe('CardJudge, in batches', () => {
  it('answers for each text, in order, whatever it is', () => {
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

  it('answers for more texts, and for longer ones, than the memory takes at once', () => {
    const texts = Array.from({ length: 9000 }, (_, index) => (index % 3 ? VISA : `${VISA}${' '.repeat(index % 100)}`));
    const verdicts = judge.checkBatch(texts);
    expect(verdicts).toHaveLength(texts.length);
    expect(new Set(verdicts.map((verdict) => JSON.stringify(verdict)))).toEqual(
      new Set([JSON.stringify({ refusal: Refusal.None, scheme: Scheme.Visa, digits: 16 })]),
    );
  });

  it('refuses a text that does not fit, and one that would count as two', () => {
    expect(() => judge.checkBatch([VISA, '4'.repeat(70_000)])).toThrow('(USAGE)');
    expect(() => judge.luhnBatch([`${VISA}\n${VISA}`])).toThrow('(USAGE)');
    expect(judge.check(`${VISA}\n`).refusal).toBe(Refusal.PanCharacter);
    expect(judge.luhnBatch([VISA])).toEqual([true]);
  });
});
