// Compiles test/device/secrets.c for this machine, and runs it: `npm run test:device -- [every]`.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compile, mbedtlsSources } from '../../tools/board/compile.mjs';

process.chdir(fileURLToPath(new URL('../..', import.meta.url)));
const folder = 'build/device-test';
const out = `${folder}/secrets`;
compile({
  compiler: 'gcc',
  flags: ['-O2', '-g'],
  sources: [
    { path: 'test/device/secrets.c', part: 'tests' },
    { path: 'device/secrets.c', part: 'ours' },
    { path: 'device/crypto.c', part: 'ours' },
    ...mbedtlsSources(),
  ],
  folder,
  out,
});
const { status } = spawnSync(out, process.argv.slice(2), { stdio: ['ignore', 'inherit', 'inherit'] });
process.exitCode = status ?? 1;
