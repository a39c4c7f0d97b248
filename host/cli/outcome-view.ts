import type { Outcome, SlotChange } from '../fleet/apply.js';
import type { PlannedSlot } from '../fleet/plan.js';
import type { Holding } from '../fleet/proof.js';
import { roleName } from './names.js';
import { errorDocument, paint } from './output.js';

/** What a slot holds, by label where the card is known and by masked number where not. */
export function holdingText(holding: Holding): string {
  if (typeof holding === 'string') return holding;
  return `${holding.card?.label ?? `${holding.pan}, not in the card file`}${roleSuffix(roleName(holding.role))}`;
}

export function holdingDocument(holding: Holding): object {
  if (typeof holding === 'string') return { status: holding };
  return { status: 'bound', pan: holding.pan, role: roleName(holding.role), card: holding.card?.label ?? null };
}

function plannedText(planned: Exclude<PlannedSlot, 'keep'>): string {
  return planned === 'empty' ? 'empty' : `${planned.label}${roleSuffix(roleName(planned.role))}`;
}

function plannedDocument(planned: Exclude<PlannedSlot, 'keep'>): unknown {
  return planned === 'empty'
    ? { status: 'empty' }
    : { status: 'bound', role: roleName(planned.role), card: planned.label };
}

function roleSuffix(role: string): string {
  return role === 'payment' ? '' : ` (${role})`;
}

export function outcomeDocument({
  name,
  port,
  serial,
  generation,
  changes,
  unchanged,
  applied,
  error,
}: Outcome): unknown {
  return {
    name,
    port,
    serial,
    generation,
    applied,
    changes: changes.map(({ slot, from, to }) => ({ slot, from: holdingDocument(from), to: plannedDocument(to) })),
    unchanged,
    ...(error && { error: errorDocument(error) }),
  };
}

/** One terminal's part of a plan. `verb` says what became of the changes. */
export function outcomeText(outcome: Outcome, verb: string): string {
  const { name, changes, unchanged, error } = outcome;
  if (error) return `${name}: ${paint('failed', 'red')}. ${errorDocument(error).message}`;
  if (changes.length === 0) return `${name}: as planned, ${unchanged.length} slots proven.`;
  const lines = changes.map((change) => `  ${changeText(change)}`);
  return `${name}: ${changes.length} ${changes.length === 1 ? 'slot' : 'slots'} ${verb}, ${unchanged.length} as planned.\n${lines.join('\n')}`;
}

function changeText({ slot, from, to }: SlotChange): string {
  return `slot ${slot}: ${holdingText(from)} → ${plannedText(to)}`;
}
