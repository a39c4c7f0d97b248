import type { CardTable, SlotWish } from './card-table.js';

/** A method of `Terminal` that changes the terminal. */
export type ChangeMethod =
  'bind' | 'unbind' | 'replace' | 'format' | 'setPolicy' | 'loadKey' | 'setPasswords' | 'setDatetime' | 'reset';

/** A change of a terminal that is about to be made. */
export interface TerminalChange {
  readonly method: ChangeMethod;
  readonly serial: string;
  /** True if a session proved the serial number. False if it was said in clear. */
  readonly proven: boolean;
  /** The table before the change, masked. Absent if there is none, or if it is not about cards. */
  readonly table?: CardTable | undefined;
  /**
   * What slots shall hold, 1 to 8; a bind may leave its slot to the terminal. It has full numbers
   * and names: mask them (`CardJudge.mask`) before you keep them.
   */
  readonly wanted?: readonly { readonly slot?: number | undefined; readonly card: SlotWish }[] | undefined;
  /** Check value of the terminal's key before the change, for `loadKey`. Null if it has none. */
  readonly checkValue?: string | null | undefined;
}

/** What became of a change. */
export interface ChangeOutcome {
  /** Why it failed. Unless the terminal refused it, it may have been made all the same. */
  readonly error?: unknown;
  /** False if the terminal already was as wanted. */
  readonly changed?: boolean | undefined;
  /** True if the terminal proved the outcome in a session. */
  readonly proven?: boolean | undefined;
  /** Of the table; of the policy for `setPolicy`. */
  readonly generation?: number | undefined;
  /** The table after the change, masked. Absent if it could not be read. */
  readonly table?: CardTable | undefined;
  /** Check value of the terminal's key after the change. */
  readonly checkValue?: string | undefined;
}

/**
 * Is told of each change before it is made, and returns what is told the outcome. If it fails,
 * nothing is sent to the terminal. If what it returned fails, the method fails with that error,
 * although the change is made.
 */
export type ChangeHook = (change: TerminalChange) => Promise<(outcome: ChangeOutcome) => Promise<void>>;

/** Makes a change by `act`, and reports it to the hook before and after. */
export async function reported<T>(
  hook: ChangeHook | undefined,
  change: TerminalChange,
  act: () => Promise<T>,
  outcomeOf: (result: T) => ChangeOutcome | Promise<ChangeOutcome>,
): Promise<T> {
  if (!hook) return act();
  const end = await hook(change);
  let result: T;
  try {
    result = await act();
  } catch (error) {
    await end({ error });
    throw error;
  }
  await end(await outcomeOf(result));
  return result;
}
