// Builds build/boards/<board>/terminal.elf of build/terminal.wasm, by wasm2c, and says how large it is.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
process.chdir(root);

const [board = 'emcraft-sf2'] = process.argv.slice(2);
const MBEDTLS = 'build/mbedtls';
const out = `build/boards/${board}`;
const generated = `${out}/wasm`;
mkdirSync(`${out}/objects`, { recursive: true });
mkdirSync(generated, { recursive: true });

function run(command, arguments_) {
  const { status, stdout, error } = spawnSync(command, arguments_, { stdio: ['ignore', 'pipe', 2], encoding: 'utf8' });
  if (status === 0) return stdout;
  console.error(error ? `${error.message}. Run npm run setup:board.` : `${command} ${arguments_.join(' ')} failed.`);
  process.exit(1);
}

if (!existsSync(`device/boards/${board}/board.json`)) {
  console.error(`There is no board ${board}. There are: ${readdirSync('device/boards').join(', ')}.`);
  process.exit(2);
}
if (!existsSync(`${MBEDTLS}/library/sha256.c`)) {
  console.error('The source of mbedTLS is not there. Run npm run setup:board.');
  process.exit(1);
}

const { compiler, size, flags, link } = JSON.parse(readFileSync(`device/boards/${board}/board.json`, 'utf8'));
run('wasm2c', ['build/terminal.wasm', '-o', `${generated}/terminal.c`]);
// From its package: the folder that it lies in has the headers of another libc.
copyFileSync('/usr/include/wasm-rt.h', `${generated}/wasm-rt.h`);

const common = [
  ...flags,
  '-std=c11',
  '-DNDEBUG',
  '-ffunction-sections',
  '-fdata-sections',
  '-DWASM_RT_MEMCHECK_SIGNAL_HANDLER=0',
  '-DWASM_RT_USE_STACK_DEPTH_COUNT=0',
  '-DMBEDTLS_CONFIG_FILE="mbedtls-config.h"',
  '-Idevice',
  `-I${generated}`,
  `-isystem${MBEDTLS}/include`,
  ...['', '/everest', '/everest/kremlib'].map((folder) => `-isystem${MBEDTLS}/3rdparty/everest/include${folder}`),
];
const OURS = ['-Wall', '-Wextra', '-Wconversion', '-Wshadow', '-Werror'];
const THEIRS = ['-Wall', '-Werror', `-I${MBEDTLS}/library`];
const WASM = ['-Wall', '-Werror', '-Wno-unused'];

const c = (folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.c'))
    .map((name) => `${folder}/${name}`);
const library = [
  'chacha20',
  'chachapoly',
  'constant_time',
  'hkdf',
  'hmac_drbg',
  'md',
  'memory_buffer_alloc',
  'pkcs5',
  'platform',
  'platform_util',
  'poly1305',
  'sha256',
];
const sources = [
  ...[...c('device'), ...c(`device/boards/${board}`)].map((path) => ({ path, part: 'ours', warnings: OURS })),
  { path: `${generated}/terminal.c`, part: 'firmware', warnings: WASM },
  ...library.map((name) => ({ path: `${MBEDTLS}/library/${name}.c`, part: 'mbedtls', warnings: THEIRS })),
  {
    path: `${MBEDTLS}/3rdparty/everest/library/Hacl_Curve25519_joined.c`,
    part: 'mbedtls',
    warnings: [...THEIRS, `-I${MBEDTLS}/3rdparty/everest/library`],
  },
];

const objects = sources.map(({ path, part, warnings }) => {
  const object = `${out}/objects/${part}-${basename(path, '.c')}.o`;
  run(compiler, [...common, ...warnings, '-c', path, '-o', object]);
  return { object, part };
});
const elf = `${out}/terminal.elf`;
run(compiler, [
  ...flags,
  ...objects.map(({ object }) => object),
  '-Wl,--gc-sections',
  `-Wl,-Map=${out}/terminal.map`,
  ...link,
  '-o',
  elf,
]);

/** Bytes of the sections of a file, as the compiler's `size` counts them. */
function sizes(path) {
  const [, row] = run(size, [path]).trim().split('\n');
  const [text, data, bss] = row.trim().split(/\s+/).map(Number);
  return { text, data, bss };
}

const report = { board, ...sizes(elf) };
console.error(JSON.stringify(report));
writeFileSync(`${out}/size.json`, JSON.stringify(report));
