/**
 * The firmware's only imports, module `hal`. docs/HAL.md gives each function's units, ranges and errors; below zero is a
 * `HalError`.
 */

export declare function uart_write(ptr: usize, len: i32): i32;

export declare function nor_sector_bytes(): i32;
export declare function nor_sector_count(): i32;
export declare function nor_program_unit(): i32;
export declare function nor_read(address: u32, ptr: usize, len: i32): i32;
export declare function nor_program(address: u32, ptr: usize, len: i32): i32;
export declare function nor_erase(address: u32): i32;

export declare function rtc_get(ptr: usize): i32;
export declare function rtc_set(ptr: usize): i32;

export declare function serial_number(ptr: usize, max: i32): i32;
export declare function hmac_sha256(slot: i32, ptr: usize, len: i32, out: usize): i32;

export declare function reset(): void;
