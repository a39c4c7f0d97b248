import * as hal from '../hal';
import { now, sooner } from '../clock';
import { countFailure, countSuccess, waitOf } from '../keys/guards';
import { Outcome, refused } from '../outcome';
import { Event, KeySlot, Refusal, Register, Size } from '../protocol';
import { PROLOGUE } from '../scratch';
import { copyRom, RomText } from '../text/rom';
import { endHandshake, OVERHEAD, readFirst, startHandshake, writeSecond } from './noise';

// The session that is open, and the one that would take its place: docs/PROTOCOL.md, group 65.
// Each has a place, 0 or 1, that names its keys in the HAL.

const NONE: i32 = -1;
/** Messages of a session, each way. */
const MESSAGES: u32 = Size.SessionMessages;
/** Milliseconds without a message after which a session ends. */
const IDLE_MS: u32 = 300_000;

let current: i32 = NONE;
let candidate: i32 = NONE;
/** When the last good message of the current session came, and when the candidate was made. */
let used: u32 = 0;
let offered: u32 = 0;

/**
 * Of each place: the session's name on the line; the lowest number of its next message; messages
 * sent.
 */
const IDS: usize = memory.data(8, 4);
const NEXT_NUMBERS: usize = memory.data(8, 4);
const SENT: usize = memory.data(8, 4);

const LABEL: RomText = rom('octobind session 1');
const NONCE: usize = memory.data(12, 4);

/**
 * Of the candidate: the digest of the first message that it was made by, and the second message,
 * which crossed the line already.
 */
const FIRST_DIGEST: usize = memory.data(Size.Key, 4);
export const SECOND: usize = memory.data(OVERHEAD, 4);
/** The digest of the first message at hand. */
const DIGEST: usize = PROLOGUE;

// Counters since boot, for stat group `session`.
export let opened: u32 = 0;
export let messages: u32 = 0;
export let authErrors: u32 = 0;
export let replays: u32 = 0;
export let skipped: u32 = 0;
export let expiries: u32 = 0;
export let openErrors: u32 = 0;

/** Ends all sessions. */
export function endSessions(): void {
  if (current != NONE) hal.event(Event.SessionEnded, opened);
  end(0);
  end(1);
  endHandshake();
  memory.fill(FIRST_DIGEST, 0, Size.Key);
  memory.fill(SECOND, 0, OVERHEAD);
  current = candidate = NONE;
}

export function startSessions(): void {
  endSessions();
  opened = messages = authErrors = replays = skipped = expiries = openErrors = 0;
}

/** Name of the session that the last handshake was for. */
export function candidateId(): u32 {
  return load<u32>(IDS + (candidate << 2));
}

/**
 * Works on the first message of a handshake, and writes the second one to `SECOND`. Returns 0 or
 * a refusal. The session is a candidate until a message of it proves that its host is there now:
 * the first message may be a replay.
 *
 * A host repeats a first message whose reply takes long. As long as the candidate waits, its
 * first message gets the same reply again, and nothing else changes: the reply to an earlier try
 * may be on its way, and the host would then use a session that is gone.
 */
export function openCandidate(message: usize, bytes: i32): Outcome {
  // `poll` may have come late, and a candidate that is too old is offered to nobody.
  expireSession();
  hal.sha256(message, bytes, DIGEST);
  if (candidate != NONE && memory.compare(DIGEST, FIRST_DIGEST, Size.Key) == 0) return 0;
  if (hal.key_present(KeySlot.Master) <= 0) return refused(Refusal.KeyMissing, 0);
  const wait = waitOf(Register.SessionTries);
  if (wait != 0) return refused(Refusal.TooSoon, wait);
  const place = current == 0 ? 1 : 0;
  end(place);
  candidate = NONE;
  memory.copy(FIRST_DIGEST, DIGEST, Size.Key);
  const accepted = bytes == OVERHEAD && handshake(message, place);
  endHandshake();
  if (!accepted) {
    openErrors++;
    end(place);
    countFailure(Register.SessionTries);
    return refused(Refusal.NotAuthentic, 0);
  }
  setId(place);
  store<u32>(NEXT_NUMBERS + (place << 2), 0);
  store<u32>(SENT + (place << 2), 0);
  candidate = place;
  offered = now;
  return 0;
}

function handshake(message: usize, place: i32): bool {
  const labelBytes = copyRom(LABEL, PROLOGUE);
  const serialBytes = max(hal.serial_number(PROLOGUE + labelBytes, Size.SerialMax), 0);
  return (
    startHandshake(PROLOGUE, labelBytes + serialBytes) &&
    readFirst(message, OVERHEAD) == 0 &&
    writeSecond(SECOND, 0, receiveKey(place), sendKey(place)) == OVERHEAD
  );
}

/** Opens a message in place; `bytes` counts its tag. Returns a `Refusal`. */
export function openMessage(id: u32, number: u32, message: usize, bytes: i32): Refusal {
  // `poll` may have come late, and then with this message.
  expireSession();
  const place = placeOf(id);
  if (place == NONE) return Refusal.SessionMissing;
  const expected = load<u32>(NEXT_NUMBERS + (place << 2));
  if (number < expected) {
    replays++;
    return Refusal.Replayed;
  }
  // There is at most one reply for each message, so these do not run out either.
  if (number >= MESSAGES) {
    endPlace(place);
    return Refusal.SessionMissing;
  }
  setNonce(number);
  if (bytes < Size.AeadTag || hal.aead_open(receiveKey(place), NONCE, 0, 0, message, bytes) < 0) {
    authErrors++;
    return Refusal.NotAuthentic;
  }
  assert(place == 0 || place == 1);
  if (place == candidate) promote();
  store<u32>(NEXT_NUMBERS + (place << 2), number + 1);
  skipped += number - expected;
  messages++;
  used = now;
  return Refusal.None;
}

/** Seals a reply of the current session in place; the tag goes behind it. Returns its number. */
export function sealReply(message: usize, bytes: i32): u32 {
  assert(current != NONE);
  const sent = SENT + (current << 2);
  const number = load<u32>(sent);
  assert(number < MESSAGES);
  store<u32>(sent, number + 1);
  setNonce(number);
  hal.aead_seal(sendKey(current), NONCE, 0, 0, message, bytes);
  return number;
}

/**
 * Ends what has been idle. Returns in how many milliseconds to ask again; -1 if no session is
 * open.
 */
export function expireSession(): i32 {
  return sooner(expire(current, used), expire(candidate, offered));
}

function expire(place: i32, since: u32): i32 {
  if (place == NONE) return -1;
  const idle = now - since;
  if (idle < IDLE_MS) return IDLE_MS - idle;
  expiries++;
  endPlace(place);
  return -1;
}

function promote(): void {
  assert(candidate != NONE && candidate != current);
  const old = current;
  if (old != NONE) hal.event(Event.SessionEnded, opened);
  current = candidate;
  candidate = NONE;
  if (old != NONE) end(old);
  opened++;
  hal.event(Event.SessionOpened, opened);
  countSuccess(Register.SessionTries);
}

function placeOf(id: u32): i32 {
  if (candidate != NONE && load<u32>(IDS + (candidate << 2)) == id) return candidate;
  return current != NONE && load<u32>(IDS + (current << 2)) == id ? current : NONE;
}

/**
 * Random, so that a message of a session before a restart finds no other session by that name;
 * and never the other session's.
 */
function setId(place: i32): void {
  const id = IDS + (place << 2);
  store<u32>(id, 0);
  hal.random(id, 2);
  if (current != NONE && load<u32>(id) == load<u32>(IDS + (current << 2))) store<u32>(id, load<u32>(id) ^ 1);
}

function endPlace(place: i32): void {
  assert(place == current || place == candidate);
  if (place == current) hal.event(Event.SessionEnded, opened);
  end(place);
  if (place == current) current = NONE;
  else candidate = NONE;
}

function end(place: i32): void {
  hal.key_erase(receiveKey(place));
  hal.key_erase(sendKey(place));
}

function receiveKey(place: i32): i32 {
  return KeySlot.FirstReceive + (place << 1);
}
function sendKey(place: i32): i32 {
  return KeySlot.FirstSend + (place << 1);
}

/** Four zero bytes, then the number, little endian, in eight (Noise, 12.3). */
function setNonce(number: u32): void {
  store<u32>(NONCE, number, 4);
}
