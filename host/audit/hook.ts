import { userInfo } from 'node:os';
import { Refusal, Role, Size } from '../../assembly/protocol.js';
import { CardJudge } from '../cards/card-judge.js';
import { OctobindError } from '../error.js';
import { redact } from '../redact.js';
import type { CardTable, SlotWish } from '../terminal/card-table.js';
import type { ChangeHook, ChangeOutcome, TerminalChange } from '../terminal/change-hook.js';
import type { AuditEvent, AuditLog } from './log.js';

/** Where a change comes from and where it goes to. */
export interface ChangePlace {
  /** The command that makes it. */
  readonly command: string;
  readonly port?: string | undefined;
  /** Of the terminal, in a plan. */
  readonly name?: string | undefined;
}

/** A slot as the log shows it. The number and the name are masked. */
type SlotText = 'empty' | 'damaged' | { readonly pan: string; readonly role: string; readonly name?: string };

/** How a slot changes. `slot` is absent if the terminal is to choose it. */
interface SlotStep {
  readonly slot?: number | undefined;
  readonly from?: SlotText | undefined;
  readonly to: SlotText;
}

/** After these refusals, a change may turn out to be made: docs/ERRORS.md, "Refusals". */
const UNSURE: readonly unknown[] = [Refusal.FlashFailed, Refusal.FlashWorn];

/**
 * Returns a hook for `TerminalOptions.onChange` that writes each change to a log: `begin` before
 * it, and after it `done`, `failed` (the terminal refused it) or `unknown`. Codes: `AUDIT_LOG` if
 * the first cannot be written, and nothing is changed; `AUDIT_INCOMPLETE` if the second cannot.
 */
export function auditHook(log: AuditLog, { command, port, name }: ChangePlace): ChangeHook {
  return async (change) => {
    const { method, serial, table } = change;
    const isNamed = name !== undefined && name !== port && name !== serial;
    const common = {
      user: userName(),
      command,
      change: method,
      serial,
      ...(isNamed && { name: redact(name) }),
      ...(port !== undefined && { port: redact(port) }),
    };
    const begin = await log.append({
      event: 'begin',
      time: now(),
      ...common,
      proof: proofOf(change.proven),
      ...(table && { generation: table.generation }),
      ...slotsOf(wantedSteps(change)),
      ...(change.checkValue !== undefined && { key: { from: change.checkValue } }),
    });
    return async (outcome) => {
      try {
        const { event, ...rest } = ended(change, outcome);
        await log.append({ event, time: now(), begin, ...common, ...rest });
      } catch (cause) {
        throw incomplete(change, outcome, cause);
      }
    };
  };
}

function ended(change: TerminalChange, { error, ...outcome }: ChangeOutcome): AuditEvent {
  if (error !== undefined) {
    return { event: isCertain(error) ? 'failed' : 'unknown', proof: proofOf(change.proven), error: errorOf(error) };
  }
  const { changed, generation, table, checkValue } = outcome;
  return {
    event: 'done',
    proof: proofOf(outcome.proven === true),
    changed,
    generation,
    ...slotsOf(table && differences(change.table, table)),
    ...(checkValue !== undefined && { key: { from: change.checkValue, to: checkValue } }),
  };
}

const now = (): string => new Date().toISOString();
const proofOf = (proven: boolean): string => (proven ? 'session' : 'none');
const slotsOf = (slots: readonly SlotStep[] | undefined): object => (slots && slots.length > 0 ? { slots } : {});

/** Whether a failed change was surely not made. */
function isCertain(error: unknown): boolean {
  if (!(error instanceof OctobindError)) return false;
  return error.code === 'UNSUPPORTED' || (error.code === 'REFUSED' && !UNSURE.includes(error.refusal));
}

function errorOf(error: unknown): object {
  if (!(error instanceof OctobindError)) return { code: 'INTERNAL' };
  const { code, refusal } = error;
  return { code, ...(refusal !== undefined && { refusal: Refusal[refusal] }), message: redact(error.message) };
}

/** What is wanted, slot by slot. A format wants every slot empty. */
function wantedSteps({ method, table, wanted }: TerminalChange): SlotStep[] {
  if (method === 'format') return table ? differences(table, undefined) : [];
  const asked = wanted?.filter(({ card }) => card !== 'keep') ?? [];
  const judge = asked.some(({ card }) => card !== null) ? new CardJudge() : undefined;
  const steps = asked.map(({ slot, card }) => ({
    slot,
    from: table && slot !== undefined ? heldIn(table, slot) : undefined,
    to: wishText(card, judge),
  }));
  return method === 'replace' ? steps.filter(({ from, to }) => from !== 'empty' || to !== 'empty') : steps;
}

function wishText(card: SlotWish, judge: CardJudge | undefined): SlotText {
  if (card === null || card === 'keep' || !judge) return 'empty';
  return { pan: judge.mask(card.pan), role: roleText(card.role ?? Role.Payment) };
}

/** The slots that differ. A table that is absent counts as empty. */
function differences(before: CardTable | undefined, after: CardTable | undefined): SlotStep[] {
  return Array.from({ length: Size.Slots }, (_, index) => index + 1)
    .map((slot) => ({ slot, from: heldIn(before, slot), to: heldIn(after, slot) }))
    .filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to));
}

/** The terminal has masked what it lists. If it did not, `redact` takes the number out. */
function heldIn(table: CardTable | undefined, slot: number): SlotText {
  const held = table?.slots[slot - 1] ?? null;
  if (held === null) return 'empty';
  if (held === 'damaged') return held;
  return { pan: redact(held.pan), role: roleText(held.role), name: redact(held.name) };
}

const roleText = (role: Role): string => (Role as Partial<Record<number, string>>)[role]?.toLowerCase() ?? String(role);

/** A container may run as a user without a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

function incomplete({ serial, method }: TerminalChange, { error }: ChangeOutcome, cause: unknown): OctobindError {
  const text = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : 'unknown reason');
  const what = error === undefined ? 'was made' : `failed: ${text(error)}`;
  return new OctobindError(
    'AUDIT_INCOMPLETE',
    `The change of ${serial} (${method}) ${what}. But its outcome is not in the audit log: ${text(cause)} There the change has an unknown outcome. Make the log writable, and note by hand what the terminal lists now.`,
    { cause },
  );
}
