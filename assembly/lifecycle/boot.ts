import * as hal from '../hal';
import { stopClock } from '../clock';
import { deriveKeys, isKeyed } from '../keys/slots';
import { startPackets } from '../link/packet';
import { startReceiving } from '../link/frame';
import { startSending } from '../link/send';
import { lockPolicy, mountPolicy } from '../policy/stored';
import { Event, FlashState, TamperStage } from '../protocol';
import { startSessions } from '../session/channel';
import { bytesRead } from '../store/flash';
import { adoptNone } from '../store/journal';
import { mount } from '../store/mount';
import { readTamperStage, tamperStage } from './life-cycle';
import { startRestarts } from './restart';
import { resumeTamper } from './tamper';

/** Bytes of flash that the boot read. */
export let bootBytesRead: u32 = 0;

export function bootTerminal(): void {
  hal.event(Event.Boot, hal.reset_cause());
  startReceiving();
  startSending();
  startPackets();
  startRestarts();
  startSessions();
  stopClock();
  readTamperStage();
  resumeTamper();
  openTable();
  bootBytesRead = bytesRead;
}

/**
 * Opens table and policy under the terminal's keys. Without a master key, the flash is not looked
 * at.
 */
export function openTable(): void {
  if (!isKeyed() || tamperStage != TamperStage.None) {
    adoptNone(FlashState.Locked, 0);
    lockPolicy();
    return;
  }
  deriveKeys();
  mount();
  mountPolicy();
}
