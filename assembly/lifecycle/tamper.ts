import * as hal from '../hal';
import { startReceiving } from '../link/frame';
import { startSending } from '../link/send';
import { erasePolicy, lockPolicy, wipePolicy } from '../policy/stored';
import { FlashState, KeySlot, Register, Size, TamperStage } from '../protocol';
import { SCRATCH } from '../scratch';
import { startSessions } from '../session/channel';
import { erase, readGeometry, sectorCount } from '../store/flash';
import { adoptNone } from '../store/journal';
import { wipeNext } from '../store/slots';
import { KEY_STORE_TRIES, setTamperStage, tamperStage } from './life-cycle';

// Somebody is at the inside of the terminal. The latch comes first: whatever is cut after it, the
// next boot goes on here.

export function latchAndErase(): void {
  setTamperStage(TamperStage.Latched);
  eraseAll();
}

/** Goes on after a power cut, or after a failure of the key store. */
export function resumeTamper(): void {
  if (tamperStage == TamperStage.Latched) eraseAll();
}

/** False if a secret of before may be left; then no new key may come beside it. */
export function finishErasing(): bool {
  if (tamperStage == TamperStage.Latched && eraseSecrets()) setTamperStage(TamperStage.Erased);
  return tamperStage != TamperStage.Latched;
}

/**
 * Keys first: without them, what is on flash is noise, even if the flash takes no erase any more.
 */
function eraseAll(): void {
  startSessions();
  const erased = eraseSecrets();
  if (readGeometry()) {
    for (let sector = 0; sector < sectorCount; sector++) erase(sector);
  }
  erasePolicy();
  adoptNone(FlashState.Locked, 0);
  lockPolicy();
  wipeNext();
  wipePolicy();
  startReceiving();
  startSending();
  if (erased) setTamperStage(TamperStage.Erased);
}

function eraseSecrets(): bool {
  for (let tries = 0; tries < KEY_STORE_TRIES; tries++) {
    if (eraseEachSecret()) return true;
  }
  return false;
}

/** Goes on with the others if one cannot be erased. Returns whether all are. */
function eraseEachSecret(): bool {
  let erased = true;
  for (let slot = KeySlot.Root; slot <= KeySlot.SecondSend; slot++) {
    if (hal.key_erase(slot) < 0) erased = false;
  }
  if (hal.passwords_set(0, 0, 0, 0) < 0) erased = false;
  memory.fill(SCRATCH, 0, Size.Key);
  for (let register = Register.FormerAnchor; register <= Register.PolicyAnchor; register++) {
    if (hal.register_set(register, SCRATCH, Size.Key) < 0) erased = false;
  }
  return erased;
}
