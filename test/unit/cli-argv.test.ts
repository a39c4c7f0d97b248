import { describe, expect, it } from 'vitest';
import { refuseNumbers } from '../../host/cli/argv.js';
import { Exit, exitOf } from '../../host/cli/exit.js';
import { errorDocument } from '../../host/cli/output.js';
import { Refusal } from '../../assembly/protocol.js';
import { OctobindError } from '../../host/error.js';
import { redact } from '../../host/redact.js';
import { refusalError } from '../../host/refusals.js';

describe('card numbers on the command line', () => {
  it.each([
    ['a test number', ['bind', '4242424242424242']],
    ['a UnionPay number that fails Luhn', ['bind', '6222040000030012']],
    ['twelve digits', ['123456789015']],
    ['behind a label', ['bind', 'visa:4242424242424242']],
    ['dots', ['bind', '4242.4242.4242.4242']],
    ['in the middle of 25 digits', ['bind', '7777142424242424242427777']],
    ['a number behind another argument of digits', ['bind', '--slot', '3', '4242424242424242']],
    ['nineteen digits', ['bind', '6205500000000000004']],
    ['spaces', ['bind', '4242 4242 4242 4242']],
    ['hyphens', ['bind', '4242-4242-4242-4242']],
    ['an option with =', ['bind', '--pan=4242424242424242']],
    ['the value of an option', ['bind', '--name', '4242424242424242']],
    ['something that looks like an option', ['-4242424242424242']],
    ['arguments side by side', ['bind', '4242', '4242', '4242', '4242']],
    ['full-width digits', ['bind', '４２４２４２４２４２４２４２４２']],
  ])('are refused, and not repeated: %s', (_, args) => {
    let thrown: unknown;
    try {
      refuseNumbers(args);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'USAGE' });
    expect((thrown as Error).message).not.toMatch(/\d{4}/);
  });

  it.each([
    ['eleven digits', ['12345678901']],
    ['a number that fails Luhn', ['bind', '4242424242424241']],
    ['a date and time', ['sim', '--dir', '20261127101530']],
    ['a path with digits', ['apply', '/tmp/4242424242424242/plan.yaml']],
    ['an option with a path', ['sim', '--dir=./4242424242424242']],
    ['an address that passes Luhn', ['list', '--port', '192.168.100.200:7103']],
    ['ordinary options', ['bind', '--slot', '3', '--baud', '115200', '--port', 'tcp://127.0.0.1:4000']],
  ])('are not suspected in %s', (_, args) => {
    expect(() => refuseNumbers(args)).not.toThrow();
  });
});

describe('the output of an error', () => {
  it('withholds card numbers, however they are written', () => {
    for (const number of ['4242424242424242', '4242 4242-4242 4242', '４２４２４２４２４２４２４２４２']) {
      expect(redact(`bad ${number}.`)).toBe('bad (number withheld).');
    }
    expect(redact('at 115200 baud, slot 3 of 12345678901')).toBe('at 115200 baud, slot 3 of 12345678901');
  });

  it('withholds card numbers in errors of any kind', () => {
    expect(errorDocument(new Error('oops 4242424242424242')).message).not.toContain('4242');
    expect(errorDocument(new OctobindError('USAGE', 'oops 4242424242424242')).message).not.toContain('4242');
  });

  it('has the code, the message and the refusal', () => {
    expect(errorDocument(refusalError(Refusal.TableFull))).toMatchObject({ code: 'REFUSED', refusal: 'TableFull' });
  });

  it('names an unproven refusal as a claim, and not as a refusal', () => {
    const document = errorDocument(new OctobindError('NOT_AUTHENTIC', '', { claim: Refusal.SessionMissing }));
    expect(document).toMatchObject({ code: 'NOT_AUTHENTIC', claim: 'SessionMissing' });
    expect(document).not.toHaveProperty('refusal');
  });

  it('comes with an exit code for each kind of error', () => {
    expect(exitOf(refusalError(Refusal.TableFull))).toBe(Exit.Refused);
    expect(exitOf(new OctobindError('PLAN_INVALID', ''))).toBe(Exit.Usage);
    expect(exitOf(new OctobindError('CARD_FILE_MODE', ''))).toBe(Exit.Usage);
    expect(exitOf(new OctobindError('PORT_MISSING', ''))).toBe(Exit.NoLink);
    expect(exitOf(new OctobindError('ABORTED', ''))).toBe(Exit.Interrupted);
    expect(exitOf(new TypeError('a bug'))).toBe(Exit.Refused);
  });
});
