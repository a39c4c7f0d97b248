import { Event, Refusal, TamperStage } from '../../assembly/protocol.js';
import { resetName } from './names.js';

/** What each event's value means: docs/HAL.md, "Events". */
const VALUES: Record<Event, (value: number) => string> = {
  [Event.Boot]: resetName,
  [Event.SessionOpened]: (value) => `number ${value}`,
  [Event.SessionEnded]: (value) => `number ${value}`,
  [Event.Commit]: (value) => `generation ${value}`,
  [Event.Refusal]: (value) => `${value}${value in Refusal ? ` ${words(Refusal[value] ?? '')}` : ''}`,
  [Event.Erase]: (value) => `sector ${value}`,
  [Event.Retirement]: (value) => `sector ${value}`,
  [Event.Tamper]: (value) => words(TamperStage[value] ?? String(value)),
  [Event.Trap]: (value) => `at 0x${value.toString(16)}`,
};

/** An event for people: `commit: generation 7`. */
export function eventText(code: Event, value: number): string {
  // Firmware of a later release may report an event that this release has no name for.
  const describe = (VALUES as Partial<Record<number, (value: number) => string>>)[code];
  return describe ? `${words(Event[code])}: ${describe(value)}` : `event ${code}: ${value}`;
}

function words(name: string): string {
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}
