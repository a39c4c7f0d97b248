import { expect, test } from 'vitest';
import { Refusal } from '../../assembly/protocol.js';
import { OctobindError } from '../../host/error.js';
import { refusalError, refusalSentence } from '../../host/refusals.js';

test('an error ends its message with the code, and keeps the cause and what was awaited', () => {
  const cause = new Error('EIO');
  const error = new OctobindError('LINK_TIMEOUT', 'Nothing came. Try again.', {
    awaited: { what: 'echo', ms: 5 },
    cause,
  });
  expect(error.message).toBe('Nothing came. Try again. (LINK_TIMEOUT)');
  expect(error).toMatchObject({ name: 'OctobindError', code: 'LINK_TIMEOUT', awaited: { what: 'echo', ms: 5 }, cause });
  expect(Object.keys(error)).not.toContain('refusal');
});

const refusals = Object.values(Refusal).filter(
  (value): value is Refusal => typeof value === 'number' && value !== Refusal.None,
);

test.each(refusals)('refusal %i has two sentences of its own: what is wrong, and what to do', (refusal) => {
  const sentence = refusalSentence(refusal);
  expect(sentence).not.toMatch(/does not know. Update octobind/);
  expect(sentence).toMatch(/^[A-Z].+\. .+\.$/);
  expect(refusals.filter((other) => refusalSentence(other) === sentence)).toEqual([refusal]);
});

const LATER: unknown = 999;

test('a refusal of a later release is named by its number', () => {
  expect(refusalSentence(LATER as Refusal)).toContain('999');
});

test('a refusal names its slot', () => {
  const error = refusalError(Refusal.PanCheckDigit, { slot: 3 });
  expect(error).toMatchObject({ code: 'REFUSED', refusal: Refusal.PanCheckDigit, slot: 3 });
  expect(error.message).toMatch(/^Slot 3: .*\(REFUSED\)$/);
});
