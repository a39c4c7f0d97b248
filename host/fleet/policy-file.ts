import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { Keyholder, LuhnRule, Scheme, Size, Wording } from '../../assembly/protocol.js';
import { fromHex } from '../bytes.js';
import type { CardJudge } from '../cards/card-judge.js';
import { parseDocumentAs } from '../document.js';
import { unreadable } from '../secret-file.js';
import type { Policy } from '../policy.js';

/** A policy, checked, and the content that a terminal stores of it. */
export interface CheckedPolicy {
  readonly policy: Policy;
  readonly content: Uint8Array;
}

/** The words of a policy file, and what they stand for. */
export const WORDINGS = { 'bank-card': Wording.BankCard, 'one-card': Wording.OneCard };
export const KEYHOLDERS = {
  nobody: Keyholder.Nobody,
  operator: Keyholder.Operator,
  administrator: Keyholder.Administrator,
};
export const LUHN_RULES = { required: LuhnRule.Required, warn: LuhnRule.Warn };
/** `Scheme.AmericanExpress` is `americanexpress`. */
export const SCHEMES = Object.fromEntries(
  Object.entries(Scheme).flatMap(([name, scheme]) =>
    typeof scheme === 'number' ? [[name.toLowerCase(), scheme]] : [],
  ),
);

const oneOf = <T extends number>(words: Readonly<Record<string, T>>): z.ZodType<T, string> =>
  z.enum(Object.keys(words)).transform((word) => words[word] as T);

/** The shape of a policy file. Texts are judged by the firmware's own code. */
function policyFile(judge: CardJudge): z.ZodType<Policy> {
  const fits = (policy: Policy): boolean => typeof judge.policy(policy) !== 'number';
  const text = (policyWith: (text: string) => Policy, problem: string): z.ZodType<string> =>
    z.string({ error: 'it must be text: put it in quotes' }).refine((value) => fits(policyWith(value)), problem);
  const cells = `a text has two rows of ${Size.RowCells} half-width cells at most (a Han character takes two), no space at an end, and no card number`;
  return z.strictObject({
    shop: text((shop) => ({ shop }), cells).optional(),
    contact: z
      .strictObject({
        zh: text((zh) => ({ contact: { zh } }), cells).optional(),
        en: text((en) => ({ contact: { en } }), cells).optional(),
        phone: text(
          (phone) => ({ contact: { phone } }),
          `a telephone number has at most ${Size.RowCells} characters: digits, + at the beginning, - ( ) and spaces`,
        ).optional(),
      })
      .optional(),
    wording: oneOf(WORDINGS).optional(),
    adds: oneOf(KEYHOLDERS).optional(),
    removes: oneOf(KEYHOLDERS).optional(),
    slots: z
      .int({ error: 'it is a number from 1 to 8' })
      .min(1, 'it is a number from 1 to 8')
      .max(Size.Slots, 'it is a number from 1 to 8')
      .optional(),
    schemes: z.array(oneOf<Scheme>(SCHEMES)).min(1, 'at least one scheme is allowed').optional(),
    luhn: oneOf(LUHN_RULES).optional(),
    bound: z
      .string({ error: 'it must be text: put it in quotes' })
      .regex(/^[0-9a-f]{64}$/i, 'the digest of the five items has 64 hexadecimal digits')
      .transform((hex) => fromHex(hex.toLowerCase()))
      .optional(),
  });
}

/** Reads a policy file. Code: `POLICY_INVALID`, with a list of all problems and their lines. */
export async function readPolicy(path: string, judge: CardJudge): Promise<CheckedPolicy> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw unreadable('POLICY_INVALID', path, cause);
  }
  const policy = parseDocumentAs(policyFile(judge), text, path, 'POLICY_INVALID');
  const content = judge.policy(policy);
  // Each field was judged, so their sum is good.
  if (typeof content === 'number') throw new Error(`the policy is refused with ${content}`);
  return { policy, content };
}
