import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { Output, paint } from '../../host/cli/output.js';
import { table } from '../../host/cli/table.js';
import { printable } from '../../host/printable.js';

/** A serial number that clears the screen, turns text round, and begins a new line. */
const HOSTILE = 'OB\u001b[2J\u009b31m\u007f\r\u202e\u2028\u200bX\nerror: none';
const CONTROLS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

let written: string;
const { isTTY } = process.stdout;
let shown: MockInstance;
beforeEach(() => {
  written = '';
  shown = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
});
afterEach(() => {
  shown.mockRestore();
  process.stdout.isTTY = isTTY;
});

describe('text of a terminal', () => {
  it('is shown with its controls as escapes', () => {
    expect(printable('a\u001bb\u{e0001}')).toBe('a\\u001bb\\udb40\\udc01');
    expect(printable('孙丽 é ’')).toBe('孙丽 é ’');
  });

  it('steers no screen, in a table or in a line', () => {
    new Output(false).result({}, () => `${table(['a', 'b'], [[HOSTILE, '1']])}\n${HOSTILE.replace('\n', '')}`);
    expect(written.replaceAll('\n', '')).not.toMatch(CONTROLS);
    expect(written).toContain('OB\\u001b[2J\\u009b31m\\u007f\\u000d\\u202e\\u2028\\u200bX\\u000aerror');
  });

  it('is the same in JSON, and ASCII where it matters', () => {
    new Output(true).result({ serial: HOSTILE }, () => '');
    expect(written.trimEnd()).not.toMatch(CONTROLS);
    expect(JSON.parse(written)).toEqual({ serial: HOSTILE });
  });

  it('has no colour of its own, although this program paints', () => {
    process.stdout.isTTY = true;
    const saved = process.env.NO_COLOR;
    delete process.env.NO_COLOR;
    new Output(false).say(`${paint('proven', 'green')} \u001b[31mred\u001b[32;1m`);
    if (saved !== undefined) process.env.NO_COLOR = saved;
    expect(written).toBe('\u001b[32mproven\u001b[39m \\u001b[31mred\\u001b[32;1m\n');
  });
});
