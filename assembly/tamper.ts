import * as hal from './hal';
import { setTamperStage, tamperStage } from './keys';
import { startReceiving } from './link/frame';
import { startSending } from './link/send';
import { FlashState, KeySlot, Person, Register, Size, TamperStage } from './protocol';
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

/** Goes on with what a power cut interrupted. */
export function resumeTamper(): void {
  if (tamperStage() == TamperStage.Latched) eraseAll();
}

/** Keys first: without them, what is on flash is noise. */
function eraseAll(): void {
  startSessions();
  for (let slot = KeySlot.Root; slot <= KeySlot.SecondSend; slot++) hal.key_erase(slot);
  hal.password_set(Person.Operator, 0, 0);
  hal.password_set(Person.Administrator, 0, 0);
  for (let register = Register.Anchor; register <= Register.AdministratorTries; register++) {
    hal.register_set(register, ZEROS, Size.Key);
  }
  if (readGeometry()) {
    for (let sector = 0; sector < sectorCount; sector++) erase(sector);
  }
  adoptNone(FlashState.Locked, 0);
  wipeNext();
  startReceiving();
  startSending();
  setTamperStage(TamperStage.Erased);
}
