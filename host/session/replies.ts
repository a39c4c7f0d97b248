import * as z from 'zod';
import { type LifeCycle, Size } from '../../assembly/protocol.js';

// The shapes of a terminal's answers to group 65: docs/PROTOCOL.md.

const uint = z.int().min(0);
/** At most 32 printable ASCII characters. Keys and proofs are derived from these bytes. */
const PRINTABLE = /^[ -~]{0,32}$/;
const bytes = z.instanceof(Uint8Array);
const CHECK_VALUE_BYTES: number = Size.CheckValue;
const checkValue = bytes.refine((kcv) => kcv.length === CHECK_VALUE_BYTES);
export const status = z.object({
  state: uint as unknown as z.ZodType<LifeCycle>,
  serial: z.string().regex(PRINTABLE),
  kcv: z.union([checkValue, z.null()]),
  wait: uint,
});
export const open = z.object({ s: uint, d: bytes });
export const message = z.object({ n: uint, d: bytes });
export const key = z.object({ kcv: checkValue });
const DIGEST_BYTES: number = Size.Key;
const text = z.string().regex(PRINTABLE);
export const about = z.object({
  release: text,
  hal: uint,
  runtime: text,
  arch: text,
  cpu: text,
  board: text,
  build: z.union([bytes.refine((digest) => digest.length === DIGEST_BYTES), z.null()]),
});
export const selfTest = z.object({ failed: uint });
