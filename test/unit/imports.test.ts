import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What tools/imports.mjs says of a tree. */
function check(root: string): string[] {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'tools/imports.mjs'), root], { encoding: 'utf8' });
  const problems = stderr.split('\n').filter(Boolean);
  expect(status).toBe(problems.length > 0 ? 1 : 0);
  return problems;
}

it('finds nothing wrong with the sources as they are', () => {
  expect(check(ROOT)).toEqual([]);
});

describe('of sources that were spoiled', () => {
  const added: Record<string, string> = {
    'host/smp/counters.ts': "import type { Session } from '../session/session.js';",
    'host/clock.ts': "import './crypto/expand.js';",
    'host/cards/card-judge.ts': "export * from '../terminal/flash-state.js';",
    'host/smp/failure.ts': "import '../../assembly/clock.js';",
    'host/attic/box.ts': 'export {};',
    'assembly/store/crc32.ts': "import { open } from '../session/channel';",
    'host/smp/crc16.ts': "import './frame.js';",
    'host/link/link.ts': "import type { Duplex } from 'node:stream';",
    'host/redact.ts': "export const later = () => import('fs');",
    'host/bytes.ts': "import 'serialport';",
    'host/emulator/rtc.ts': "import '../screen/font.js';",
    'host/sim/firmware-file.ts': 'export {};',
  };
  let copy: string;
  let problems: string[];
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'octobind-imports-'));
    for (const tree of ['host', 'assembly']) cpSync(join(ROOT, tree), join(copy, tree), { recursive: true });
    for (const [file, text] of Object.entries(added)) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      appendFileSync(join(copy, file), `${text}\n`);
    }
    const json = readFileSync(join(ROOT, 'package.json'), 'utf8');
    const spoiled = json.replace('./build/host/firmware/file.js', './build/host/sim/firmware-file.js');
    writeFileSync(join(copy, 'package.json'), spoiled);
    problems = check(copy);
  });
  afterAll(() => rmSync(copy, { recursive: true }));

  it.each([
    ['an import up the list', 'host/smp/counters.ts imports host/session/session.ts, which is not below it'],
    ['an import from the floor', 'host/clock.ts imports host/crypto/expand.ts, which is not below it'],
    [
      'an import on the same line',
      'host/cards/card-judge.ts imports host/terminal/flash-state.ts, which is not below it',
    ],
    ["an import of the firmware's sources", 'host/smp/failure.ts imports assembly/clock.ts, which is outside of host/'],
    ['a room on no list', 'host/attic/box.ts: the room host/attic is not in the list of tools/imports.mjs'],
    ['an import in the firmware', 'assembly/store/crc32.ts imports assembly/session/channel.ts, which is not below it'],
    // What an alias is in Node counts, too.
    ['an alias', 'host/cards/card-judge.ts imports host/sim/firmware-file.ts, which is not below it'],
    ['a circle', /^Imports run in a circle: .*host\/smp\/crc16\.ts → host\/smp\/frame\.ts/],
    ["a type of Node's", /^host\/browser\.ts → .*host\/link\/link\.ts imports node:stream, which no browser has$/],
    ["a module of Node's by its old name", /host\/redact\.ts imports fs, which no browser has$/],
    [
      'what would make the core larger',
      /^host\/emulator\/index\.ts → .*host\/emulator\/rtc\.ts → host\/screen\/font\.ts imports fflate, which is not in the list/,
    ],
    ['a package', /host\/bytes\.ts imports serialport, which is not in the list of packages for a browser$/],
  ])('tells of %s', (_what, problem) => {
    expect(problems).toContainEqual(typeof problem === 'string' ? problem : expect.stringMatching(problem));
  });

  it('tells each once', () => {
    expect(new Set(problems).size).toBe(problems.length);
  });
});
