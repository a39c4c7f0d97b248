import { InvalidArgumentError, Option } from 'commander';
import { Role, Size } from '../../assembly/protocol.js';

/** Of emulated terminals, and of the master key's components. */
export const DEFAULT_DIR = '.octobind';

/** A whole number from `min` to `max`, as commander's argument parsers answer it. */
export function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It is a whole number from ${min} to ${max}.`);
  };
}

export const slotNumber = whole(1, Size.Slots);

/** A change is refused when the table is no longer the one that the caller saw. */
export function generationOption(): Option {
  return new Option('--generation <n>', 'refuse unless the table is at this generation').argParser(
    whole(0, 0xffff_ffff),
  );
}

export function roleOption(): Option {
  return new Option('--role <role>', 'what the card is for').choices(['payment', 'settlement']).default('payment');
}

export function roleOf(text: string): Role {
  return text === 'settlement' ? Role.Settlement : Role.Payment;
}
