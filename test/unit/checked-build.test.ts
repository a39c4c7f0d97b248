import { expect, it } from 'vitest';
import { Group, Op, OsCommand } from '../../assembly/protocol.js';
import { KeyStore, Nor } from '../../host/emulator/index.js';
import { instantiateFirmware, romOf } from '../../host/firmware/firmware.js';
import { FIRST_START, makeHal } from '../../host/emulator/hal.js';
import { callsOf } from '../../host/emulator/place.js';
import { Rtc } from '../../host/emulator/rtc.js';
import { runtimeOf } from '../../host/emulator/runtime.js';
import { firmwareModule, placesIn, readFirmware } from '../../host/sim/index.js';
import { encodeFrame } from '../../host/smp/frame.js';
import { encodePacket } from '../../host/smp/packet.js';

const CHECKED = 'build/checked/terminal.wasm';

/**
 * The firmware replies to an echo over a UART that claims to take more bytes than it was given.
 */
function replyOverBrokenUart(module: WebAssembly.Module): void {
  let memory = new Uint8Array(0);
  const hardware = {
    serial: 'OB-CHECK',
    nor: new Nor(),
    policyNor: new Nor(),
    keys: new KeyStore(),
    rtc: new Rtc(),
    start: FIRST_START,
  };
  const idle = { send: () => undefined, restart: () => undefined, event: () => undefined };
  const hal = makeHal({ ...hardware, ...idle, rom: romOf(module), runtime: runtimeOf(module) }, () => memory);
  const firmware = instantiateFirmware(module, { ...hal, uart_write: (_: number, bytes: number) => bytes + 1 });
  memory = new Uint8Array(firmware.memory.buffer);
  firmware.boot();
  const header = { version: 1, op: Op.Write, group: Group.Os, sequence: 0, command: OsCommand.Echo };
  for (const byte of encodeFrame(encodePacket(header, { d: 'x' }))) firmware.receive(byte);
  firmware.poll(0);
}

it('traps at the assertion that does not hold, and names its function and line', () => {
  const trap = trapOf(() => replyOverBrokenUart(readFirmware(CHECKED)));
  expect(trap).toBeInstanceOf(WebAssembly.RuntimeError);
  const [innermost] = callsOf(trap, placesIn(CHECKED));
  expect(innermost).toMatch(/^in assembly\/link\/send\/pump \(assembly\/link\/send\.ts:\d+:\d+\)$/);
});

it('has no assertion in the release', () => {
  expect(trapOf(() => replyOverBrokenUart(firmwareModule()))).toBeUndefined();
});

function trapOf(run: () => void): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
