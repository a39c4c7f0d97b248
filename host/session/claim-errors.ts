import { LifeCycle, Refusal } from '../../assembly/protocol.js';
import { counted } from '../counted.js';
import { OctobindError } from '../error.js';
import { commandName, type Named, seconds } from '../smp/failure.js';

// Errors for answers without proof. They say what was heard, and that it may not come from the
// terminal.

/** How many tries there were, and how many milliseconds they took. */
export interface Attempts {
  readonly tries: number;
  readonly ms: number;
}

const WORDS: Partial<Record<number, string>> = {
  [Refusal.KeyMissing]: 'it has no key',
  [Refusal.SessionMissing]: 'no session is open',
  [Refusal.NotAuthentic]: 'what it was sent does not prove its key',
  [Refusal.Replayed]: 'it had this message already',
  [Refusal.TooSoon]: 'there were too many failures',
  [Refusal.Tampered]: 'it was tampered with',
};

export function notAuthentic(asked: Named, { tries, ms }: Attempts, said?: OctobindError): OctobindError {
  const last = said
    ? `The last answer said that ${wordsOf(said)}, which anybody on the line can say.`
    : 'The last answer was forged, or spoiled on the way.';
  return new OctobindError(
    'NOT_AUTHENTIC',
    `No answer to ${commandName(asked)} proved that it came from the terminal, in ${counted(tries, 'try', 'tries')} and ${seconds(ms)}. ${last} ` +
      'Try again; every command is safe to repeat. If this goes on, look for another device on the line.',
    { claim: said?.refusal, cause: said },
  );
}

function wordsOf({ code, refusal, waitMs }: OctobindError): string {
  if (code === 'UNSUPPORTED') return 'it does not know the command';
  if (code === 'PROTOCOL') return 'something is wrong, but not what';
  if (refusal === undefined) return 'it refuses';
  const wait = waitMs === undefined ? '' : `, and to wait ${seconds(waitMs)}`;
  return `${WORDS[refusal] ?? 'it refuses'}${wait} (${refusal})`;
}

export function wrongKey(serial: string, { tries }: Attempts, cause: unknown): OctobindError {
  return new OctobindError(
    'KEY_WRONG',
    `No session opened with the key for the terminal ${serial}, in ${counted(tries, 'try', 'tries')}. What answers there says that the key does not fit, ` +
      'which anybody on the line can say.',
    { claim: Refusal.NotAuthentic, cause },
  );
}

/** For a terminal that says it has no keys. Without a key, it cannot prove it. */
export function withoutKey(lifeCycle: LifeCycle.Virgin | LifeCycle.Tampered): OctobindError {
  const unprovenWord = 'That is said in clear, so anybody on the line can say it.';
  if (lifeCycle === LifeCycle.Virgin) {
    return new OctobindError(
      'REFUSED',
      `What answers there says that it has no key yet. ${unprovenWord} Make sure that the terminal is new before you load a key: ` +
        'it crosses the line in clear.',
      { refusal: Refusal.KeyMissing },
    );
  }
  return new OctobindError(
    'REFUSED',
    `What answers there says that it was tampered with and has erased its keys and its cards. ${unprovenWord} ` +
      "Look at the terminal's own screen. If it says the same, contact the bank; it works again once keys are loaded.",
    { refusal: Refusal.Tampered },
  );
}

/**
 * What is there says or proves that it is `found`, and the key is for `wanted`. It got no key and
 * no opening, so it counted no failure.
 */
export function otherTerminal(wanted: string, found = 'another terminal'): OctobindError {
  return new OctobindError(
    'NOT_AUTHENTIC',
    `This is ${found}; the key is ${wanted}'s. Nothing was sent to it. Connect the terminal that the key is for. ` +
      'If it is connected, look for what else is on the line.',
  );
}
