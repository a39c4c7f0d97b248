import * as hal from './hal';
import { luhnBatch, panCheckBatch } from './card/batch';
import { maskText } from './card/pan';
import { makeRecord } from './card/record';
import { setNow, sooner, stopClock, ticking } from './clock';
import { resetWanted, startOs } from './group/os';
import { startStat } from './group/stat';
import { answerPacket, startDispatching } from './link/dispatch';
import { expire, packetBytes, packetDone, startReceiving, takeByte } from './link/frame';
import { pump, startSending } from './link/send';
import { readTamperStage, startKeys } from './keys';
import { Size } from './protocol';
import { expireSession, startSessions } from './session/channel';
import { startGuards } from './session/guard';
import { latchAndErase, resumeTamper } from './tamper';

// The firmware's only exports. docs/HAL.md says what a runtime owes each.

export { luhnBatch, panCheckBatch, makeRecord as cardRecord, maskText as panMask };

/** `poll`'s answer: nothing to do before the next byte. */
const IDLE: i32 = -1;
/** `poll`'s answer: the UART is full. The next byte is to wait until it is not. */
const UART_FULL: i32 = -2;

/** Asks for the restart that `reset` answered for; no call comes after it. */
let halted: bool = false;

export function halVersion(): i32 {
  return Size.HalVersion;
}

export function memoryEnd(): usize {
  return __heap_base;
}

export function boot(): void {
  halted = false;
  startReceiving();
  startSending();
  startDispatching();
  startOs();
  startSessions();
  stopClock();
  readTamperStage();
  resumeTamper();
  startKeys();
  startStat();
}

export function tamper(): void {
  latchAndErase();
}

export function receive(byte: u32): bool {
  return takeByte(byte);
}

export function poll(now: u32): i32 {
  const first = !ticking;
  setNow(now);
  if (first) startGuards();
  if (!pump()) return UART_FULL;
  if (resetWanted) return restart();
  if (packetBytes == 0) return sooner(expire(now), expireSession());
  answerPacket();
  packetDone();
  if (!pump()) return UART_FULL;
  return resetWanted ? restart() : expireSession();
}

function restart(): i32 {
  if (!halted) {
    halted = true;
    hal.reset();
  }
  return IDLE;
}
