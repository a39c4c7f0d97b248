import { OctobindError } from '../error.js';

/**
 * Refuses a command line that carries a card number, without repeating it. A shell keeps its history, and every user of
 * the machine sees the arguments of a running program. Digits that stand in arguments of their own, side by side, count
 * as one number: that is what an unquoted `4242 4242 …` becomes.
 */
export function refuseNumbers(args: readonly string[]): void {
  let run = '';
  for (const arg of args) {
    const value = arg.startsWith('--') ? arg.slice(arg.indexOf('=') + 1) : arg;
    const digits = value.normalize('NFKC').replace(/[\s-]/g, '');
    run = /^\d+$/.test(digits) ? run + digits : '';
    if (isNumber(digits) || isNumber(run)) {
      throw new OctobindError(
        'USAGE',
        'A card number does not belong on the command line: the shell keeps it in its history, and other users can see it. ' +
          'Remove it from the history, then give it at the hidden prompt, on standard input or in a card file.',
      );
    }
  }
}

function isNumber(digits: string): boolean {
  return /^\d{12,19}$/.test(digits);
}
