// What a change of the table, or a whole command, comes to: one number, since a function returns
// one.

/**
 * 0 or more: done; each function says what the number means. Below zero: refused, minus
 * `detail << 16 | code`. The code is a result code of the group (a `Refusal` in groups 65 and
 * 66). The detail is the slot (1 to 8) that the refusal is about, or the milliseconds to wait; 0
 * none.
 */
export type Outcome = i64;

const CODE_BITS: i64 = 16;

export function refused(code: i32, detail: u32): Outcome {
  assert(code > 0 && code < 1 << 16);
  return -(((<i64>detail) << CODE_BITS) | (<i64>code));
}

export function codeOf(outcome: Outcome): i32 {
  return <i32>(-outcome & ((1 << CODE_BITS) - 1));
}

export function detailOf(outcome: Outcome): u32 {
  return <u32>(-outcome >> CODE_BITS);
}
