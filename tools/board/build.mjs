// Builds build/boards/<board>/terminal.elf of build/terminal.wasm, by wasm2c, and says how large it is.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BOARDS } from '../../build/host/sim/board/machines.js';
import { cFilesOf, compile, mbedtlsSources, run } from './compile.mjs';
import { stackOf } from './stack.mjs';
import { vectorsHeader } from './vectors.mjs';
import { wasmHeader } from './wasm.mjs';

process.chdir(fileURLToPath(new URL('../..', import.meta.url)));

const WASM2C = '1.0.32';

const [board = 'emcraft-sf2'] = process.argv.slice(2);
const description = `device/boards/${board}/board.json`;
if (!existsSync(description)) {
  console.error(`There is no board ${board}. There are: ${readdirSync('device/boards').join(', ')}.`);
  process.exit(2);
}
const settings = (of) => JSON.parse(readFileSync(`device/boards/${of}/board.json`, 'utf8'));
const own = settings(board);
// One that is like another has its sources and its way of being linked.
const { compiler, size, flags, link, with: others = [] } = own.like ? { ...settings(own.like), ...own } : own;
const home = `device/boards/${own.like ?? board}`;
const folder = `build/boards/${board}`;
const generated = `${folder}/wasm`;
mkdirSync(generated, { recursive: true });
// Later ones name what they make otherwise, and want another runtime.
const wasm2c = run('wasm2c', ['--version']).trim();
if (wasm2c !== WASM2C) {
  console.error(`device/runtime.c fits wasm2c ${WASM2C}, which is Debian 12's package wabt. This is ${wasm2c}.`);
  process.exit(1);
}
console.error(`Building ${folder}/terminal.elf …`);
run('wasm2c', ['build/terminal.wasm', '-o', `${generated}/terminal.c`]);
// From its package: the folder that it lies in has the headers of another libc.
copyFileSync('/usr/include/wasm-rt.h', `${generated}/wasm-rt.h`);
writeFileSync(`${generated}/vectors.h`, vectorsHeader());
writeFileSync(`${generated}/wasm.h`, wasmHeader());

const out = `${folder}/terminal.elf`;
compile({
  compiler,
  flags: [
    ...flags,
    '-DWASM_RT_MEMCHECK_SIGNAL_HANDLER=0',
    '-DWASM_RT_USE_STACK_DEPTH_COUNT=0',
    `-I${generated}`,
    `-I${home}`,
    ...others.filter((path) => !path.endsWith('.c')).map((path) => `-I${path}`),
  ],
  link: [...link, `-Wl,-Map=${folder}/terminal.map`],
  sources: [
    ...[
      ...cFilesOf('device'),
      ...cFilesOf(home),
      ...others.flatMap((path) => (path.endsWith('.c') ? [path] : cFilesOf(path))),
    ].map((path) => ({
      path,
      part: 'ours',
    })),
    { path: `${generated}/terminal.c`, part: 'firmware' },
    ...mbedtlsSources(),
  ],
  folder,
  out,
});

const [, row] = run(size, [out]).trim().split('\n');
const [text, data, bss] = row.trim().split(/\s+/).map(Number);
const mbedtls = textOf('mbedtls', readFileSync(`${folder}/terminal.map`, 'utf8'));
const report = { board, text: text - mbedtls, mbedtls, data, bss, linearMemory: bytesOf('memory') };
if (BOARDS.includes(board)) Object.assign(report, await stackOf(board, out));
writeFileSync(`${folder}/size.json`, JSON.stringify(report));
const bytes = (count) => `${count.toLocaleString('en')} bytes`;
console.error(`text ${bytes(report.text)}, and ${bytes(mbedtls)} of mbedTLS; data ${bytes(data)}, bss ${bytes(bss)}`);
console.error(`of these, linear memory ${bytes(report.linearMemory)}`);
if (report.stack)
  console.error(`and stack ${bytes(report.stack)}, of which ${bytes(report.stackUsed)} were used at most`);

/** Bytes of a variable. */
function bytesOf(name) {
  const [, bytes] = new RegExp(`^\\S+ (\\S+) \\S ${name}$`, 'm').exec(run(size.replace(/size$/, 'nm'), ['-S', out]));
  return parseInt(bytes, 16);
}

/** Bytes of the section `.text` that come from the objects of a part, by the linker's map. */
function textOf(part, map) {
  const [, section = ''] = /^\.text\b([\s\S]*?)^\.\w/m.exec(map.slice(map.indexOf('Linker script'))) ?? [];
  const pieces = section.matchAll(/0x[0-9a-f]+\s+(0x[0-9a-f]+) \S*objects\/(\S+)$/gm);
  return [...pieces].filter(([, , object]) => object.includes(part)).reduce((sum, [, size]) => sum + Number(size), 0);
}
