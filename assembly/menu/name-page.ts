// The holder's name.

export const NAME: usize = memory.data(80, 4);
export let nameBytes: i32 = 0;

export function wipeName(): void {
  memory.fill(NAME, 0, 80);
  nameBytes = 0;
}
export function nameEnd(at: i32): i32 {
  return at + 1;
}
