import * as reader from '../cbor/reader';
import { Outcome, refused } from '../outcome';
import { Keyholder, LuhnRule, Rc, Refusal, Size, Wording } from '../protocol';
import {
  ADDER,
  BOUND_ITEMS,
  CONTACT_EN,
  CONTACT_ZH,
  fillDefaults,
  LUHN,
  PHONE,
  REMOVER,
  setNumber,
  setSchemes,
  setText,
  SHOP,
  SLOTS,
  WORDING,
} from './content';
import { fitsScreen, isPhone } from './texts';

/**
 * Reads the map of a policy, which comes next, and writes its content. Returns `Rc.Ok` or why
 * not; the content is zeros then.
 */
export function readPolicy(content: usize): Outcome {
  fillDefaults(content);
  let outcome: Outcome = Rc.Ok;
  for (let left = reader.openMap(); reader.more(left) && outcome == Rc.Ok; left = reader.next(left)) {
    reader.readText();
    outcome = readField(reader.lastWord(), content);
  }
  if (reader.bad) outcome = Rc.Invalid;
  if (outcome != Rc.Ok) memory.fill(content, 0, Size.Policy);
  return outcome;
}

/** docs/HAL.md, `policyContent`. */
export function policyContent(ptr: usize, len: i32, out: usize): i32 {
  reader.startReading(ptr, len);
  // Checked as a whole, as a request is.
  reader.openBody();
  reader.startReading(ptr, reader.bad ? 0 : len);
  const outcome = readPolicy(out);
  return outcome < 0 ? -(<i32>outcome) : <i32>outcome;
}

function readField(name: u64, content: usize): Outcome {
  if (name == word('shop')) return readText(content, SHOP);
  if (name == word('zh')) return readText(content, CONTACT_ZH);
  if (name == word('en')) return readText(content, CONTACT_EN);
  if (name == word('phone')) return readText(content, PHONE);
  if (name == word('wording')) return readNumber(content, WORDING, 0, Wording.OneCard);
  if (name == word('adds')) return readNumber(content, ADDER, 0, Keyholder.Administrator);
  if (name == word('removes')) return readNumber(content, REMOVER, 0, Keyholder.Administrator);
  if (name == word('slots')) return readNumber(content, SLOTS, 1, Size.Slots);
  if (name == word('luhn')) return readNumber(content, LUHN, 0, LuhnRule.Warn);
  if (name == word('schemes')) return readSchemes(content);
  if (name == word('bound')) return readDigest(content + BOUND_ITEMS);
  return reader.bad ? <Outcome>Rc.Invalid : refused(Refusal.FieldUnknown, 0);
}

function readNumber(content: usize, field: usize, lowest: u32, highest: u32): Outcome {
  const number = reader.readUnsigned(u32.MAX_VALUE);
  if (reader.bad) return Rc.Invalid;
  if (number < lowest || number > highest) return refused(Refusal.PolicyRange, 0);
  setNumber(content, field, number);
  return Rc.Ok;
}

function readSchemes(content: usize): Outcome {
  const schemes = reader.readUnsigned(u32.MAX_VALUE);
  if (reader.bad) return Rc.Invalid;
  setSchemes(content, schemes);
  return schemes == 0 ? refused(Refusal.PolicyRange, 0) : <Outcome>Rc.Ok;
}

function readText(content: usize, text: usize): Outcome {
  reader.readText();
  if (reader.bad) return Rc.Invalid;
  const ptr = reader.stringPtr;
  const bytes = reader.stringBytes;
  if (text == PHONE ? !isPhone(ptr, bytes) : !fitsScreen(ptr, bytes)) return refused(Refusal.PolicyText, 0);
  setText(content, text, ptr, bytes);
  return Rc.Ok;
}

function readDigest(out: usize): Outcome {
  reader.readBytes();
  if (reader.bad || reader.stringBytes != Size.Key) return Rc.Invalid;
  memory.copy(out, reader.stringPtr, Size.Key);
  return Rc.Ok;
}
