import * as hal from '../hal';
import { checkValueIs, combineParts, deriveVerify, promoteCandidate } from '../keys/slots';
import { KeySlot, Refusal, TamperStage } from '../protocol';
import { openTable } from './boot';
import { hasLiveKey, setTamperStage, tamperStage } from './life-cycle';

/**
 * Makes the key of the two loaded components the master key, if its check value is the one at
 * `expected`. The first key takes back a tamper latch and opens the table. Returns a `Refusal`.
 */
export function commitMaster(expected: usize): Refusal {
  const refusal = combineParts();
  if (refusal != Refusal.None) return refusal;
  if (!checkValueIs(KeySlot.Candidate, expected)) {
    hal.key_erase(KeySlot.Candidate);
    return Refusal.CheckValueDiffers;
  }
  const isFirst = !hasLiveKey();
  if (!promoteCandidate()) return Refusal.KeyMissing;
  if (tamperStage != TamperStage.None && !setTamperStage(TamperStage.None)) return Refusal.Tampered;
  if (isFirst) openTable();
  else deriveVerify();
  return Refusal.None;
}
