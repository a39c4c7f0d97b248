import { HalError } from '../../assembly/protocol.js';
import type { KeyStore } from './keys.js';
import type { Nor } from './nor.js';
import type { Rtc } from './rtc.js';

/** What stands behind the firmware's imports. */
export interface Hardware {
  /** ASCII, at most 32 characters. */
  readonly serial: string;
  readonly nor: Nor;
  readonly keys: KeyStore;
  readonly rtc: Rtc;
  /** Bytes that the UART sends; a copy, the receiver's to keep. */
  send(bytes: Uint8Array): void;
  restart(): void;
}

/** The imports of docs/HAL.md. `memory` answers the firmware's linear memory, which never grows. */
export function makeHal(hardware: Hardware, memory: () => Uint8Array): Record<string, WebAssembly.ImportValue> {
  const { serial, nor, keys, rtc } = hardware;
  // Pointers and addresses come as signed numbers.
  const bytes = (ptr: number, len: number): Uint8Array => memory().subarray(ptr >>> 0, (ptr >>> 0) + len);
  return {
    uart_write: (ptr: number, len: number) => {
      hardware.send(bytes(ptr, len).slice());
      return len;
    },
    nor_sector_bytes: () => nor.geometry.sectorBytes,
    nor_sector_count: () => nor.geometry.sectorCount,
    nor_program_unit: () => nor.geometry.programUnit,
    nor_read: (address: number, ptr: number, len: number) => nor.read(address >>> 0, bytes(ptr, len)),
    nor_program: (address: number, ptr: number, len: number) => nor.program(address >>> 0, bytes(ptr, len)),
    nor_erase: (address: number) => nor.erase(address >>> 0),
    rtc_get: (ptr: number) => {
      const time = rtc.get();
      if (time === undefined) return HalError.Absent;
      view(bytes(ptr, 8)).setBigInt64(0, BigInt(Math.trunc(time)), true);
      return 0;
    },
    rtc_set: (ptr: number) => {
      rtc.set(Number(view(bytes(ptr, 8)).getBigInt64(0, true)));
      return 0;
    },
    serial_number: (ptr: number, max: number) => {
      const text = Buffer.from(serial, 'latin1').subarray(0, max);
      bytes(ptr, max).set(text);
      return text.length;
    },
    hmac_sha256: (slot: number, ptr: number, len: number, out: number) => {
      const mac = keys.hmac(slot, bytes(ptr, len));
      if (!mac) return HalError.Absent;
      bytes(out, mac.length).set(mac);
      return 0;
    },
    reset: () => hardware.restart(),
  };
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
