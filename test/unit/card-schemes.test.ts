import validator from 'card-validator';
import creditCardType from 'credit-card-type';
import { describe, expect, it } from 'vitest';
import { Refusal, Scheme } from '../../assembly/protocol.js';
import { CardJudge } from '../../host/cards/card-judge.js';
import { issuerOf } from '../support/bankcardinfo.js';
import { numberOf } from '../support/numbers.js';

const judge = new CardJudge();
const LENGTHS = [12, 13, 14, 15, 16, 17, 18, 19];
const schemes = Object.values(creditCardType.types);

/** `american-express` of the package is `AmericanExpress` of ours. */
const schemeOf = (type: string): Scheme => {
  const name = type.replace(/(^|-)./g, (letter) => letter.replace('-', '').toUpperCase());
  return Scheme[(name === 'Unionpay' ? 'UnionPay' : name) as keyof typeof Scheme];
};

/** What card-validator says, and bankcardinfo: docs/PROTOCOL.md, "Numbers". */
function expected(pan: string): { refusal: Refusal; scheme: Scheme } {
  const { card, isValid } = validator.number(pan, { luhnValidateUnionPay: true });
  if (card && isValid && card.type !== creditCardType.types.MAESTRO) {
    return { refusal: Refusal.None, scheme: schemeOf(card.type) };
  }
  if (issuerOf(pan)) return { refusal: Refusal.None, scheme: Scheme.UnionPay };
  if (!card) return { refusal: Refusal.None, scheme: Scheme.Unknown };
  return isValid
    ? { refusal: Refusal.None, scheme: schemeOf(card.type) }
    : { refusal: Refusal.PanSchemeLength, scheme: Scheme.Unknown };
}

describe('schemes are decided as card-validator decides them', () => {
  it.each(schemes)('at each end of each range of %s, in every length', (type) => {
    const different: string[] = [];
    let known = 0;
    for (const pattern of creditCardType.getTypeInfo(type).patterns) {
      const [low = 0, high = low] = [pattern].flat();
      const digits = String(low).length;
      for (const prefix of [low - 1, low, high, high + 1]) {
        const text = String(prefix).padStart(digits, '0');
        if (text.length > digits) continue;
        for (const length of LENGTHS) {
          for (const fill of '09') {
            const pan = numberOf(text, length, fill);
            const { refusal, scheme } = judge.check(pan);
            const right = expected(pan);
            if (right.scheme === schemeOf(type)) known++;
            if (refusal !== right.refusal || scheme !== right.scheme) {
              different.push(
                `${text}, ${length} digits: ${Refusal[refusal]} ${Scheme[scheme]}, not ${Refusal[right.refusal]} ${Scheme[right.scheme]}`,
              );
            }
          }
        }
      }
    }
    expect(different).toEqual([]);
    expect(known, `${type} is never recognised`).toBeGreaterThan(0);
  });

  it('so a Verve number is no Maestro number', () => {
    expect(judge.check('5060990000000008')).toMatchObject({ refusal: Refusal.None, scheme: Scheme.Verve });
  });
});

describe('one digit repeated', () => {
  const repeated = LENGTHS.flatMap((length) => Array.from('0123456789', (digit) => digit.repeat(length)));

  it('is a card number only if a scheme issues it, as card-validator says', () => {
    const accepted = repeated.filter((pan) => judge.check(pan).refusal === Refusal.None);
    expect(accepted).toEqual(repeated.filter((pan) => validator.number(pan, { luhnValidateUnionPay: true }).isValid));
    expect(accepted).toEqual(['6666666666666']);
  });

  it('is refused for that, unless its check digit or its length is wrong', () => {
    expect(judge.check('0000000000000000').refusal).toBe(Refusal.PanRepeated);
    expect(judge.check('888888888888').refusal).toBe(Refusal.PanRepeated);
    expect(judge.check('1111111111111111').refusal).toBe(Refusal.PanCheckDigit);
    expect(judge.check('44444444444444444').refusal).toBe(Refusal.PanSchemeLength);
    expect(judge.check('0000000000000000018').refusal).toBe(Refusal.None);
  });
});
