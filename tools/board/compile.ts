// Steps that compile and link our own C, that of mbedTLS and that of wasm2c, each with its own
// warnings.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import type { Step } from '../make/make.mjs';
import { output, ToolError } from './tool.js';

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
  // Inline each memory access into the function that makes it, so that a trap names that function.
  // It costs 3 KB.
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

export interface Source {
  readonly path: string;
  readonly part: keyof typeof WARNINGS;
}

export interface Program {
  readonly compiler: string;
  readonly flags: readonly string[];
  readonly link?: readonly string[];
  /** Files that the options of `link` read. */
  readonly scripts?: readonly string[];
  readonly sources: readonly Source[];
  /** The folder for objects. */
  readonly folder: string;
  /** Steps that make sources or headers. */
  readonly after?: readonly string[];
  /** The path of the program. */
  readonly out: string;
}

export const filesOf = (folder: string, ending: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name}`);

/** The sources of mbedTLS that the device uses. */
export function mbedtlsSources(): Source[] {
  if (!existsSync(`${MBEDTLS}/library/sha256.c`)) {
    throw new ToolError('The source of mbedTLS is not there. Run npm run setup:board.');
  }
  return [
    ...LIBRARY.map((name) => `${MBEDTLS}/library/${name}.c`),
    `${MBEDTLS}/3rdparty/everest/library/Hacl_Curve25519_joined.c`,
  ].map((path) => ({ path, part: 'mbedtls' }));
}

/** The steps that make a program: one for each object, and a last one with the program's name. */
export function programSteps(program: Program): Step[] {
  const { compiler, flags, link = [], scripts = [], sources, folder, after = [], out } = program;
  mkdirSync(`${folder}/objects`, { recursive: true });
  const versions = { [compiler]: output(compiler, '--version') };
  const objects = sources.map(({ path, part }): Step & { object: string } => {
    const object = `${folder}/objects/${path.replaceAll('/', '-')}.o`;
    const depfile = object.replace(/o$/, 'd');
    return {
      name: object,
      object,
      after,
      inputs: [path],
      depfile,
      versions,
      // -MD, not -MMD: mbedTLS's headers count as system headers, and are dependencies too.
      command: [compiler, ...flags, ...COMMON, ...WARNINGS[part], '-MD', '-MF', depfile, '-c', path, '-o', object],
      outputs: [object],
    };
  });
  const names = objects.map(({ object }) => object);
  return [
    ...objects,
    {
      name: out,
      after: names,
      inputs: [...names, ...scripts],
      versions,
      command: [compiler, ...flags, ...names, '-Wl,--gc-sections', ...link, '-o', out],
      outputs: [out],
    },
  ];
}
