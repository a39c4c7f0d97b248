/**
 * The firmware's only imports, module `hal`, and the one description of them: the C header, the
 * types of the emulator's imports and the check of docs/HAL.md follow from it. docs/HAL.md gives
 * each function's units, ranges and errors; a result below zero is a `HalError`.
 */

export declare function uart_write(ptr: usize, len: i32): i32;

export declare function nor_sector_bytes(region: i32): i32;
export declare function nor_sector_count(region: i32): i32;
export declare function nor_program_unit(region: i32): i32;
export declare function nor_read(region: i32, address: u32, ptr: usize, len: i32): i32;
export declare function nor_program(region: i32, address: u32, ptr: usize, len: i32): i32;
export declare function nor_erase(region: i32, address: u32): i32;

export declare function rtc_get(ptr: usize): i32;
export declare function rtc_set(ptr: usize): i32;

export declare function serial_number(ptr: usize, max: i32): i32;
export declare function runtime_text(which: i32, ptr: usize, max: i32): i32;
export declare function build_digest(out: usize): i32;
export declare function rom_read(offset: u32, ptr: usize, len: i32): i32;
export declare function event(code: i32, value: u32): void;
export declare function reset(): void;
export declare function reset_cause(): i32;
export declare function failures(): u32;
export declare function last_failure(): i32;
export declare function failed_at(): u32;
export declare function self_test(): i32;

export declare function random(ptr: usize, len: i32): i32;

export declare function key_present(slot: i32): i32;
export declare function key_generate(slot: i32): i32;
export declare function key_load(slot: i32, ptr: usize): i32;
export declare function key_combine(a: i32, b: i32, to: i32): i32;
export declare function key_move(from: i32, to: i32): i32;
export declare function key_erase(slot: i32): i32;
export declare function key_derive(from: i32, ptr: usize, len: i32, to: i32): i32;

export declare function sha256(ptr: usize, len: i32, out: usize): i32;
export declare function hmac_sha256(slot: i32, ptr: usize, len: i32, out: usize): i32;
export declare function hkdf2_sha256(salt: i32, input: i32, first: i32, second: i32): i32;
export declare function hkdf3_sha256(salt: i32, input: i32, first: i32, out: usize, third: i32): i32;
export declare function x25519_public(slot: i32, out: usize): i32;
export declare function x25519(slot: i32, peer: usize, to: i32): i32;
export declare function aead_seal(slot: i32, nonce: usize, ad: usize, adLen: i32, ptr: usize, len: i32): i32;
export declare function aead_open(slot: i32, nonce: usize, ad: usize, adLen: i32, ptr: usize, len: i32): i32;

export declare function register_get(id: i32, ptr: usize, len: i32): i32;
export declare function register_set(id: i32, ptr: usize, len: i32): i32;
export declare function passwords_set(operator: usize, operatorLen: i32, admin: usize, adminLen: i32): i32;
export declare function password_present(who: i32): i32;
export declare function password_check(who: i32, ptr: usize, len: i32): i32;

export declare function screen_columns(): i32;
export declare function screen_rows(): i32;
export declare function screen_write(row: i32, ptr: usize, len: i32, look: i32, cursor: i32): i32;
export declare function screen_contrast(level: i32): i32;
export declare function screen_qr(ptr: usize, len: i32): i32;
export declare function beep(sound: i32): void;
export declare function bench(): i32;
