import { luhnBatch, panCheckBatch } from './card/batch';
import { bankText, maskText } from './card/pan';
import { makeRecord } from './card/record';
import { setNow, sooner, ticking } from './clock';
import { replyToPacket } from './group/dispatch';
import { startGuards } from './keys/guards';
import { bootTerminal } from './lifecycle/boot';
import { restart, restartWanted } from './lifecycle/restart';
import { latchAndErase } from './lifecycle/tamper';
import { expire, packetBytes, packetDone, takeByte } from './link/frame';
import { pump } from './link/send';
import { policyContent } from './policy/request';
import { PollResult, Size } from './protocol';
import { pressKey } from './menu/keys';
import { pollMenu, startMenu } from './menu/menu';
import { expireSession } from './session/channel';

// The firmware's only exports. docs/HAL.md says what a runtime owes each.

export { luhnBatch, panCheckBatch, makeRecord as cardRecord, maskText as panMask, bankText as panBank, policyContent };

export function halVersion(): i32 {
  return Size.HalVersion;
}

export function memoryEnd(): usize {
  return __heap_base;
}

export function boot(): void {
  bootTerminal();
  startMenu();
}

export function tamper(): void {
  latchAndErase();
  startMenu();
}

export function receive(byte: u32): bool {
  return takeByte(byte);
}

/** False if too many keys wait already. */
export function press(key: u32): bool {
  return pressKey(key);
}

export function poll(now: u32): i32 {
  const isFirst = !ticking;
  setNow(now);
  if (isFirst) startGuards();
  if (!pump()) return whileFull();
  if (restartWanted) return halt();
  if (packetBytes == 0) return sooner(expire(now), sooner(expireSession(), pollMenu()));
  replyToPacket();
  packetDone();
  if (!pump()) return whileFull();
  return restartWanted ? halt() : sooner(expireSession(), pollMenu());
}

/** A person at the keypad does not wait for whoever reads the line. */
function whileFull(): i32 {
  pollMenu();
  return PollResult.UartFull;
}

function halt(): i32 {
  restart();
  return PollResult.Idle;
}
