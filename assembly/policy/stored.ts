import * as hal from '../hal';
import { FlashState, KeySlot, Refusal, Region, Size } from '../protocol';
import { SCRATCH, SCRATCH_BYTES } from '../scratch';
import {
  holdPolicy,
  isPolicyAnchored,
  isPolicyAnchorKnown,
  isPolicyHeld,
  isPolicyKept,
  policyGeneration,
  readPolicyAnchor,
} from './anchor';
import { fillDefaults, textBytes, textIn } from './content';
import { forbidKeypad, takeRules } from './rules';

// The policy on flash: one record in one of two sectors. docs/STORE.md, "Policy".

const REGION: i32 = Region.Policy;
const SECTORS: i32 = 2;

// A record: nonce, generation in clear, sealed content, tag. It is a multiple of every program
// unit.
const GENERATION: usize = Size.AeadNonce;
const CONTENT: usize = GENERATION + 4;
const RECORD_BYTES: i32 = <i32>CONTENT + Size.Policy + Size.AeadTag;

/** The record of a new policy, and the one that was read from flash. */
const NEW: usize = SCRATCH;
const HELD: usize = NEW + RECORD_BYTES;
const DIGEST: usize = HELD + RECORD_BYTES;
const WISH: usize = DIGEST + Size.Key;
/** Associated data: the format of a policy, which no slot has, and the generation. */
const PLACE: usize = WISH + Size.Key;
const PLACE_BYTES: i32 = 5;
const FORMAT: u8 = 2;
/** Of the scratch; the rest is free for whoever reads a text. */
export const POLICY_SCRATCH_BYTES: i32 = 2 * RECORD_BYTES + 2 * Size.Key + 8;

/** Where a request lays out the content of a new policy. */
export const NEW_CONTENT: usize = NEW + CONTENT;
/** Generation and content of the policy, once `openHeld` has opened it. */
export const OPENED_POLICY: usize = HELD + GENERATION;
export const OPENED_POLICY_BYTES: i32 = 4 + Size.Policy;
export const HELD_CONTENT: usize = HELD + CONTENT;

/** A `FlashState`: ready, blank (there is no policy), damaged (not read), forged or locked. */
export let policyState: i32 = FlashState.Locked;
/** The sector with the policy that holds. */
let current: i32 = 0;
/** Sectors (a bit each) that the last `openHeld` could not read. */
let unread: i32 = 0;
const BOTH: i32 = 3;

/** Finds the policy that holds. Writes nothing. */
export function mountPolicy(): void {
  assert(POLICY_SCRATCH_BYTES <= SCRATCH_BYTES);
  fillDefaults(HELD_CONTENT);
  takeRules(HELD_CONTENT);
  current = 0;
  policyState = FlashState.Blank;
  if (!readPolicyAnchor()) policyState = FlashState.Damaged;
  else if (isPolicyAnchored()) openHeld();
  if (policyState == FlashState.Ready) takeRules(HELD_CONTENT);
  else if (policyState != FlashState.Blank) forbidKeypad();
  wipePolicy();
}

/** Without keys there is no policy. */
export function lockPolicy(): void {
  policyState = FlashState.Locked;
  forbidKeypad();
}

export function wipePolicy(): void {
  memory.fill(SCRATCH, 0, POLICY_SCRATCH_BYTES);
}

/** Why nothing may be changed or proven, or `None`. Without a policy, the defaults hold. */
export function unprovenPolicy(): Refusal {
  if (policyState == FlashState.Damaged) return Refusal.FlashUnread;
  if (policyState == FlashState.Forged) return Refusal.PolicyLost;
  if (policyState == FlashState.Locked) return Refusal.KeyMissing;
  return isPolicyKept() ? Refusal.None : Refusal.FlashFailed;
}

/**
 * Reads and opens the policy that holds into `OPENED_POLICY`; `wipePolicy` wipes it. False if it
 * cannot: then the state says why.
 */
export function openHeld(): bool {
  unread = 0;
  for (let i = 0; i < SECTORS; i++) {
    const sector = (current + i) % SECTORS;
    if (!readRecord(sector)) continue;
    current = sector;
    policyState = FlashState.Ready;
    return true;
  }
  policyState = unread != 0 ? FlashState.Damaged : FlashState.Forged;
  // It may hold the policy, so it is not the one that a new policy goes to.
  if (unread != 0) current = ctz(unread);
  forbidKeypad();
  return false;
}

/** Reads the record of a sector into `HELD`, and opens it if it is the one that holds. */
function readRecord(sector: i32): bool {
  if (hal.nor_read(REGION, sector * hal.nor_sector_bytes(REGION), HELD, RECORD_BYTES) < 0) {
    unread |= 1 << sector;
    return false;
  }
  hal.sha256(HELD, RECORD_BYTES, DIGEST);
  if (!isPolicyHeld(DIGEST)) return false;
  setPlace(HELD);
  const bytes = Size.Policy + Size.AeadTag;
  return hal.aead_open(KeySlot.Storage, HELD, PLACE, PLACE_BYTES, HELD_CONTENT, bytes) >= 0;
}

/**
 * Copies a text of the policy to `out`, which is outside of the scratch up to
 * `POLICY_SCRATCH_BYTES`. `text` is one of policy/content.ts. Returns its bytes, at most
 * `TEXT_BYTES`; 0 without a policy.
 */
export function copyText(text: usize, out: usize): i32 {
  assert(out >= SCRATCH + POLICY_SCRATCH_BYTES || out < SCRATCH);
  let bytes = 0;
  if (policyState == FlashState.Ready && openHeld()) {
    bytes = textBytes(HELD_CONTENT, text);
    memory.copy(out, textIn(HELD_CONTENT, text), bytes);
  }
  wipePolicy();
  return bytes;
}

/** The policy that holds has the content at `NEW_CONTENT`. */
export function isHeldAlready(): bool {
  return policyState == FlashState.Ready && openHeld() && memory.compare(HELD_CONTENT, NEW_CONTENT, Size.Policy) == 0;
}

/**
 * Makes the content at `NEW_CONTENT` the policy. Until the register names it, the one before
 * holds, and its sector is not touched. Returns a `Refusal`.
 */
export function setPolicy(): Refusal {
  if (!isPolicyAnchorKnown() && !readPolicyAnchor()) return Refusal.FlashFailed;
  if (!isPolicyKept()) return Refusal.FlashFailed;
  const generation = policyGeneration() + 1;
  const bytes = hal.nor_sector_bytes(REGION);
  if (bytes < RECORD_BYTES || hal.nor_sector_count(REGION) < SECTORS) return Refusal.FlashUnsupported;
  // If a read failed, look again for the sector that must stay.
  if (policyState == FlashState.Damaged && isPolicyAnchored() && !openHeld() && unread == BOTH)
    return Refusal.FlashUnread;
  memory.copy(HELD_CONTENT, NEW_CONTENT, Size.Policy);
  store<u32>(NEW + GENERATION, generation);
  const sector = (current + 1) % SECTORS;
  const address = sector * bytes;
  setPlace(NEW);
  const written =
    hal.random(NEW, Size.AeadNonce) >= 0 &&
    hal.aead_seal(KeySlot.Storage, NEW, PLACE, PLACE_BYTES, NEW_CONTENT, Size.Policy) >= 0 &&
    hal.nor_erase(REGION, address) >= 0 &&
    hal.nor_program(REGION, address, NEW, RECORD_BYTES) >= 0;
  if (!written) return Refusal.FlashFailed;
  hal.sha256(NEW, RECORD_BYTES, DIGEST);
  if (!holdPolicy(DIGEST, generation, WISH)) return Refusal.FlashFailed;
  current = sector;
  policyState = FlashState.Ready;
  takeRules(HELD_CONTENT);
  return Refusal.None;
}

/**
 * Gives up the policy: the defaults hold. The generation goes on, so that nobody takes this for a
 * terminal that never had one. Returns a `Refusal`.
 */
export function formatPolicy(): Refusal {
  if (!isPolicyAnchorKnown() && !readPolicyAnchor()) return Refusal.FlashFailed;
  if (isPolicyAnchored()) {
    memory.fill(DIGEST, 0, Size.Key);
    if (!isPolicyKept() || !holdPolicy(DIGEST, policyGeneration() + 1, WISH)) return Refusal.FlashFailed;
    // What cannot be erased is sealed, and holds no more.
    erasePolicy();
  }
  mountPolicy();
  return Refusal.None;
}

export function erasePolicy(): void {
  for (let sector = 0; sector < SECTORS; sector++) hal.nor_erase(REGION, sector * hal.nor_sector_bytes(REGION));
}

function setPlace(record: usize): void {
  store<u8>(PLACE, FORMAT);
  memory.copy(PLACE + 1, record + GENERATION, 4);
}
