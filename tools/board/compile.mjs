// Compiles and links C of ours, of mbedTLS, and of wasm2c, each by its own measure.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';

const MBEDTLS = 'build/mbedtls';
const LIBRARY = [
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

const WARNINGS = {
  ours: ['-Wall', '-Wextra', '-Wconversion', '-Wshadow', '-Werror'],
  tests: ['-Wall', '-Wextra', '-Werror'],
  // Accesses to memory stay inside the functions that make them, so that a trap tells which one it was; that takes 3 KB.
  firmware: ['-Wall', '-Wno-unused', '-Werror', '-Dinline=inline __attribute__((always_inline))'],
  mbedtls: ['-Wall', '-Werror', `-I${MBEDTLS}/library`, `-I${MBEDTLS}/3rdparty/everest/library`],
};

const COMMON = [
  '-std=gnu11',
  '-DNDEBUG',
  '-ffunction-sections',
  '-fdata-sections',
  '-DMBEDTLS_CONFIG_FILE="mbedtls-config.h"',
  '-Idevice',
  '-Ibuild/generated',
  ...[
    'include',
    '3rdparty/everest/include',
    '3rdparty/everest/include/everest',
    '3rdparty/everest/include/everest/kremlib',
  ].map((folder) => `-isystem${MBEDTLS}/${folder}`),
];

/** Runs a tool and answers what it prints; ends the program where that fails. */
export function run(command, arguments_) {
  const { status, stdout, error } = spawnSync(command, arguments_, { stdio: ['ignore', 'pipe', 2], encoding: 'utf8' });
  if (status === 0) return stdout;
  console.error(error ? `${error.message}. Run npm run setup:board.` : `${command} ${arguments_.join(' ')} failed.`);
  process.exit(1);
}

export const cFilesOf = (folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.c'))
    .map((name) => `${folder}/${name}`);

/** The sources of mbedTLS that the device uses, for `compile`. */
export function mbedtlsSources() {
  if (!existsSync(`${MBEDTLS}/library/sha256.c`)) {
    console.error('The source of mbedTLS is not there. Run npm run setup:board.');
    process.exit(1);
  }
  return [
    ...LIBRARY.map((name) => `${MBEDTLS}/library/${name}.c`),
    `${MBEDTLS}/3rdparty/everest/library/Hacl_Curve25519_joined.c`,
  ].map((path) => ({ path, part: 'mbedtls' }));
}

/**
 * Makes the program `out` of sources, each with the part that it belongs to: `ours`, `tests`, `firmware` or `mbedtls`. Answers its objects, with their parts.
 */
export function compile({ compiler, flags, link = [], sources, folder, out }) {
  mkdirSync(`${folder}/objects`, { recursive: true });
  const objects = sources.map(({ path, part }) => {
    const object = `${folder}/objects/${path.replaceAll('/', '-')}.o`;
    run(compiler, [...flags, ...COMMON, ...WARNINGS[part], '-c', path, '-o', object]);
    return { object, part };
  });
  run(compiler, [...flags, ...objects.map(({ object }) => object), '-Wl,--gc-sections', ...link, '-o', out]);
  return objects;
}
