import { expect, it } from 'vitest';
import { Event, Refusal } from '../../assembly/protocol.js';
import { eventText } from '../../host/cli/event-view.js';

it.each([
  [Event.Boot, 3, 'boot: watchdog'],
  [Event.SessionOpened, 2, 'session opened: number 2'],
  [Event.Commit, 7, 'commit: generation 7'],
  [Event.Refusal, Refusal.PanCheckDigit, 'refusal: 258 pan check digit'],
  [Event.Refusal, 4, 'refusal: 4'],
  [Event.Erase, 0, 'erase: sector 0'],
  [Event.Tamper, 1, 'tamper: latched'],
  [Event.Trap, 0x1a2b, 'trap: at 0x1a2b'],
  [99, 5, 'event 99: 5'],
])('shows event %i with value %i by name', (code, value, text) => {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- 99 is a later event
  expect(eventText(code, value)).toBe(text);
});
