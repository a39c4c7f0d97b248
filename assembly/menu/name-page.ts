import { Text } from '../../build/generated/menu';
import { makeRecord } from '../card/record';
import { warnsOnly } from '../policy/rules';
import { Key, Refusal, Role } from '../protocol';
import { REPLY } from '../scratch';
import { decodeUtf8, utf8Length } from '../text/utf8';
import { columns, forReply, putInput, putParagraph } from './canvas';
import * as entry from './name-entry';
import { NameKey, NameMethod } from './name-entry';
import { add, addPoint } from './paragraph';
import { addText } from './texts';

// The page on which a holder's name is typed, by `name-entry.ts`.

/** A candidate takes three cells: its digit, and a Han character. */
const CANDIDATE_CELLS: i32 = 3;
const CANDIDATES_MAX: i32 = 9;
const STAR: i32 = 0x2a;
/** Behind what searches in the ROM use of `REPLY`. */
const SHOWN: usize = REPLY + 64;
const SHOWN_BYTES: i32 = 80;

export function startNamePage(): void {
  entry.startName(min(columns / CANDIDATE_CELLS, CANDIDATES_MAX));
}

export function wipeName(): void {
  entry.wipeName();
}

export function drawName(): void {
  addName();
  putInput();
  // What is being composed would tell the name to whoever reads the screen.
  if (forReply) return;
  const bytes = entry.putComposition(SHOWN, columns);
  if (bytes == 0) {
    const method = entry.nameMethod();
    addText(method == NameMethod.Pinyin ? Text.Pinyin : method == NameMethod.Latin ? Text.Latin : Text.Code);
    return putParagraph();
  }
  add(SHOWN, bytes);
  putParagraph();
  const candidates = entry.candidatesOnPage();
  for (let i = 0; i < candidates; i++) add(SHOWN, entry.putCandidate(i, SHOWN));
  putParagraph();
  memory.fill(SHOWN, 0, SHOWN_BYTES);
}

/** Returns true when the name is complete. */
export function nameKey(key: i32): bool {
  if (key == Key.ClearAll) {
    entry.wipeName();
    return false;
  }
  return entry.pressName(key) == NameKey.Done;
}

/** Adds the name, as stars for whoever reads the screen over the line. */
export function addName(): void {
  const end = SHOWN + entry.putName(SHOWN);
  for (let ptr = SHOWN; ptr < end;) {
    const length = utf8Length(decodeUtf8(ptr, end));
    if (forReply) addPoint(STAR);
    else add(ptr, length);
    ptr += length;
  }
  memory.fill(SHOWN, 0, SHOWN_BYTES);
}

/** Makes the record of a card with the name. */
export function makeNamed(pan: usize, digits: i32, role: Role, out: usize): Refusal {
  const refusal = makeRecord(pan, digits, SHOWN, entry.putName(SHOWN), role, warnsOnly, out);
  memory.fill(SHOWN, 0, SHOWN_BYTES);
  return refusal;
}
