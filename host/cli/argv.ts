import { OctobindError } from '../error.js';
import { holdsNumber } from '../redact.js';

/** A path that says that it is one, or a URL. A timestamp in a name may look like a number. */
const PLACE = /^(?:--[^=]+=)?(?:\.{0,2}\/|~\/|[a-z]+:\/\/)/i;

/**
 * Refuses a command line that contains a card number, and does not repeat the number. A shell
 * keeps it in its history, and every user of the machine can see the arguments of a running
 * program. A number that is typed with spaces and without quotes becomes several arguments, so
 * they are judged together. Code: `USAGE`.
 */
export function refuseNumbers(args: readonly string[]): void {
  const judged = args.map((arg) => (PLACE.test(arg) ? 'path' : arg));
  if (!holdsNumber(judged.join(' '))) return;
  throw new OctobindError(
    'USAGE',
    'A card number must not be on the command line: the shell keeps it in its history, and other users can see it. ' +
      `Remove it from the history. ${npmHint()}` +
      'Then give the number at the hidden prompt, on standard input or in a card file. ' +
      'If it is a path, begin it with ./ or /.',
  );
}

/** npm and npx write their arguments to a log that others can read. */
function npmHint(): string {
  const { npm_lifecycle_event: script, npm_config_logs_dir: logs, npm_config_cache: cache = '~/.npm' } = process.env;
  if (script === undefined) return '';
  const folder = logs ? logs : `${cache}/_logs`;
  const form = script === 'npx' ? 'node_modules/.bin/octobind' : './octobind';
  return `npm wrote it to its own log too: delete the newest files in ${folder}. npm does not log what you give to \`${form}\`. `;
}
