import type { Consent } from '../fleet/consent.js';
import { askLine, isSomebodyThere } from './input.js';

/**
 * Consent by the options --in-clear and --again. If one is absent, a person at the screen is asked to
 * type the serial number, after `beforeQuestion`. A serial number in an option is good for one
 * terminal: a second one that claims it in the same run gets nothing.
 */
export function consentOf(
  { inClear, again }: { readonly inClear?: readonly string[]; readonly again?: readonly string[] },
  signal: AbortSignal,
  beforeQuestion: () => void,
): Consent {
  let turn: Promise<unknown> = Promise.resolve();
  /** One question at a time: many terminals are loaded at once. */
  const ask = async (serial: string, question: string): Promise<boolean> => {
    if (!isSomebodyThere()) return false;
    const typed = turn.then(() => {
      beforeQuestion();
      return askLine(question, signal);
    });
    turn = typed;
    return (await typed) === serial;
  };
  const given = { inClear: inClear && new Set(inClear), again: again && new Set(again) };
  return {
    inClear: (serial) =>
      given.inClear?.delete(serial) ??
      ask(
        serial,
        `
A terminal on this line claims to be ${serial}
and to have no key. Nothing proves that.
To load it, both components of its key cross this line in clear.
Whoever listens, or only pretends to be ${serial},
has the key then.
Type the serial number to send them, anything else to stop: `,
      ),
    again: (serial, when) =>
      given.again?.delete(serial) ??
      ask(
        serial,
        `
${serial} was loaded before, on ${when},
or its loading was cut off then. If it lost its key since, it was tampered with.
Or this is not ${serial}.
Type the serial number once more to load it, anything else to stop: `,
      ),
  };
}
