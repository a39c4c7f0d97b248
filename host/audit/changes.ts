import { z } from 'zod';
import type { Chain } from './chain.js';

const slotText = z.union([
  z.enum(['empty', 'damaged']),
  z.object({ pan: z.string(), role: z.string(), name: z.string().optional() }),
]);
const step = z.object({ slot: z.int().optional(), from: slotText.optional(), to: slotText });
const common = {
  time: z.string(),
  user: z.string(),
  command: z.string(),
  change: z.string(),
  serial: z.string(),
  name: z.string().optional(),
  port: z.string().optional(),
  proof: z.string(),
  generation: z.number().optional(),
  slots: z.array(step).optional(),
  key: z.object({ from: z.string().nullish(), to: z.string().optional() }).optional(),
};
const beginEntry = z.object({ event: z.literal('begin'), ...common });
const endEntry = z.object({
  event: z.enum(['done', 'failed', 'unknown']),
  ...common,
  begin: z.string(),
  changed: z.boolean().optional(),
  error: z.object({ code: z.string(), refusal: z.string().optional(), message: z.string().optional() }).optional(),
});

/** A change, as the log has it: how it began, and how it ended if that is there. */
export interface LoggedChange {
  /** Of the line that began it. */
  readonly line: number;
  readonly begin: z.infer<typeof beginEntry>;
  readonly end?: z.infer<typeof endEntry>;
}

/** The changes of a log, in the order in which they began. Lines of another kind are left out. */
export function changesOf({ links }: Chain): LoggedChange[] {
  const changes = new Map<string, LoggedChange>();
  for (const { line, entry, hash } of links) {
    const begin = beginEntry.safeParse(entry);
    if (begin.success) changes.set(hash, { line, begin: begin.data });
    const end = endEntry.safeParse(entry);
    const begun = end.success ? changes.get(end.data.begin) : undefined;
    if (end.success && begun) changes.set(end.data.begin, { ...begun, end: end.data });
  }
  return [...changes.values()];
}
