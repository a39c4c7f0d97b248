import { OctobindError, reasonOf } from '../error.js';

/** A part of a terminal that is kept in a file. */
interface Kept<R extends unknown[], T, W extends unknown[]> {
  read(...args: R): T;
  write(...args: W): void;
}

/**
 * Tells why a file cannot be written: to the firmware, that is a device that fails, which gives no
 * reason. A reason is told once, until a write works again.
 */
export function tellingErrors<R extends unknown[], T, W extends unknown[]>(
  kept: Kept<R, T, W>,
  file: string,
  tell: (message: string) => void,
): Kept<R, T, W> {
  let told = '';
  return {
    read: (...args) => kept.read(...args),
    write(...args) {
      try {
        kept.write(...args);
        told = '';
      } catch (error) {
        const reason = error instanceof OctobindError ? error.message : reasonOf(error);
        if (reason !== told) tell(`The ${file} cannot be written: ${reason}. The firmware sees a device that fails.`);
        told = reason;
        throw error;
      }
    },
  };
}
