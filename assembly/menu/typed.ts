import { Key } from '../protocol';
import { forReply } from './canvas';
import { isDigit } from './keys';
import { add, addPoint } from './paragraph';

// Digits that a person types: a number or a password, in ASCII. Wiped when the page is left.

const ROOM: i32 = 20;
export const TYPED: usize = memory.data(20, 4);
export let typed: i32 = 0;
/** Nobody pressed a key for a while: whoever passes by must not read the digits. */
export let dark: bool = false;

const STAR: i32 = 0x2a;

export function wipeTyped(): void {
  memory.fill(TYPED, 0, ROOM);
  typed = 0;
  dark = false;
}

export function setDark(to: bool): void {
  dark = to;
}

/** Takes digits up to `most`, Clear and a long Clear. False if the key is another one. */
export function typeKey(key: i32, most: i32): bool {
  if (isDigit(key)) {
    if (typed < most) store<u8>(TYPED + typed++, 0x30 + key);
    return true;
  }
  if (key == Key.ClearAll) wipeTyped();
  else if (key == Key.Clear && typed > 0) store<u8>(TYPED + --typed, 0);
  else return key == Key.Clear;
  return true;
}

/** Adds the digits to the paragraph, in groups of four; `secret` ones as stars. */
export function addTyped(secret: bool): void {
  const stars = secret || dark || forReply;
  for (let i = 0; i < typed; i++) {
    if (!secret && i > 0 && (i & 3) == 0) addPoint(0x20);
    if (stars) addPoint(STAR);
    else add(TYPED + i, 1);
  }
}
