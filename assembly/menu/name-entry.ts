import { readName } from '../card/name';
import { Key, Size } from '../protocol';
import { REPLY } from '../scratch';
import { encodeUtf8 } from '../text/utf8';
import { characterAt, characterCount, findSyllables, putSyllable, syllableLetters, wipeSyllables } from './pinyin';

// A holder's name by keypad: docs/MENU.md, "Names". It takes keys, and says what to show. Whether
// the whole is a name, card/name.ts judges at the end.

/** How characters are typed. */
export enum NameMethod {
  /** Han by their pinyin. */
  Pinyin = 0,
  /** Latin letters and marks. */
  Latin = 1,
  /** Any letter or Han by its code point, in hexadecimal. */
  Code = 2,
}
const METHODS: i32 = 3;

/** What a key did. */
export enum NameKey {
  /** Nothing: it means nothing here, or the name is full. */
  Refused = 0,
  Taken = 1,
  /** The person is ready. */
  Done = 2,
}

/** The name so far, in UTF-8: 26 units of UTF-16 at most, as `readName` takes. */
const TEXT: usize = memory.data(80, 4);
const TEXT_BYTES: i32 = 80;
/** What is typed of a character: keys of its pinyin, or digits of its code point. */
const CODE: usize = memory.data(8, 4);
const CODE_BYTES: i32 = 8;
const CODE_MIN: i32 = 4;
const CODE_MAX: i32 = 5;

const MIDDLE_DOT: i32 = 0xb7;
/** The marks on key 1, as bytes: hyphen, apostrophe, dot, slash, middle dot. */
const MARKS: u64 = 0xb7_2f_2e_27_2d;
const MARK_COUNT: i32 = 5;
const NO_KEY: i32 = -1;
/** The syllable is not chosen yet. */
const COMPOSING: i32 = -1;

/** Candidates that are shown at once. */
let perPage: i32 = 1;
let method: i32 = NameMethod.Pinyin;
let textBytes: i32 = 0;
/** Units of UTF-16 in the name. */
let units: i32 = 0;
let typed: i32 = 0;
/** Syllables that fit what is typed, and which of them is taken. */
let matches: i32 = 0;
let match: i32 = 0;
/** The page of characters that are chosen from, or `COMPOSING`. */
let page: i32 = COMPOSING;
/** The key of the letter at the end, if Alpha can change it, and which letter it is. */
let lastKey: i32 = NO_KEY;
let turn: i32 = 0;

/** Begins an empty name. `candidates` (1 to 9) are shown at once. */
export function startName(candidates: i32): void {
  assert(candidates >= 1 && candidates <= 9);
  perPage = candidates;
  method = NameMethod.Pinyin;
  wipeName();
}

/** Forgets the name: when it is done or given up, and when Clear is held down. */
export function wipeName(): void {
  memory.fill(TEXT, 0, TEXT_BYTES);
  textBytes = 0;
  units = 0;
  lastKey = NO_KEY;
  turn = 0;
  endComposition();
}

function endComposition(): void {
  memory.fill(CODE, 0, CODE_BYTES);
  wipeSyllables();
  typed = 0;
  matches = 0;
  match = 0;
  page = COMPOSING;
}

/** Takes a key: 0 to 9, or a `Key`. Cancel and Menu mean nothing here. */
export function pressName(key: i32): NameKey {
  if (key == Key.Clear) return took(takeBack());
  const isDigit = <u32>key <= 9;
  if (method == NameMethod.Latin) {
    if (isDigit) return took(addLetter(key));
    if (key == Key.Alpha) return took(nextLetter());
  }
  lastKey = NO_KEY;
  if (typed == 0 && !isDigit) return pressAtRest(key);
  if (method == NameMethod.Code) return took(isDigit ? addDigit(key) : pressCode(key));
  return took(page == COMPOSING ? pressComposing(key) : pressChoosing(key));
}

function took(key: bool): NameKey {
  return key ? NameKey.Taken : NameKey.Refused;
}

/** Nothing is being composed. */
function pressAtRest(key: i32): NameKey {
  if (key == Key.Enter) return NameKey.Done;
  if (key != Key.Down && key != Key.Up) return NameKey.Refused;
  method = (method + (key == Key.Down ? 1 : METHODS - 1)) % METHODS;
  return NameKey.Taken;
}

/** Clear: back to the syllable, or the last digit, or the last character. */
function takeBack(): bool {
  lastKey = NO_KEY;
  if (page != COMPOSING) {
    page = COMPOSING;
    return true;
  }
  if (typed > 0) {
    store<u8>(CODE + --typed, 0);
    if (typed == 0) endComposition();
    else if (method == NameMethod.Pinyin) find();
    return true;
  }
  return textBytes > 0 && removeLast();
}

// Pinyin: digits, then the syllable, then one of its characters.

function pressComposing(key: i32): bool {
  if (<u32>key <= 9) return addKey(key);
  switch (key) {
    case Key.Alpha:
      return nextSyllable();
    case Key.Enter:
      return take(characterAt(match, 0));
    case Key.Down:
      page = 0;
      return true;
    case Key.Up:
      page = lastPage();
      return true;
    default:
      return false;
  }
}

/** A digit that no syllable goes on with is refused. 0 and 1 have no letters. */
function addKey(key: i32): bool {
  if (key < 2) return typed == 0 && add(MIDDLE_DOT);
  store<u8>(CODE + typed, key);
  typed++;
  find();
  if (matches > 0) return true;
  store<u8>(CODE + --typed, 0);
  if (typed > 0) find();
  return false;
}

function find(): void {
  matches = findSyllables(CODE, typed);
  match = 0;
}

function nextSyllable(): bool {
  if (matches < 2) return false;
  match = (match + 1) % matches;
  return true;
}

/** Behind the last page comes the first one: half of the pages are enough to reach any. */
function pressChoosing(key: i32): bool {
  if (<u32>key <= 9) return choose(key - 1);
  switch (key) {
    case Key.Enter:
      return choose(0);
    case Key.Down:
      page = page == lastPage() ? 0 : page + 1;
      return true;
    case Key.Up:
      page = page == 0 ? lastPage() : page - 1;
      return true;
    case Key.Alpha:
      if (!nextSyllable()) return false;
      page = 0;
      return true;
    default:
      return false;
  }
}

function choose(candidate: i32): bool {
  return candidate >= 0 && candidate < candidatesOnPage() && take(characterAt(match, page * perPage + candidate));
}

function lastPage(): i32 {
  return (characterCount(match) - 1) / perPage;
}

function take(point: i32): bool {
  if (!add(point)) return false;
  endComposition();
  return true;
}

// Latin: a digit is its first letter, and Alpha makes the next one of it.

function addLetter(key: i32): bool {
  if (!add(letterOf(key, 0))) return false;
  lastKey = key;
  turn = 0;
  return true;
}

function nextLetter(): bool {
  if (lastKey < 1) return false;
  removeLast();
  turn = (turn + 1) % (lastKey == 1 ? MARK_COUNT : 2 * lettersOn(lastKey));
  return add(letterOf(lastKey, turn));
}

/** On 0 a space, on 1 marks, on the others capitals and then small letters. */
function letterOf(key: i32, turn: i32): i32 {
  if (key == 0) return 0x20;
  if (key == 1) return (<i32>(MARKS >> (8 * turn))) & 0xff;
  const letters = lettersOn(key);
  const first = 0x41 + 3 * (key - 2) + i32(key > 7);
  return turn < letters ? first + turn : first + 0x20 + turn - letters;
}

function lettersOn(key: i32): i32 {
  return key == 7 || key == 9 ? 4 : 3;
}

// A code point: digits, of which Alpha makes letters.

function addDigit(digit: i32): bool {
  if (typed == CODE_MAX) return false;
  store<u8>(CODE + typed, digit);
  typed++;
  return true;
}

function pressCode(key: i32): bool {
  if (key == Key.Alpha) return nextDigit(CODE + typed - 1);
  return key == Key.Enter && typed >= CODE_MIN && takeCode();
}

/** The letters that key 2 or 3 has: 2 A B C, 3 D E F. */
function nextDigit(at: usize): bool {
  const digit = load<u8>(at);
  if (digit < 10 && digit != 2 && digit != 3) return false;
  store<u8>(at, digit == 2 ? 10 : digit == 12 ? 2 : digit == 3 ? 13 : digit == 15 ? 3 : digit + 1);
  return true;
}

/** Twice the same character is a name if a name may have it. Only letters and Han pass alone. */
function takeCode(): bool {
  let point = 0;
  for (let i = 0; i < typed; i++) point = (point << 4) | load<u8>(CODE + i);
  const bytes = encodeUtf8(point, REPLY);
  memory.copy(REPLY + bytes, REPLY, bytes);
  const isGood = readName(REPLY, 2 * bytes, REPLY + 2 * bytes) >= 0;
  memory.fill(REPLY, 0, 4 * bytes);
  return isGood && take(point);
}

// The name so far.

function add(point: i32): bool {
  const more = point > 0xffff ? 2 : 1;
  if (units + more > Size.NameMax) return false;
  units += more;
  textBytes += encodeUtf8(point, TEXT + textBytes);
  return true;
}

/** Removes the last character of a name that has one. */
function removeLast(): bool {
  let first: u32;
  do {
    first = load<u8>(TEXT + --textBytes);
    store<u8>(TEXT + textBytes, 0);
  } while ((first & 0xc0) == 0x80);
  units -= first >= 0xf0 ? 2 : 1;
  return true;
}

// What to show.

export function nameMethod(): NameMethod {
  return method;
}

/** Writes the name so far in UTF-8. Returns its bytes, at most 78. */
export function putName(out: usize): i32 {
  memory.copy(out, TEXT, textBytes);
  return textBytes;
}

/**
 * Writes what is being composed, in ASCII: the digits of a code point; or the syllables that fit,
 * as many as `cells` hold, first the one that is taken. Letters that were typed are capitals.
 * Returns its bytes; 0 if nothing is being composed.
 */
export function putComposition(out: usize, cells: i32): i32 {
  let bytes = 0;
  if (method == NameMethod.Code) {
    for (; bytes < typed; bytes++) {
      const digit = load<u8>(CODE + bytes);
      store<u8>(out + bytes, digit + (digit < 10 ? 0x30 : 0x37));
    }
    return bytes;
  }
  for (let i = 0; i < matches; i++) {
    const other = (match + i) % matches;
    const space = i32(i > 0);
    if (bytes + space + syllableLetters(other) > cells) break;
    if (space) store<u8>(out + bytes, 0x20);
    bytes += space;
    bytes += putSyllable(other, typed, out + bytes);
  }
  return bytes;
}

/** Candidates on the page; 0 if no syllable is being composed. */
export function candidatesOnPage(): i32 {
  if (matches == 0) return 0;
  const before = page == COMPOSING ? 0 : page * perPage;
  return min(perPage, characterCount(match) - before);
}

/** There are other pages. */
export function hasMorePages(): bool {
  return matches > 0 && lastPage() > 0;
}

/**
 * Writes a candidate of the page in UTF-8, from 0 on: behind its digit, if digits choose now.
 * Returns its bytes, at most 5. It takes two cells, or three.
 */
export function putCandidate(candidate: i32, out: usize): i32 {
  assert(candidate < candidatesOnPage());
  if (page == COMPOSING) return encodeUtf8(characterAt(match, candidate), out);
  store<u8>(out, 0x31 + candidate);
  return 1 + encodeUtf8(characterAt(match, page * perPage + candidate), out + 1);
}
