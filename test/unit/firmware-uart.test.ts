import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Group, Op, OsCommand } from '../../assembly/protocol.js';
import { KeyStore, Nor } from '../../host/emulator/index.js';
import { FIRST_START, makeHal } from '../../host/emulator/hal.js';
import { Rtc } from '../../host/emulator/rtc.js';
import { runtimeOf } from '../../host/emulator/runtime.js';
import { instantiateFirmware, romOf } from '../../host/firmware/firmware.js';
import { firmwareModule } from '../../host/firmware/file.js';
import { encodeFrame } from '../../host/smp/frame.js';
import { type Body, encodePacket } from '../../host/smp/packet.js';

/** What `poll` returns while the UART takes no more bytes: docs/HAL.md. */
const UART_FULL = -2;
const IDLE = -1;
const TEXT = 'x'.repeat(300);

function frame(op: Op, body: Body): Buffer {
  const packet = encodePacket({ version: 1, op, group: Group.Os, sequence: 0, command: OsCommand.Echo }, body);
  return Buffer.from(encodeFrame(packet));
}

/** Firmware whose UART takes these counts of bytes, one count at each call, and then all bytes. */
function firmwareWith(takes: readonly number[]) {
  let calls = 0;
  const sent: Buffer[] = [];
  let memory = new Uint8Array(0);
  const hardware = {
    serial: 'OB-UART',
    nor: new Nor(),
    policyNor: new Nor(),
    keys: new KeyStore(),
    rtc: new Rtc(),
    start: FIRST_START,
  };
  const idle = { send: () => undefined, restart: () => undefined, event: () => undefined };
  const hal = makeHal(
    { ...hardware, ...idle, rom: romOf(firmwareModule()), runtime: runtimeOf(firmwareModule()) },
    () => memory,
  );
  const uart = (ptr: number, length: number): number => {
    const taken = Math.min(takes[calls++] ?? length, length);
    sent.push(Buffer.from(memory.subarray(ptr, ptr + taken)));
    return taken;
  };
  const firmware = instantiateFirmware(firmwareModule(), { ...hal, uart_write: uart });
  memory = new Uint8Array(firmware.memory.buffer);
  firmware.boot();
  return { firmware, sent: () => Buffer.concat(sent) };
}

it('the firmware sends a whole reply, however few bytes the UART takes, and reports that it waits', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 130 }), { maxLength: 40 }), (takes) => {
      const { firmware, sent } = firmwareWith(takes);
      const request = frame(Op.Write, { d: TEXT });
      const answer = frame(Op.WriteResponse, { r: TEXT });
      for (let round = 1; round <= 2; round++) {
        for (const byte of request) firmware.receive(byte);
        let wait = firmware.poll(0);
        for (let polls = 0; wait === UART_FULL && polls < 100; polls++) {
          expect(sent().length).toBeLessThan(round * answer.length);
          wait = firmware.poll(0);
        }
        expect(wait).toBe(IDLE);
        expect(sent().equals(Buffer.concat(Array<Buffer>(round).fill(answer)))).toBe(true);
      }
    }),
  );
});

// 25 days are more milliseconds than a signed 32-bit integer holds.
it.each([1000, 60_000, 25 * 24 * 3600 * 1000])('the firmware drops a partial frame if called after %i ms', (ms) => {
  const { firmware } = firmwareWith([]);
  for (const byte of frame(Op.Write, { d: TEXT }).subarray(0, 50)) firmware.receive(byte);
  expect(firmware.poll(7)).toBe(1000);
  expect(firmware.poll(7 + 999)).toBe(1);
  expect(firmware.poll(7 + ms)).toBe(IDLE);
});
