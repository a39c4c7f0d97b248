import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Event, Size } from '../../assembly/protocol.js';
import { EmulatedTerminal } from '../../host/emulator/index.js';
import { firmwareModule } from '../../host/firmware/file.js';
import { halImports } from '../../tools/hal-header.js';

const PAGE = readFileSync(new URL('../../docs/HAL.md', import.meta.url), 'utf8');
const [IMPORTS = '', EXPORTS = ''] = PAGE.split('## Exports');

/** The functions in the first column of the page's tables, with their parameters. */
const rowsOf = (text: string): string[] => [...text.matchAll(/^\| `(\w+\([^)]*\))`/gm)].map(([, row = '']) => row);

it('docs/HAL.md lists the imports that assembly/hal.ts declares, with their parameters', () => {
  const declared = halImports().map(({ name, parameters }) => `${name}(${parameters.join(', ')})`);
  expect(rowsOf(IMPORTS).sort()).toEqual(declared.sort());
  expect(PAGE).toContain(`This page is version ${Size.HalVersion}.`);
});

it('docs/HAL.md lists every export of the firmware', () => {
  const named = rowsOf(EXPORTS).map((row) => row.replace(/\(.*/, ''));
  const exported = WebAssembly.Module.exports(firmwareModule()).map(({ name }) => name);
  expect([...named, 'memory'].sort()).toEqual(exported.sort());
});

it('docs/HAL.md lists every event, by name and number', () => {
  const members = Object.entries(Event).filter(([, value]) => typeof value === 'number');
  const rows = [...PAGE.matchAll(/`([A-Z]\w+)` (\d+)(?= \||, `)/g)].map(([, name = '', code]) => [name, Number(code)]);
  expect(rows).toEqual(members);
});

it('assembly/hal.ts declares no import that the firmware does not use', () => {
  const used = WebAssembly.Module.imports(firmwareModule()).map(({ name }) => name);
  expect(used.sort()).toEqual(
    halImports()
      .map(({ name }) => name)
      .sort(),
  );
});

it('the firmware reports a boot as an event', () => {
  const terminal = new EmulatedTerminal({ serial: 'OB-EVENT' });
  const events: [Event, number][] = [];
  terminal.onEvent = (code, value) => events.push([code, value]);
  terminal.powerOn();
  expect(events).toEqual([[Event.Boot, 0]]);
});
