import type { Consent } from '../fleet/consent.js';
import { printable } from '../printable.js';
import { askLine, isSomebodyThere } from './input.js';

/**
 * Consent by the options --in-clear and --again. If an option is absent, a person at the screen
 * is asked to type the serial number, and `beforeQuestion` is called first. A serial number in an
 * option is good for one terminal. A second terminal that claims it in the same run gets nothing.
 */
export function consentOf(
  { inClear, again }: { readonly inClear?: readonly string[]; readonly again?: readonly string[] },
  signal: AbortSignal,
  beforeQuestion: () => void,
): Consent {
  let turn: Promise<unknown> = Promise.resolve();
  /** Asks one question at a time, although many terminals are loaded at once. */
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
A terminal on this line says that it is ${printable(serial)}
and that it has no key. Nothing proves that.
To load it, both components of its key must cross this line in clear.
Somebody who listens, or who only pretends to be ${printable(serial)},
has the key then.
Type the serial number to send the components, or anything else to stop: `,
      ),
    again: (serial, when) =>
      given.again?.delete(serial) ??
      ask(
        serial,
        `
${printable(serial)} was loaded before, on ${when},
or its loading was interrupted then.
If it has lost its key since, it was tampered with, or this is not ${serial}.
Type the serial number once more to load it, or anything else to stop: `,
      ),
  };
}
