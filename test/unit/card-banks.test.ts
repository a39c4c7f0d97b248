import { describe, expect, it } from 'vitest';
import { CardCommand, Group, Op, Refusal, Scheme } from '../../assembly/protocol.js';
import { CardJudge } from '../../host/cards/card-judge.js';
import { exchange } from '../support/exchange.js';
import { keyedTerminal } from '../support/keyed.js';
import { PAIRS, issuerOf } from '../support/bankcardinfo.js';
import { numberOf } from '../support/numbers.js';

const judge = new CardJudge();
const terminal = keyedTerminal({ serial: 'OB-BANKS' });
terminal.powerOn();
const LENGTHS = [12, 13, 14, 15, 16, 17, 18, 19];
/** A card number has at most 19 digits (ISO/IEC 7812-1); three pairs of the package have 20. */
const pairs = PAIRS.filter(({ length }) => length <= 19);

/** The package's bank, as the judge names it. */
function bankOf(pan: string): { code: string; name: string } | undefined {
  const issuer = issuerOf(pan);
  return issuer && { code: issuer.bankCode, name: issuer.bankName };
}

describe('the banks of bankcardinfo', () => {
  it('have every number accepted that they issue, and named as the package names it', () => {
    expect(pairs.length).toBeGreaterThan(1800);
    for (const { prefix, length } of pairs) {
      for (const fill of '09') {
        const pan = numberOf(prefix, length, fill);
        // 888… alone: one digit repeated is a placeholder.
        if (new Set(pan).size === 1) continue;
        expect(judge.check(pan), `${prefix}, ${length} digits`).toMatchObject({ refusal: Refusal.None });
        expect(judge.bank(pan), `${prefix}, ${length} digits`).toEqual(bankOf(pan));
      }
    }
  });

  it('have no number of another length, nor of a prefix beside theirs, unless the package has', () => {
    const near = pairs.flatMap(({ prefix }) =>
      [-1, 0, 1].map((step) => String(Number(prefix) + step).padStart(prefix.length, '0')),
    );
    for (const prefix of new Set(near)) {
      for (const length of LENGTHS) {
        const pan = numberOf(prefix, length, '5');
        const accepted = judge.check(pan).refusal === Refusal.None;
        expect(judge.bank(pan), `${prefix}, ${length} digits`).toEqual(accepted ? bankOf(pan) : undefined);
      }
    }
  });

  it('have numbers of UnionPay, if no other scheme but Maestro issues them', () => {
    const scheme = (prefix: string, length: number): string | undefined =>
      Scheme[judge.check(numberOf(prefix, length)).scheme];
    expect(scheme('405512', 17), 'Visa issues no 17 digits').toBe('UnionPay');
    expect(scheme('405512', 16)).toBe('Visa');
    expect(scheme('436742', 19), 'a card of two schemes').toBe('Visa');
    expect(scheme('9558', 19)).toBe('UnionPay');
    expect(scheme('955100', 19)).toBe('UnionPay');
    expect(scheme('103', 19)).toBe('UnionPay');
    expect(scheme('103', 18)).toBe('Unknown');
    expect(scheme('601382', 19)).toBe('UnionPay');
    expect(scheme('690755', 15)).toBe('UnionPay');
    expect(scheme('690755', 18)).toBe('UnionPay');
    expect(scheme('690755', 16)).toBe('Maestro');
    const maestro = pairs.filter(({ prefix, length }) => scheme(prefix, length) === 'Maestro');
    expect(maestro).toEqual([]);
  });

  it('are not named for a number that is refused, or that no bank of the table issues', () => {
    expect(judge.bank('4242424242424242')).toBeUndefined();
    expect(judge.bank(numberOf('9558', 19))).toEqual({ code: 'ICBC', name: '中国工商银行' });
    expect(judge.bank(numberOf('9558', 19).replace(/^9558/, '9559'))).toBeUndefined();
    expect(judge.bank('')).toBeUndefined();
    expect(judge.bank('9558x')).toBeUndefined();
  });

  it('fit in one reply of the terminal, even the longest with the longest names', () => {
    const bytes = ({ prefix, length }: (typeof pairs)[number]): number => {
      const bank = bankOf(numberOf(prefix, length));
      return Buffer.byteLength(`${bank?.code}${bank?.name}`);
    };
    const [longest = pairs[0]] = pairs.filter(({ length }) => length === 19).sort((a, b) => bytes(b) - bytes(a));
    const pans = Array.from('01234567', (fill) => numberOf(longest?.prefix ?? '', 19, fill));
    const slots = pans.map((pan) => ({ pan, name: '张'.repeat(26) }));
    exchange(terminal, Op.Write, Group.Card, CardCommand.Replace, { gen: null, slots });
    const listed = exchange(terminal, Op.Read, Group.Card, CardCommand.List) as { slots: unknown[] };
    expect(listed.slots).toMatchObject(pans.map((pan) => ({ pan: judge.mask(pan), bank: bankOf(pan) })));
  });
});
