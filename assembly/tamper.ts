import * as hal from './hal';
import { KEY_STORE_TRIES, setTamperStage, tamperStage } from './keys';
import { startReceiving } from './link/frame';
import { startSending } from './link/send';
import { FlashState, KeySlot, Register, Size, TamperStage } from './protocol';
import { startSessions } from './session/channel';
import { erase, readGeometry, sectorCount } from './store/flash';
import { adoptNone } from './store/journal';
import { wipeNext } from './store/slots';

// Somebody is at the inside of the terminal. The latch comes first: whatever is cut after it, the next boot goes on here.

const ZEROS: usize = memory.data(32);

export function latchAndErase(): void {
  setTamperStage(TamperStage.Latched);
  eraseAll();
}

/** Goes on with what a power cut interrupted, or a key store that failed. */
export function resumeTamper(): void {
  if (tamperStage == TamperStage.Latched) eraseAll();
}

/** False where something secret may be left of before; no new key is to come beside it. */
export function finishErasing(): bool {
  if (tamperStage == TamperStage.Latched && eraseSecrets()) setTamperStage(TamperStage.Erased);
  return tamperStage != TamperStage.Latched;
}

/** Keys first: without them, what is on flash is noise, also where it takes no erase any more. */
function eraseAll(): void {
  startSessions();
  const erased = eraseSecrets();
  if (readGeometry()) {
    for (let sector = 0; sector < sectorCount; sector++) erase(sector);
  }
  adoptNone(FlashState.Locked, 0);
  wipeNext();
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

/** One that cannot be erased keeps none of the others. */
function eraseEachSecret(): bool {
  let erased = true;
  for (let slot = KeySlot.Root; slot <= KeySlot.SecondSend; slot++) {
    if (hal.key_erase(slot) < 0) erased = false;
  }
  if (hal.passwords_set(0, 0, 0, 0) < 0) erased = false;
  for (let register = Register.FormerAnchor; register <= Register.Anchor; register++) {
    if (hal.register_set(register, ZEROS, Size.Key) < 0) erased = false;
  }
  return erased;
}
