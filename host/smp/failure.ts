import {
  CardCommand,
  EnumerationCommand,
  Group,
  OsCommand,
  SessionCommand,
  StatCommand,
} from '../../assembly/protocol.js';
import { OctobindError } from '../error.js';
import type { Header } from './packet.js';

/** What identifies a command. */
export type Named = Pick<Header, 'group' | 'command'>;

// Errors of the line. `ms` is how long the request waited.

export function unanswered(address: string, request: Named, ms: number, proven: boolean): OctobindError {
  const awaited = { what: `an answer to ${commandName(request)}`, ms };
  if (proven) {
    return new OctobindError(
      'LINK_TIMEOUT',
      `The terminal at ${address} did not answer ${commandName(request)} within ${seconds(ms)}. ` +
        'Check its cable and power, then try again; every command is safe to repeat.',
      { awaited },
    );
  }
  return new OctobindError(
    'NOT_A_TERMINAL',
    `${address} opened, but nothing answered SMP within ${seconds(ms)}. ` +
      'Is it a terminal, is it on, and is the baud rate right?',
    { awaited },
  );
}

/** All requests together took `ms`. */
export function givenUp(address: string, ms: number): OctobindError {
  return new OctobindError(
    'LINK_TIMEOUT',
    `The terminal at ${address} was given up: its replies took longer than ${seconds(ms)} together.`,
    { awaited: { what: 'the last reply', ms } },
  );
}

export function vanished(address: string, ms: number, cause: unknown): OctobindError {
  return new OctobindError(
    'LINK_CLOSED',
    `The link to ${address} was lost and did not come back within ${seconds(ms)}. Plug the terminal in again, then try again.`,
    { awaited: { what: 'the link to come back', ms }, cause },
  );
}

export function keepsClosing(address: string, request: Header, ms: number): OctobindError {
  return new OctobindError(
    'LINK_CLOSED',
    `${address} opened, but was closed from the other side each time. Is another program using the terminal?`,
    { awaited: { what: `an answer to ${commandName(request)}`, ms } },
  );
}

export function neverOpened(address: string, ms: number): OctobindError {
  return new OctobindError(
    'LINK_TIMEOUT',
    `The link to ${address} did not open within ${seconds(ms)}. Check the address and the network.`,
    { awaited: { what: 'the link to open', ms } },
  );
}

export function notOpened(address: string, cause: unknown): OctobindError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new OctobindError('LINK_FAILED', `The link to ${address} did not open: ${reason}. Check the address.`, {
    cause,
  });
}

export function closedByCaller(request: Named): OctobindError {
  return new OctobindError(
    'LINK_CLOSED',
    `This program closed the link before ${commandName(request)} was answered. Open a new link to go on.`,
  );
}

export function aborted(request: Named, signal: AbortSignal): OctobindError {
  return new OctobindError(
    'ABORTED',
    `${commandName(request)} was given up. The terminal may have done it all the same: list its cards to see.`,
    { cause: signal.reason },
  );
}

const COMMANDS: Partial<Record<number, Record<number, string>>> = {
  [Group.Os]: OsCommand,
  [Group.Stat]: StatCommand,
  [Group.Enumeration]: EnumerationCommand,
  [Group.Session]: SessionCommand,
  [Group.Card]: CardCommand,
};

export function commandName({ group, command }: Named): string {
  const name = COMMANDS[group]?.[command];
  return name === undefined ? `command ${command} of group ${group}` : name.toLowerCase();
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
