import { FlashState } from '../../assembly/protocol.js';
import { toHex } from '../bytes.js';
import { KEYHOLDERS, LUHN_RULES, SCHEMES, WORDINGS } from '../fleet/policy-file.js';
import type { Policy } from '../policy.js';
import type { HeldPolicy } from '../terminal/card-table.js';
import { stateName } from './names.js';

/** The word of a policy file for a number; the number itself if it is of a later release. */
function wordOf(words: Readonly<Record<string, number>>, number: number | undefined): string | number | undefined {
  return Object.keys(words).find((word) => words[word] === number) ?? number;
}

/** A policy in the words of a policy file. */
function policyDocument({ shop, contact, wording, adds, removes, slots, schemes, luhn, bound }: Policy): object {
  return {
    shop,
    contact,
    wording: wordOf(WORDINGS, wording),
    adds: wordOf(KEYHOLDERS, adds),
    removes: wordOf(KEYHOLDERS, removes),
    slots,
    schemes: schemes?.map((scheme) => wordOf(SCHEMES, scheme)),
    luhn: wordOf(LUHN_RULES, luhn),
    bound: bound && toHex(bound),
  };
}

export function heldDocument({ generation, state, policy }: HeldPolicy): object {
  return { generation, state: stateName(state), policy: policy && policyDocument(policy) };
}

export function heldText({ generation, state, policy }: HeldPolicy): string {
  if (policy === null) {
    return state === FlashState.Blank
      ? `There is no policy: the defaults hold. Generation ${generation}.`
      : `The policy cannot be used (${stateName(state)}): no card can be changed or proven. Set it again.`;
  }
  const { shop, contact, adds, removes, wording, slots, schemes, luhn, bound } = policyDocument(policy) as Record<
    string,
    unknown
  > & { contact?: Policy['contact']; schemes?: readonly (string | number)[] };
  const call = [contact?.zh, contact?.en, contact?.phone].filter((text) => text !== undefined && text !== '');
  const lines: [string, unknown][] = [
    ['shop', shop === '' ? '(none)' : shop],
    ['call', call.length === 0 ? '(nobody)' : call.join(', ')],
    ['wording', wording],
    ['adds', adds],
    ['removes', removes],
    ['slots', slots],
    ['schemes', schemes?.join(', ') ?? 'all'],
    ['luhn', luhn],
    ['bound', bound ?? '(nothing)'],
    ['generation', generation],
  ];
  return lines.map(([name, value]) => `${name.padEnd(11)}${String(value)}`).join('\n');
}
