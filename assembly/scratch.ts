/**
 * One place for what lives only within one call of the firmware. Whoever lays a secret here wipes
 * it before the call ends. The store's programs, the handshake and the reply take turns: the
 * store is never at work while a handshake or a reply is laid out here.
 */
export const SCRATCH: usize = memory.data(944, 8);
/** Largest program of the store: a header and eight frames at the largest program unit. */
export const SCRATCH_BYTES: i32 = 944;

/** Handshake hash, and what is mixed into it; then the prologue. */
export const HANDSHAKE: usize = SCRATCH;
export const PROLOGUE: usize = SCRATCH + 192;
/** A text, or the message of a MAC, for the reply under way. */
export const REPLY: usize = SCRATCH + 256;
