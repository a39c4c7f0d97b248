import { equal } from '../bytes.js';
import { OctobindError } from '../error.js';
import type { Terminal } from '../terminal/terminal.js';
import { SeenTerminals } from './seen-terminals.js';
import { inParallel } from './parallel.js';
import type { Plan, PlannedSlot, PlannedTerminal } from './plan.js';
import { proveTerminal, type SlotProof, type KnownCard, type TerminalProof } from './proof.js';

/** A slot that differs from its plan. */
export interface SlotChange {
  /** 1 to 8. */
  readonly slot: number;
  readonly from: SlotProof;
  readonly to: Exclude<PlannedSlot, 'keep'>;
}

/** What became of one terminal of a plan. */
export interface ApplyOutcome {
  readonly name: string;
  readonly port: string;
  readonly serial?: string;
  /** The table's generation when the terminal was last read. */
  readonly generation?: number;
  /** Slots that differed from the plan when the terminal was first read. */
  readonly changes: readonly SlotChange[];
  /** Slots that the plan names and that already were as planned, 1 to 8. */
  readonly unchanged: readonly number[];
  /** True if `changes` were made and then proven. */
  readonly applied: boolean;
  /** Why the terminal was not brought to the plan. */
  readonly error?: OctobindError;
}

/** What `applyPlan` needs. */
export interface ApplyOptions {
  /** Returns the terminal behind a port of the plan. It is closed when its work is done. */
  connect(port: string): Terminal;
  /** The acquirer's master key, 32 bytes. */
  readonly master: Uint8Array;
  /** Cards to recognise in slots, besides those of the plan. */
  readonly known: readonly KnownCard[];
  /** True to compare only. */
  readonly dryRun?: boolean;
  /** Called when a terminal is done, whether it succeeded or failed. */
  onOutcome?(outcome: ApplyOutcome): void;
  readonly signal?: AbortSignal;
}

/**
 * Changes the terminals of a plan to what it says. Outcomes come in the plan's order. A terminal
 * that fails does not stop the others.
 */
export function applyPlan(plan: Plan, options: ApplyOptions): Promise<ApplyOutcome[]> {
  const seen = new SeenTerminals();
  return inParallel(plan.terminals, options.signal, async (planned) => {
    const outcome = await applyToTerminal(planned, options, seen);
    options.onOutcome?.(outcome);
    return outcome;
  });
}

async function applyToTerminal(
  planned: PlannedTerminal,
  options: ApplyOptions,
  seen: SeenTerminals,
): Promise<ApplyOutcome> {
  const { name, port } = planned;
  let proof: TerminalProof | undefined;
  let changes: SlotChange[] = [];
  let terminal: Terminal | undefined;
  try {
    terminal = options.connect(port);
    const known = [...planned.slots.filter((slot) => typeof slot !== 'string'), ...options.known];
    proof = await proveTerminal(terminal, options.master, known);
    seen.add(proof.serial, port);
    changes = differences(proof, planned);
    const unchanged = namedSlots(planned).filter((slot) => !changes.some((change) => change.slot === slot));
    const applied = changes.length > 0 && options.dryRun !== true;
    if (applied) {
      await terminal.replace(planned.slots.map(wireChange), proof.generation);
      proof = await proveTerminal(terminal, options.master, known);
      if (differences(proof, planned).length > 0) {
        throw new OctobindError(
          'TERMINAL_FAILED',
          `${name} replied that its table is changed, but could not prove it. Verify it again. If that fails too, have the terminal repaired.`,
        );
      }
    }
    return { name, port, serial: proof.serial, generation: proof.generation, changes, unchanged, applied };
  } catch (error) {
    if (!(error instanceof OctobindError)) throw error;
    const read = proof && { serial: proof.serial, generation: proof.generation };
    return { name, port, ...read, changes, unchanged: [], applied: false, error };
  } finally {
    await terminal?.close();
  }
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
