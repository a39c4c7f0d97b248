import type * as hal from '../../assembly/hal.js';
import { type Event, HalError, Region, ResetCause, Size } from '../../assembly/protocol.js';
import { latin1 } from '../bytes.js';
import { romReader } from '../firmware/firmware.js';
import type { Failures } from './failures.js';
import { type FrontPanel, NO_PANEL } from './front-panel.js';
import { panelImports } from './panel-imports.js';
import { isMenuUser, isSlot, type KeyStore } from './key-store.js';
import type { Nor } from './nor.js';
import type { Rtc } from './rtc.js';
import type { Runtime } from './runtime.js';
import { selfTest } from './self-test.js';

/** What the imports need of a flash. */
export type Flash = Pick<Nor, 'geometry' | 'read' | 'program' | 'erase'>;

/** What the imports need of a key store. */
export type Keys = Omit<KeyStore, 'set' | 'lose' | 'branch' | 'durable' | 'onRandom'>;

/** What stands behind the firmware's imports. */
export interface Hardware {
  /** ASCII, at most 32 characters. */
  readonly serial: string;
  readonly runtime: Runtime;
  /** The card table's part of the flash. */
  readonly nor: Flash;
  /** The policy's part: two sectors. */
  readonly policyNor: Flash;
  readonly keys: Keys;
  readonly rtc: Rtc;
  /** The section `octobind.rom` of the firmware. */
  readonly rom: Uint8Array;
  /** Receives an event: docs/HAL.md, `event`. */
  event(code: Event, value: number): void;
  /** Receives a copy of the bytes that the UART sends, and may keep it. */
  send(bytes: Uint8Array): void;
  restart(): void;
  readonly start: Start;
  readonly panel?: FrontPanel;
}

/** Why a terminal started, and how it failed before. */
export interface Start extends Failures {
  readonly cause: ResetCause;
}

/** The first start, by switching on. */
export const FIRST_START: Start = {
  cause: ResetCause.Power,
  failures: 0,
  lastFailure: ResetCause.Power,
  failedAt: 0,
};

/** The imports of docs/HAL.md. */
export type HalImports = typeof hal;

/** `memory` returns the firmware's linear memory, which never grows. */
export function makeHal(hardware: Hardware, memory: () => Uint8Array): HalImports {
  const { serial, runtime, keys, rtc, rom, start, panel = NO_PANEL } = hardware;
  const regions: Partial<Record<number, Flash>> = {
    [Region.Table]: hardware.nor,
    [Region.Policy]: hardware.policyNor,
  };
  const inRegion = (region: number, run: (flash: Flash) => number): number => {
    const flash = regions[region];
    return flash ? run(flash) : HalError.Argument;
  };
  // Pointers and addresses come as signed numbers.
  const bytes = (ptr: number, len: number): Uint8Array => memory().subarray(ptr >>> 0, (ptr >>> 0) + len);
  return {
    uart_write: (ptr, len) => {
      hardware.send(bytes(ptr, len).slice());
      return len;
    },
    nor_sector_bytes: (region) => inRegion(region, ({ geometry }) => geometry.sectorBytes),
    nor_sector_count: (region) => inRegion(region, ({ geometry }) => geometry.sectorCount),
    nor_program_unit: (region) => inRegion(region, ({ geometry }) => geometry.programUnit),
    nor_read: (region, address, ptr, len) => inRegion(region, (flash) => flash.read(address >>> 0, bytes(ptr, len))),
    nor_program: (region, address, ptr, len) =>
      inRegion(region, (flash) => flash.program(address >>> 0, bytes(ptr, len))),
    nor_erase: (region, address) => inRegion(region, (flash) => flash.erase(address >>> 0)),
    rom_read: romReader(rom, memory),
    event: (code, value) => {
      // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the firmware's own numbers
      hardware.event(code, value >>> 0);
    },
    rtc_get: (ptr) => {
      const time = rtc.get();
      if (time === undefined) return HalError.Absent;
      view(bytes(ptr, 8)).setBigInt64(0, BigInt(Math.trunc(time)), true);
      return 0;
    },
    rtc_set: (ptr) => {
      rtc.set(Number(view(bytes(ptr, 8)).getBigInt64(0, true)));
      return 0;
    },
    serial_number: (ptr, max) => {
      const text = latin1(serial).subarray(0, max);
      bytes(ptr, max).set(text);
      return text.length;
    },
    reset: () => {
      hardware.restart();
    },
    reset_cause: () => start.cause,
    failures: () => start.failures,
    last_failure: () => start.lastFailure,
    failed_at: () => start.failedAt,
    self_test: () => selfTest(keys.crypto),
    ...runtimeImports(runtime, memory),
    ...panelImports(panel, memory),
    ...keyImports(keys, memory),
  };
}

const KEY_BYTES: number = Size.Key;
const NONCE_BYTES: number = Size.AeadNonce;
const TAG_BYTES: number = Size.AeadTag;

type KeyImports = Pick<
  HalImports,
  Extract<
    keyof HalImports,
    `${'key' | 'hkdf' | 'hmac' | 'sha' | 'x25519' | 'aead' | 'register' | 'password'}${string}` | 'random'
  >
>;

/**
 * Thrown by an import for a range outside of memory, or a length below zero; `guarded` catches it.
 */
const OUTSIDE = new RangeError('outside of memory');

/** Returns a function that gives a range of memory, or throws `OUTSIDE`. */
const rangesOf =
  (memory: () => Uint8Array) =>
  (ptr: number, len: number): Uint8Array => {
    const start = ptr >>> 0;
    if (len < 0 || start + len > memory().length) throw OUTSIDE;
    return memory().subarray(start, start + len);
  };

function runtimeImports(
  { texts, build }: Runtime,
  memory: () => Uint8Array,
): Pick<HalImports, 'runtime_text' | 'build_digest'> {
  const bytes = rangesOf(memory);
  return guarded<ReturnType<typeof runtimeImports>>({
    runtime_text: (which, ptr, max) => {
      const [text, out] = [texts[which], bytes(ptr, max)];
      if (text === undefined) return HalError.Argument;
      const ascii = latin1(text).subarray(0, max);
      out.set(ascii);
      return ascii.length;
    },
    build_digest: (out) => {
      const into = bytes(out, KEY_BYTES);
      if (!build) return HalError.Absent;
      into.set(build);
      return 0;
    },
  });
}

/**
 * The imports of docs/HAL.md from `random` on. None throws for its arguments. A refused call
 * changes nothing, except that `aead_open` wipes bytes that are not authentic.
 */
function keyImports(keys: Keys, memory: () => Uint8Array): KeyImports {
  const bytes = rangesOf(memory);
  const put = (out: number, result: Uint8Array | number): number => {
    if (typeof result === 'number') return result;
    bytes(out, result.length).set(result);
    return 0;
  };
  return guarded<KeyImports>({
    random: (ptr, len) => {
      const into = bytes(ptr, len);
      into.set(keys.random(len));
      return 0;
    },
    key_present: (slot) => (isSlot(slot) ? Number(keys.has(slot)) : HalError.Argument),
    key_generate: (slot) => keys.generate(slot),
    key_load: (slot, ptr) => keys.load(slot, bytes(ptr, KEY_BYTES)),
    key_combine: (a, b, to) => keys.combine(a, b, to),
    key_move: (from, to) => keys.move(from, to),
    key_erase: (slot) => keys.erase(slot),
    key_derive: (from, ptr, len, to) => keys.derive(from, bytes(ptr, len), to),
    hkdf2_sha256: (salt, input, first, second) => keys.hkdf2(salt, input, first, second),
    hkdf3_sha256: (salt, input, first, out, third) => {
      const into = bytes(out, KEY_BYTES);
      const middle = keys.hkdf3(salt, input, first, third);
      if (typeof middle === 'number') return middle;
      into.set(middle);
      return 0;
    },
    hmac_sha256: (slot, ptr, len, out) => put(out, keys.hmac(slot, bytes(ptr, len))),
    sha256: (ptr, len, out) => put(out, keys.crypto.sha256(bytes(ptr, len))),
    x25519_public: (slot, out) => put(out, keys.publicKey(slot)),
    x25519: (slot, peer, to) => keys.agree(slot, bytes(peer, KEY_BYTES), to),
    aead_seal: (slot, nonce, ad, adLen, ptr, len) =>
      put(ptr, keys.seal(slot, bytes(nonce, NONCE_BYTES), bytes(ad, adLen), bytes(ptr, len))),
    aead_open: (slot, nonce, ad, adLen, ptr, len) => {
      const sealed = bytes(ptr, len);
      if (len < TAG_BYTES) return HalError.Argument;
      const opened = keys.open(slot, bytes(nonce, NONCE_BYTES), bytes(ad, adLen), sealed);
      if (typeof opened === 'number') {
        if (opened === HalError.NotAuthentic) sealed.fill(0);
        return opened;
      }
      sealed.fill(0).set(opened);
      opened.fill(0);
      return 0;
    },
    register_get: (id, ptr, len) => keys.register(id, bytes(ptr, len)),
    register_set: (id, ptr, len) => keys.setRegister(id, bytes(ptr, len)),
    passwords_set: (operator, operatorLen, admin, adminLen) =>
      keys.setPasswords(bytes(operator, operatorLen), bytes(admin, adminLen)),
    password_present: (who) => (isMenuUser(who) ? Number(keys.hasPassword(who)) : HalError.Argument),
    password_check: (who, ptr, len) => keys.checkPassword(who, bytes(ptr, len)),
  });
}

type Import = (...args: number[]) => number;

function guarded<T extends Readonly<Record<keyof T, Import>>>(imports: T): T {
  const guard =
    (run: Import): Import =>
    (...args) => {
      try {
        return run(...args);
      } catch (error) {
        if (error === OUTSIDE) return HalError.Argument;
        throw error;
      }
    };
  return Object.fromEntries(Object.entries<Import>(imports).map(([name, run]) => [name, guard(run)])) as T;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
