import { Keyholder, LuhnRule, Size, Wording } from '../protocol';
import { ADDER, LUHN, numberIn, REMOVER, schemesIn, SLOTS, WORDING } from './content';

// The numbers of the policy that holds, in memory. Its texts stay on flash, sealed
// (`copyText` of policy/stored.ts).

/** How many cards may be bound, 1 to 8. */
export let slotsAllowed: i32 = Size.Slots;
/** Who may add a card at the keypad, and who may remove one: a `Keyholder`. */
export let whoAdds: i32 = Keyholder.Administrator;
export let whoRemoves: i32 = Keyholder.Administrator;
/** A `Wording` of the menu. */
export let wording: i32 = Wording.BankCard;
/** A UnionPay number may have a wrong check digit. */
export let warnsOnly: bool = false;
let schemes: u32 = u32.MAX_VALUE;

export function takeRules(content: usize): void {
  slotsAllowed = numberIn(content, SLOTS);
  whoAdds = numberIn(content, ADDER);
  whoRemoves = numberIn(content, REMOVER);
  wording = numberIn(content, WORDING);
  warnsOnly = numberIn(content, LUHN) == LuhnRule.Warn;
  schemes = schemesIn(content);
}

/** No policy can be read, though there is one: nobody may change anything at the keypad. */
export function forbidKeypad(): void {
  whoAdds = whoRemoves = Keyholder.Nobody;
}

export function isSchemeAllowed(scheme: i32): bool {
  assert(scheme >= 0 && scheme < 32);
  return ((schemes >> scheme) & 1) != 0;
}
