import type { Applied, SlotChange } from '../fleet/apply.js';
import type { Outcome } from '../fleet/on-terminals.js';
import type { PlannedSlot } from '../fleet/plan.js';
import type { SlotProof } from '../fleet/proof.js';
import { titleOf } from './fleet-view.js';
import { roleName } from './names.js';
import { counted } from '../counted.js';

/** What a slot holds: the card's label if the card is known, and its masked number if not. */
export function slotProofText(held: SlotProof): string {
  if (typeof held === 'string') return held;
  return `${held.card?.label ?? `${held.pan}, not in the card file`}${roleSuffix(roleName(held.role))}`;
}

export function slotProofDocument(held: SlotProof): object {
  if (typeof held === 'string') return { status: held };
  return { status: 'bound', pan: held.pan, role: roleName(held.role), card: held.card?.label ?? null };
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

export function outcomeDocument({ generation, changes, unchanged, policy, applied }: Applied): object {
  return {
    generation,
    applied,
    changes: changes.map(({ slot, from, to }) => ({ slot, from: slotProofDocument(from), to: plannedDocument(to) })),
    unchanged,
    policy,
  };
}

/**
 * A terminal of a plan that did not fail. `verb` says what happened to the slots that differed.
 */
export function outcomeText(outcome: Outcome<Applied>, verb: string): string {
  const { changes, unchanged, policy } = outcome;
  const differs = policy !== undefined && policy !== 'unchanged';
  if (changes.length === 0 && !differs) {
    return `${titleOf(outcome)}: as planned, ${counted(unchanged.length, 'slot')}${policy ? ' and the policy' : ''} proven.`;
  }
  const lines = [...(differs ? [`  policy ${verb}`] : []), ...changes.map((change) => `  ${changeText(change)}`)];
  return `${titleOf(outcome)}: ${counted(changes.length, 'slot')} ${verb}, ${unchanged.length} as planned.\n${lines.join('\n')}`;
}

function changeText({ slot, from, to }: SlotChange): string {
  return `slot ${slot}: ${slotProofText(from)} → ${plannedText(to)}`;
}
