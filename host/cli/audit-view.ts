import type { LoggedChange } from '../audit/changes.js';
import type { Chain } from '../audit/chain.js';
import { paint } from './output.js';
import { table } from './table.js';

type Step = NonNullable<LoggedChange['begin']['slots']>[number];

/** What became of a change. It is unknown if it has no end: its process runs still, or died. */
function outcomeOf({ end }: LoggedChange): 'changed' | 'unchanged' | 'failed' | 'unknown' {
  if (end?.event === 'done') return end.changed === false ? 'unchanged' : 'changed';
  return end?.event ?? 'unknown';
}

export function changeDocument(logged: LoggedChange): object {
  const { line, begin, end } = logged;
  const { time, user, command, change, serial, name, port, proof } = begin;
  return {
    line,
    time,
    ended: end?.time ?? null,
    user,
    command,
    change,
    serial,
    name,
    port,
    outcome: outcomeOf(logged),
    proof: end?.proof ?? proof,
    generation: { from: begin.generation, to: end?.generation },
    slots: end?.slots ?? (end?.event === 'done' ? [] : begin.slots),
    key: end?.key ?? begin.key,
    error: end?.error,
  };
}

export function changesText(changes: readonly LoggedChange[]): string {
  if (changes.length === 0) return 'There are no changes in the log.';
  return table(
    ['time (UTC)', 'user', 'command', 'terminal', 'change', 'outcome'],
    changes.map((logged) => {
      const { time, user, command, serial, name } = logged.begin;
      const terminal = name === undefined ? serial : [name, serial];
      return [time.slice(0, 19).replace('T', ' '), user, command, terminal, whatChanged(logged), outcomeText(logged)];
    }),
  );
}

function whatChanged({ begin, end }: LoggedChange): string[] {
  const slots = end?.event === 'done' ? end.slots : begin.slots;
  if (slots) return slots.map(stepText);
  if (begin.change === 'loadKey') return [`key ${begin.key?.from ?? 'none'} → ${end?.key?.to ?? 'another one'}`];
  return [begin.change === begin.command ? '' : begin.change];
}

function stepText({ slot, from, to }: Step): string {
  const text = (held: NonNullable<Step['from']>): string =>
    typeof held === 'string' ? held : `${held.pan}${held.role === 'payment' ? '' : ` (${held.role})`}`;
  return `slot ${slot ?? 'of its choice'}: ${from === undefined ? '' : `${text(from)} → `}${text(to)}`;
}

function outcomeText(logged: LoggedChange): string[] {
  const { end } = logged;
  const outcome = outcomeOf(logged);
  if (outcome === 'unknown') return [paint('unknown', 'yellow'), end?.error?.code ?? 'no end'];
  if (outcome === 'failed') return [paint('failed', 'red'), end?.error?.refusal ?? end?.error?.code ?? ''];
  return [outcome, ...(end?.proof === 'none' ? ['not proven'] : [])];
}

export const brokenText = ({ line, problem }: NonNullable<Chain['broken']>): string =>
  paint(`The audit log is broken at line ${line}: ${problem}.`, 'red');
