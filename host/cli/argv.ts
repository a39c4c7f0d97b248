import { OctobindError } from '../error.js';

/**
 * Refuses a command line that contains a card number, and does not repeat the number. A shell
 * keeps it in its history, and every user of the machine can see the arguments of a running
 * program. Arguments of only digits, side by side, count as one number: a number that is typed
 * with spaces and without quotes becomes such arguments. Code: `USAGE`.
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
        'A card number must not be on the command line: the shell keeps it in its history, and other users can see it. ' +
          'Remove it from the history. Then give it at the hidden prompt, on standard input or in a card file.',
      );
    }
  }
}

function isNumber(digits: string): boolean {
  return /^\d{12,19}$/.test(digits);
}
