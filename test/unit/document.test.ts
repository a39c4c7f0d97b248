import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseDocumentAs } from '../../host/document.js';
import { OctobindError } from '../../host/error.js';

const slot = z.union(
  [z.string(), z.strictObject({ card: z.string(), role: z.enum(['payment', 'settlement']).optional() })],
  { error: 'a slot is a label, or a card with a role' },
);
const schema = z.strictObject({
  cards: z.string({ error: 'give the path of the card file' }),
  slots: z.record(z.string(), slot).optional(),
});

/** What is wrong, a line each. */
function problemsOf(text: string): string[] {
  try {
    parseDocumentAs(schema, text, 'a.yaml', 'PLAN_INVALID');
  } catch (error) {
    if (!(error instanceof OctobindError)) throw error;
    return error.message.split('\n').flatMap((line) => /^ {2}- (.*)$/.exec(line)?.[1] ?? []);
  }
  return [];
}

describe('the problems of a file', () => {
  it.each([
    ['cards: a\nslots:\n\t1: x', 'line 3: a tab at the beginning of a line: use spaces'],
    ['cards: a\ncards: b', 'line 2: the same key a second time'],
    ['cards: "a', 'line 1: a character is missing'],
    ['cards: a: b', 'line 1: two keys in one place'],
    ['cards: a\n---\ncards: b', 'line 2: a second document begins'],
    ['cards: @a', 'line 1: a text cannot begin with this character'],
    ['cards: "\\q"', 'line 1: a backslash in double quotes'],
    ['cards: a\n slots: b', 'line 1: two keys in one place'],
  ])('of syntax are a line and a sentence without a code: %j', (text, expected) => {
    const [problem = ''] = problemsOf(text);
    expect(problem).toContain(expected);
    expect(problem).not.toMatch(/[A-Z]{3,}_/);
  });

  it('name a wrong role, and the one that was meant', () => {
    expect(problemsOf('cards: a\nslots:\n  1: visa\n  2: { card: b, role: setlement }')).toEqual([
      'line 4: slots.2.role: setlement is wrong, did you mean settlement? It is payment or settlement',
    ]);
  });

  it('name a wrong key, and the one that was meant', () => {
    expect(problemsOf('cards: a\nslot: {}')).toEqual(['line 2: slot is no key, did you mean slots?']);
    expect(problemsOf('cards: a\nslots:\n  1:\n    card: b\n    rle: payment')).toEqual([
      'line 5: slots.1: rle is no key, did you mean role?',
    ]);
  });

  it('quote no value and no key that is like none of the right ones', () => {
    const problems = problemsOf('cards: a\nhunter2: x\nslots: { 1: { card: b, role: hunter2 } }');
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toContain('hunter2');
    expect(problems[0]).toContain('line 3: slots.1.role: It is payment or settlement');
    expect(problems[1]).toBe('line 2: there is no such key');
  });

  it('say what is missing, with the line of the place', () => {
    expect(problemsOf('\nslots: { 1: { role: payment } }')).toEqual([
      'line 2: cards: give the path of the card file',
      'line 2: slots.1.card: it is missing',
    ]);
    expect(problemsOf('')).toEqual([expect.any(String)]);
  });
});
