import type { Keyholder, LuhnRule, Scheme, Wording } from '../assembly/protocol.js';

/**
 * What a bank lets a shop do with a terminal. A field that is absent has its default. Texts have
 * two rows of 16 half-width cells at most.
 */
export interface Policy {
  /** The shop's name. */
  readonly shop?: string | undefined;
  /** Whom to call: a name in Chinese, one in English, and a telephone number. */
  readonly contact?:
    | { readonly zh?: string | undefined; readonly en?: string | undefined; readonly phone?: string | undefined }
    | undefined;
  /** `Wording.BankCard` when absent. */
  readonly wording?: Wording | undefined;
  /** Who may add a card at the keypad. `Keyholder.Administrator` when absent. */
  readonly adds?: Keyholder | undefined;
  /** Who may remove a card at the keypad. `Keyholder.Administrator` when absent. */
  readonly removes?: Keyholder | undefined;
  /** How many cards may be bound, 1 to 8. 8 when absent. */
  readonly slots?: number | undefined;
  /** All schemes when absent. */
  readonly schemes?: readonly Scheme[] | undefined;
  /** `LuhnRule.Required` when absent. */
  readonly luhn?: LuhnRule | undefined;
  /** Digest of the five items that are bound to the serial number, 32 bytes. None when absent. */
  readonly bound?: Uint8Array | undefined;
}

/** The bits of a `u32`: every scheme, also those of a later release. */
const ALL_SCHEMES = 0xffff_ffff;

/** A policy as it crosses the line: docs/PROTOCOL.md, "Policy". Texts are composed (NFC). */
export function policyMap({ shop, contact, schemes, bound, ...numbers }: Policy): Record<string, unknown> {
  const texts = { shop, ...contact };
  const fields = {
    ...Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, text?.normalize('NFC')])),
    ...numbers,
    schemes: schemes?.reduce<number>((mask, scheme) => (mask | (1 << scheme)) >>> 0, 0),
    bound: bound && Uint8Array.from(bound),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** The policy of such a map, with all its fields, except those that mean nothing. */
export function policyOf(map: {
  readonly shop: string;
  readonly zh: string;
  readonly en: string;
  readonly phone: string;
  readonly wording: Wording;
  readonly adds: Keyholder;
  readonly removes: Keyholder;
  readonly slots: number;
  readonly schemes: number;
  readonly luhn: LuhnRule;
  readonly bound: Uint8Array;
}): Policy {
  const { shop, zh, en, phone, schemes, bound, ...numbers } = map;
  const isNamed = (scheme: Scheme): boolean => ((schemes >>> scheme) & 1) !== 0;
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the bits have the numbers of schemes
  const named = Array.from({ length: 32 }, (_, scheme): Scheme => scheme).filter(isNamed);
  return {
    shop,
    contact: { zh, en, phone },
    ...numbers,
    ...(schemes !== ALL_SCHEMES && { schemes: named }),
    ...(bound.some((byte) => byte !== 0) && { bound }),
  };
}
