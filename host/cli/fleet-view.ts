import type { FleetOptions, Outcome } from '../fleet/on-terminals.js';
import type { Context } from './context.js';
import { Exit, exitOf } from './exit.js';
import type { BulkOptions, Selection } from './fleet.js';
import { errorDocument, paint, type Progress } from './output.js';
import { reach } from './reach.js';

/** How a command shows what became of terminals. */
export interface View<R> {
  /** Counts a terminal that did not fail: `changed`, `unchanged`. */
  verdict(outcome: Outcome<R>): string;
  /** Whether a terminal that did not fail is as it should be. True when absent. */
  isGood?(outcome: Outcome<R>): boolean;
  /** Terminals that did not fail, for people. */
  text(outcomes: readonly Outcome<R>[]): string;
  /** What `--json` says of a terminal, beside its name, port, serial number and error. */
  document(outcome: Outcome<R>): object;
  /** What `--json` says of all. */
  overall?(outcomes: readonly Outcome<R>[]): object;
}

/**
 * Does `work` on terminals, and shows what became of them. Failures come last, and then how many
 * there are of each. If one terminal was chosen, its error is thrown.
 */
export async function runAndShow<R>(
  { wanted, many }: Selection,
  options: BulkOptions,
  context: Context,
  view: View<R>,
  work: (fleet: FleetOptions<R>, bar: Progress) => Promise<Outcome<R>[]>,
): Promise<void> {
  const { output } = context;
  const bar = output.progress(wanted.length, 'terminals');
  const onOutcome = (outcome: Outcome<R>): void => {
    bar.step();
    if (many && options.jsonLines) output.line(documentOf(outcome, view));
  };
  const outcomes = await work({ ...reach(context, options.jobs), onOutcome }, bar).finally(() => bar.stop());
  const [only] = outcomes;
  if (!many && only?.error) throw only.error;
  context.exit = exitOfAll(outcomes, view);
  if (!many && only) {
    const { port, serial } = only;
    output.result({ port, serial, ...view.document(only) }, () => view.text([only]));
    return;
  }
  const summary = summaryOf(outcomes, view);
  const overall = {
    ...view.overall?.(outcomes),
    ...(options.jsonLines ? {} : { terminals: outcomes.map((one) => documentOf(one, view)) }),
  };
  output.result({ ...overall, summary }, () => {
    const good = outcomes.filter(({ error }) => error === undefined);
    return [...(good.length > 0 ? [view.text(good)] : []), failuresText(outcomes), summaryText(summary)]
      .filter((text) => text !== '')
      .join('\n');
  });
}

function documentOf<R>(outcome: Outcome<R>, view: View<R>): object {
  const { name, port, serial, error } = outcome;
  const good = error === undefined && view.isGood?.(outcome) !== false;
  // By `good`, --retry-failed chooses terminals again.
  return { name, port, serial, good, ...view.document(outcome), ...(error && { error: errorDocument(error) }) };
}

/** A terminal for people: its name, and its serial number. */
export function titleOf({ name, serial }: { name: string; serial?: string | undefined }): string {
  return serial === undefined || serial === name ? name : `${name} ${serial}`;
}

function summaryOf<R>(outcomes: readonly Outcome<R>[], view: View<R>): Record<string, number> {
  const count: Record<string, number> = {};
  const words = [
    ...outcomes.filter(({ error }) => !error).map((outcome) => view.verdict(outcome)),
    ...outcomes.flatMap(({ error }) => (error && error.code !== 'ABORTED' ? ['failed'] : [])),
    ...outcomes.flatMap(({ error }) => (error?.code === 'ABORTED' ? ['interrupted'] : [])),
  ];
  for (const word of words) count[word] = (count[word] ?? 0) + 1;
  return count;
}

/** `47 changed, 2 unchanged, 1 failed; run again to retry` */
function summaryText(summary: Record<string, number>): string {
  const counts = Object.entries(summary).map(([word, count]) => `${count} ${word}`);
  if (counts.length === 0) return 'There is nothing to do.';
  const again = 'failed' in summary || 'interrupted' in summary ? '; run again to retry' : '';
  return `${counts.join(', ')}${again}`;
}

/** Failures by their cause. Terminals with the same message share a line. */
function failuresText<R>(outcomes: readonly Outcome<R>[]): string {
  const causes = new Map<string, Map<string, string[]>>();
  for (const outcome of outcomes) {
    if (!outcome.error) continue;
    const { code, refusal, message } = errorDocument(outcome.error);
    const cause = refusal === undefined ? code : `${code} ${refusal}`;
    const text = message.replace(new RegExp(`\\s*\\(${code}\\)$`), '').replaceAll('\n', '\n    ');
    const messages = causes.get(cause) ?? new Map<string, string[]>();
    messages.set(text, [...(messages.get(text) ?? []), titleOf(outcome)]);
    causes.set(cause, messages);
  }
  return [...causes]
    .map(([cause, messages]) =>
      [
        paint(`failed (${cause}):`, 'red'),
        ...[...messages].map(([text, titles]) => `  ${titles.join(', ')}: ${text}`),
      ].join('\n'),
    )
    .join('\n');
}

/** Terminals that failed in several ways, or are not as they should be, count as refused. */
function exitOfAll<R>(outcomes: readonly Outcome<R>[], view: View<R>): Exit {
  const exits = outcomes.flatMap((outcome) => {
    if (outcome.error) return [exitOf(outcome.error)];
    return view.isGood?.(outcome) === false ? [Exit.Refused] : [];
  });
  const [first = Exit.Done] = exits;
  if (exits.includes(Exit.Interrupted)) return Exit.Interrupted;
  return exits.every((exit) => exit === first) ? first : Exit.Refused;
}
