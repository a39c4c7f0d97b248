import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, test } from 'vitest';
import { Group, Rc, Refusal } from '../../assembly/protocol.js';
import { messageWithHint } from '../../host/cli/hints.js';
import { errorDocument } from '../../host/cli/output.js';
import { createProgram } from '../../host/cli/program.js';
import { problemsError } from '../../host/document.js';
import { OctobindError } from '../../host/error.js';
import { refusalError } from '../../host/refusals.js';
import { answerError } from '../../host/smp/result.js';

const HOST = join(import.meta.dirname, '../../host');

it('a hint comes before the code that ends the message', () => {
  const error = new OctobindError('KEY_EXISTS', 'There is one.');
  expect(messageWithHint(error)).toBe('There is one. Give another folder with --keys. (KEY_EXISTS)');
  expect(errorDocument(error).message).toBe(messageWithHint(error));
});

it('a hint behind a list has a line of its own', () => {
  const error = problemsError('PLAN_INVALID', 'It names no card file', ['add cards: FILE'], 'card file');
  expect(messageWithHint(error)).toMatch(
    /\n {2}- add cards: FILE\nOr give the card file with --cards\. \(PLAN_INVALID\)$/,
  );
});

test.each([
  [new OctobindError('PORT_MISSING', 'No port.', { subject: 'serial port' }), '`octobind ports`'],
  [new OctobindError('PORT_BUSY', 'Busy.', { subject: 'TCP listener' }), '--tcp'],
  [new OctobindError('CONSENT_MISSING', 'No.', { subject: 'key in clear' }), '--in-clear'],
  [refusalError(Refusal.KeyMissing), '`octobind keys load`'],
  [refusalError(Refusal.FlashForeign), '`octobind format`'],
  [answerError({ rc: Rc.BadState }), '`octobind keys status`'],
])('an error has a hint: %s', (error, hint) => {
  expect(messageWithHint(error as OctobindError)).toContain(hint);
});

test.each([
  [new OctobindError('PORT_MISSING', 'Nothing listens.')],
  [new OctobindError('LINK_CLOSED', 'Closed.')],
  [refusalError(Refusal.TableFull)],
  [answerError({ err: { group: Group.Os, rc: Rc.BadState } })],
])('an error has no hint: %s', (error) => {
  expect(messageWithHint(error as OctobindError)).toBe(error?.message);
});

test('the library names no option and no command of the program', async () => {
  const files = readdirSync(HOST, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.startsWith('cli/'),
  );
  expect(files).toContain('error.ts');
  const program = await createProgram([], () => undefined as never);
  const commands = program.commands.map((command) => command.name());
  const named = new RegExp(`\`octobind (?:${commands.join('|')})\\b|[ (]--[a-z-]+[ ,.\`]`, 'g');
  const told = files.flatMap((file) =>
    [...readFileSync(join(HOST, file), 'utf8').matchAll(named)].map(([found]) => `${file}: ${found}`),
  );
  expect(told).toEqual([]);
});
