// Builds build/boards/<board>/terminal.elf of build/terminal.wasm, by wasm2c, and says how large it is.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cFilesOf, compile, mbedtlsSources, run } from './compile.mjs';
import { vectorsHeader } from './vectors.mjs';

process.chdir(fileURLToPath(new URL('../..', import.meta.url)));

const [board = 'emcraft-sf2'] = process.argv.slice(2);
const description = `device/boards/${board}/board.json`;
if (!existsSync(description)) {
  console.error(`There is no board ${board}. There are: ${readdirSync('device/boards').join(', ')}.`);
  process.exit(2);
}
const { compiler, size, flags, link, with: others = [] } = JSON.parse(readFileSync(description, 'utf8'));
const folder = `build/boards/${board}`;
const generated = `${folder}/wasm`;
mkdirSync(generated, { recursive: true });
console.error(`Building ${folder}/terminal.elf …`);
run('wasm2c', ['build/terminal.wasm', '-o', `${generated}/terminal.c`]);
// From its package: the folder that it lies in has the headers of another libc.
copyFileSync('/usr/include/wasm-rt.h', `${generated}/wasm-rt.h`);
writeFileSync(`${generated}/vectors.h`, vectorsHeader());

const out = `${folder}/terminal.elf`;
compile({
  compiler,
  flags: [...flags, '-DWASM_RT_MEMCHECK_SIGNAL_HANDLER=0', '-DWASM_RT_USE_STACK_DEPTH_COUNT=0', `-I${generated}`],
  link: [...link, `-Wl,-Map=${folder}/terminal.map`],
  sources: [
    ...[...cFilesOf('device'), ...cFilesOf(`device/boards/${board}`), ...others].map((path) => ({
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
// The stack and the linear memory are part of it.
const report = { board, text: text - mbedtls, mbedtls, ram: data + bss };
writeFileSync(`${folder}/size.json`, JSON.stringify(report));
console.error(
  `text ${report.text} bytes, of mbedTLS ${mbedtls}; RAM ${report.ram} bytes, stack and linear memory included`,
);

/** Bytes of the section `.text` that come from the objects of a part, by the linker's map. */
function textOf(part, map) {
  const [, section = ''] = /^\.text\b([\s\S]*?)^\.\w/m.exec(map.slice(map.indexOf('Linker script'))) ?? [];
  const pieces = section.matchAll(/0x[0-9a-f]+\s+(0x[0-9a-f]+) \S*objects\/(\S+)$/gm);
  return [...pieces].filter(([, , object]) => object.includes(part)).reduce((sum, [, size]) => sum + Number(size), 0);
}
