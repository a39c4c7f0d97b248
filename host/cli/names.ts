import { FlashState, Group, LifeCycle, ResetCause, Role, Scheme } from '../../assembly/protocol.js';

const SCHEMES: Record<Scheme, string> = {
  [Scheme.Unknown]: 'unknown',
  [Scheme.Visa]: 'Visa',
  [Scheme.Mastercard]: 'Mastercard',
  [Scheme.AmericanExpress]: 'American Express',
  [Scheme.DinersClub]: 'Diners Club',
  [Scheme.Discover]: 'Discover',
  [Scheme.Jcb]: 'JCB',
  [Scheme.UnionPay]: 'UnionPay',
  [Scheme.Maestro]: 'Maestro',
  [Scheme.Mir]: 'Mir',
  [Scheme.Troy]: 'Troy',
  [Scheme.Elo]: 'Elo',
  [Scheme.Hiper]: 'Hiper',
  [Scheme.Hipercard]: 'Hipercard',
  [Scheme.Naranja]: 'Naranja',
  [Scheme.Verve]: 'Verve',
};

const ROLES: Record<Role, string> = {
  [Role.Empty]: 'empty',
  [Role.Payment]: 'payment',
  [Role.Settlement]: 'settlement',
};

const STATES: Record<FlashState, string> = {
  [FlashState.Ready]: 'ready',
  [FlashState.Blank]: 'blank',
  [FlashState.Foreign]: 'foreign',
  [FlashState.OtherGeometry]: 'other geometry',
  [FlashState.Damaged]: 'damaged',
  [FlashState.Unsupported]: 'unsupported geometry',
  [FlashState.Worn]: 'worn out, read only',
  [FlashState.Forged]: 'forged',
  [FlashState.Locked]: 'locked',
};

const LIVES: Record<LifeCycle, string> = {
  [LifeCycle.Virgin]: 'virgin',
  [LifeCycle.Keyed]: 'keyed',
  [LifeCycle.InService]: 'in service',
  [LifeCycle.Tampered]: 'tampered',
};

const RESETS: Record<ResetCause, string> = {
  [ResetCause.Power]: 'power',
  [ResetCause.Asked]: 'reset',
  [ResetCause.Trap]: 'trap',
  [ResetCause.Watchdog]: 'watchdog',
};

/** Firmware of a later release may send a number that this release has no name for. */
function named(names: Partial<Record<number, string>>): (value: number) => string {
  return (value) => names[value] ?? `number ${value}`;
}

/** The name in the enum, which stays the same when the text for people changes. */
export function schemeCode(scheme: Scheme): string | number {
  return (Scheme as Partial<Record<number, string>>)[scheme] ?? scheme;
}

/** An SMP group of a terminal, with its number: `session (65)`. */
export function groupName(group: number): string {
  const name = (Group as Partial<Record<number, string>>)[group];
  return name === undefined ? String(group) : `${name.toLowerCase()} (${group})`;
}

export const schemeName = named(SCHEMES);
export const roleName = named(ROLES);
export const stateName = named(STATES);
export const lifeCycleName = named(LIVES);
export const resetName = named(RESETS);

/** How to start this program, for commands that it tells people to type. */
export function self(): string {
  const { OCTOBIND_SELF: checkout, npm_lifecycle_event: script } = process.env;
  if (checkout !== undefined) return checkout;
  if (script === undefined) return 'octobind';
  // npm logs the arguments of a script, so its own form is not recommended.
  return script === 'npx' ? 'npx octobind' : './octobind';
}
