import * as z from 'zod';
import type { FlashState, Keyholder, LuhnRule, Role, Scheme, Wording } from '../../assembly/protocol.js';
import { Size } from '../../assembly/protocol.js';
import { OctobindError } from '../error.js';
import type { Body } from '../smp/packet.js';

// The shapes of a terminal's replies: docs/PROTOCOL.md. Fields of a later release are ignored.

const uint = z.int().min(0);
/** A number that is passed on as it is, because a later release may have more values. */
const enumeration = <T extends number>(): z.ZodType<T> => uint as unknown as z.ZodType<T>;

const MAC_BYTES: number = Size.Mac;
const generation = { gen: uint };
const bytesOf = (count: number): z.ZodType<Uint8Array> =>
  z.instanceof(Uint8Array).refine((bytes) => bytes.length === count);

export const echo = z.object({ r: z.string() });
export const datetime = z.object({ datetime: z.iso.datetime({ local: true }) });
export const params = z.object({ buf_size: uint, buf_count: uint });
export const info = z.object({ output: z.string() });
export const bootloader = z.object({ bootloader: z.string() });
export const stats = z.object({ fields: z.record(z.string(), uint) });
export const groups = z.object({ groups: z.array(uint) });
export const statGroups = z.object({ stat_list: z.array(z.string()) });

const entry = z.object({
  pan: z.string(),
  scheme: enumeration<Scheme>(),
  role: enumeration<Role>(),
  name: z.string(),
  bank: z.object({ code: z.string(), name: z.string() }).optional(),
  luhn: z.literal(false).optional(),
  allowed: z.literal(false).optional(),
});
export const list = z.object({
  ...generation,
  state: enumeration<FlashState>(),
  most: uint.min(1).max(Size.Slots).optional(),
  policy: enumeration<FlashState>().optional(),
  slots: z.array(z.union([entry, z.null(), z.literal(false)])).length(Size.Slots),
});
export const bind = z.object({ ...generation, slot: uint.min(1).max(Size.Slots), changed: z.boolean() });
export const change = z.object({ ...generation, changed: z.boolean() });
export const verify = z.object({
  ...generation,
  macs: z.array(z.union([z.null(), bytesOf(MAC_BYTES)])).length(Size.Slots),
  // Firmware before HAL version 8 has no policy.
  policy: z.object({ ...generation, mac: z.union([z.null(), bytesOf(MAC_BYTES)]) }).optional(),
});
export const policy = z.object({
  ...generation,
  state: enumeration<FlashState>(),
  policy: z
    .object({
      shop: z.string(),
      zh: z.string(),
      en: z.string(),
      phone: z.string(),
      wording: enumeration<Wording>(),
      adds: enumeration<Keyholder>(),
      removes: enumeration<Keyholder>(),
      slots: uint.min(1).max(Size.Slots),
      schemes: uint.max(0xffff_ffff),
      luhn: enumeration<LuhnRule>(),
      bound: bytesOf(Size.Key),
    })
    .nullable(),
});
export const format = z.object(generation);
export const nothing = z.object({});

/** Returns a reply of this shape. Code: `PROTOCOL` if it has another shape. */
export function readReply<T>(shape: z.ZodType<T>, body: Body): T {
  const parsed = shape.safeParse(body);
  if (parsed.success) return parsed.data;
  // Only the name of the top field: names below it may be the terminal's own text.
  const where = [...new Set(parsed.error.issues.map(({ path }) => String(path[0])))].join(', ');
  throw new OctobindError(
    'PROTOCOL',
    `The terminal's reply to this command has a wrong field: ${where}. Update the host or the firmware, whichever is older.`,
  );
}
