/** Random numbers in [0, 1). */
export type Random = () => number;

/** Repeatable random numbers (xorshift32), for tests. Never use them for a secret. */
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
