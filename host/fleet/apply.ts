import { equal } from '../bytes.js';
import { terminalKey } from '../crypto/key-derivation.js';
import { OctobindError } from '../error.js';
import { type FleetOptions, onTerminals, type Outcome, type Work } from './on-terminals.js';
import type { CheckedPolicy } from './policy-file.js';
import type { Plan, PlannedSlot, PlannedTerminal } from './plan.js';
import { proveTerminal, type SlotProof, type KnownCard, type TerminalProof } from './proof.js';
import { checkIdentity } from './targets.js';

/** A slot that differs from its plan. */
export interface SlotChange {
  /** 1 to 8. */
  readonly slot: number;
  readonly from: SlotProof;
  readonly to: Exclude<PlannedSlot, 'keep'>;
}

/** What was found and done at a terminal of a plan. */
export interface Applied {
  /** The table's generation when the terminal was last read. */
  readonly generation?: number;
  /** Slots that differed from the plan when the terminal was first read. */
  readonly changes: readonly SlotChange[];
  /** Slots that the plan names and that already were as planned, 1 to 8. */
  readonly unchanged: readonly number[];
  /** What was found of the plan's policy, and done. Absent if the plan names none. */
  readonly policy?: 'unchanged' | 'different' | 'changed';
  /** True if `changes` were made and then proven. */
  readonly applied: boolean;
}

/** What became of one terminal of a plan. `error` says why it was not brought to the plan. */
export type ApplyOutcome = Outcome<Applied>;

/** What `applyPlan` needs. */
export interface ApplyOptions extends FleetOptions<Applied> {
  /** The acquirer's master key, 32 bytes. */
  readonly master: Uint8Array;
  /** Cards to recognise in slots, besides those of the plan. */
  readonly known: readonly KnownCard[];
  /** True to compare only. */
  readonly dryRun?: boolean;
}

/**
 * Changes the terminals of a plan to what it says. Outcomes come in the plan's order. A terminal
 * that fails does not stop the others. Code: `WRONG_TERMINAL` if the plan and the cables do not
 * agree, before anything is changed.
 */
export function applyPlan(plan: Plan, options: ApplyOptions): Promise<ApplyOutcome[]> {
  const planned = new Map(plan.terminals.map((terminal) => [terminal.name, terminal]));
  return onTerminals<Applied>(
    plan.terminals,
    (serial) => terminalKey(options.master, serial),
    { changes: [], unchanged: [], applied: false },
    options,
    async (terminal, at, note) => {
      const wanted = planned.get(at.name);
      if (wanted) await applyToTerminal(wanted, plan.policy, options)(terminal, at, note);
    },
  );
}

function applyToTerminal(
  planned: PlannedTerminal,
  policy: CheckedPolicy | undefined,
  { master, known, dryRun }: ApplyOptions,
): Work<Applied> {
  return async (terminal, { name, port, serial }, note) => {
    const cards = [...planned.slots.filter((slot) => typeof slot !== 'string'), ...known];
    const prove = (): Promise<TerminalProof> => proveTerminal(terminal, master, cards, policy?.content);
    const before = await prove();
    checkIdentity(serial, before.serial, port);
    const changes = differences(before, planned);
    const unchanged = namedSlots(planned).filter((slot) => !changes.some((change) => change.slot === slot));
    note({ serial: before.serial, generation: before.generation, changes, unchanged });
    if (policy) note({ policy: before.policy === true ? 'unchanged' : 'different' });
    // First the policy: it may allow what the plan binds.
    const setsPolicy = policy !== undefined && before.policy !== true && dryRun !== true;
    if (setsPolicy) await terminal.setPolicy(policy.policy);
    const applied = changes.length > 0 && dryRun !== true;
    if (applied) await terminal.replace(planned.slots.map(wireChange), before.generation);
    if (applied || setsPolicy) {
      const after = await prove();
      note({ generation: after.generation });
      if (setsPolicy && after.policy === true) note({ policy: 'changed' });
      if (differences(after, planned).length > 0 || after.policy === false) {
        throw new OctobindError(
          'TERMINAL_FAILED',
          `${name} replied that its table or its policy is changed, but could not prove it. Verify it again. If that fails too, have the terminal repaired.`,
        );
      }
    }
    note({ applied });
  };
}

function namedSlots(planned: PlannedTerminal): number[] {
  return planned.slots.flatMap((slot, index) => (slot === 'keep' ? [] : [index + 1]));
}

/** Slots of the plan that the terminal does not hold as planned. */
function differences(proof: TerminalProof, planned: PlannedTerminal): SlotChange[] {
  return planned.slots.flatMap((to, index) => {
    const from = proof.slots[index] ?? 'empty';
    return to === 'keep' || holds(from, to) ? [] : [{ slot: index + 1, from, to }];
  });
}

function holds(held: SlotProof, planned: Exclude<PlannedSlot, 'keep'>): boolean {
  if (planned === 'empty' || typeof held === 'string') return held === planned;
  return held.card !== undefined && equal(held.card.record, planned.record);
}

/** Converts a planned slot for `Terminal.replace`. */
export function wireChange(planned: PlannedSlot): 'keep' | null | { pan: string; name: string; role: number } {
  if (planned === 'keep') return 'keep';
  if (planned === 'empty') return null;
  return { pan: planned.card.pan, name: planned.card.name, role: planned.role };
}
