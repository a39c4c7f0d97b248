import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { instantiateFirmware } from '../../host/firmware/firmware.js';
import { firmwareModule } from '../../host/firmware/file.js';
import { memoryMap } from '../support/memory-map.js';

const DOCUMENT = readFileSync(new URL('../../docs/MEMORY.md', import.meta.url), 'utf8');

const instance = () => {
  const imports = WebAssembly.Module.imports(firmwareModule());
  return instantiateFirmware(firmwareModule(), Object.fromEntries(imports.map(({ name }) => [name, () => 0])));
};

it('the firmware uses its memory as docs/MEMORY.md says, to the byte', () => {
  const { places, end } = memoryMap();
  const bytes = new Map<string, number>();
  for (const place of places) bytes.set(place.module, (bytes.get(place.module) ?? 0) + place.bytes);
  const rows = DOCUMENT.matchAll(/^\| ([\w-]+(?:\/[\w-]+)?) \| (\d+) \|/gm);
  expect(Object.fromEntries([...rows].map(([, module, count]) => [module, Number(count)]))).toEqual(
    Object.fromEntries(bytes),
  );
  expect(DOCUMENT).toContain(`${end.toLocaleString('en')} bytes`);
  expect(instance().memoryEnd()).toBe(end);
  expect(end).toBeLessThanOrEqual(12_288);
});

it('the firmware has no constant in memory but the table of a checksum, so no string', () => {
  const { places } = memoryMap();
  const { memory } = instance();
  const bytes = new Uint8Array(memory.buffer);
  const constant = places.findIndex(({ module }) => module === 'store/crc32');
  const from = 8 + places.slice(0, constant).reduce((sum, place) => sum + place.bytes, 0);
  bytes.fill(0, from, from + (places[constant]?.bytes ?? 0));
  expect(bytes.findIndex((byte) => byte !== 0)).toBe(-1);
});
