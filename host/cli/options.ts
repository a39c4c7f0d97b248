import { InvalidArgumentError, Option } from 'commander';
import { Role, Size } from '../../assembly/protocol.js';

/** Folder of the emulated terminals, and of the master key's components. */
export const DEFAULT_DIR = '.octobind';

/** Returns an argument parser for commander that takes a whole number from `min` to `max`. */
export function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

export const slotNumber = whole(1, Size.Slots);

/** Refuses a change if the table is no longer the one that the caller saw. */
export function generationOption(): Option {
  return new Option('--generation <n>', 'refuse if the table is not at this generation').argParser(
    whole(0, 0xffff_ffff),
  );
}

export function roleOption(): Option {
  return new Option('--role <role>', 'what the card is for').choices(['payment', 'settlement']).default('payment');
}

export function roleOf(text: string): Role {
  return text === 'settlement' ? Role.Settlement : Role.Payment;
}
