/** Random numbers in [0, 1). */
export type Random = () => number;

/** Repeatable random numbers (xorshift32): test traffic, nothing that must be unguessable. */
export function seededRandom(seed: number): Random {
  let state = (seed * 0x9e3779b1) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}
