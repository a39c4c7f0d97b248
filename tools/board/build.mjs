// Builds build/boards/<board>/terminal.elf of build/terminal.wasm, by wasm2c, and says how large it is.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cFilesOf, compile, mbedtlsSources, run } from './compile.mjs';

process.chdir(fileURLToPath(new URL('../..', import.meta.url)));

const [board = 'emcraft-sf2'] = process.argv.slice(2);
const description = `device/boards/${board}/board.json`;
if (!existsSync(description)) {
  console.error(`There is no board ${board}. There are: ${readdirSync('device/boards').join(', ')}.`);
  process.exit(2);
}
const { compiler, size, flags, link } = JSON.parse(readFileSync(description, 'utf8'));
const folder = `build/boards/${board}`;
const generated = `${folder}/wasm`;
mkdirSync(generated, { recursive: true });
console.error(`Building ${folder}/terminal.elf …`);
run('wasm2c', ['build/terminal.wasm', '-o', `${generated}/terminal.c`]);
// From its package: the folder that it lies in has the headers of another libc.
copyFileSync('/usr/include/wasm-rt.h', `${generated}/wasm-rt.h`);

const out = `${folder}/terminal.elf`;
compile({
  compiler,
  flags: [...flags, '-DWASM_RT_MEMCHECK_SIGNAL_HANDLER=0', '-DWASM_RT_USE_STACK_DEPTH_COUNT=0', `-I${generated}`],
  link: [...link, `-Wl,-Map=${folder}/terminal.map`],
  sources: [
    ...[...cFilesOf('device'), ...cFilesOf(`device/boards/${board}`)].map((path) => ({ path, part: 'ours' })),
    { path: `${generated}/terminal.c`, part: 'firmware' },
    ...mbedtlsSources(),
  ],
  folder,
  out,
});

const [, row] = run(size, [out]).trim().split('\n');
const [text, data, bss] = row.trim().split(/\s+/).map(Number);
const report = { board, text, data, bss };
writeFileSync(`${folder}/size.json`, JSON.stringify(report));
console.error(`text ${text}, data ${data}, bss ${bss} bytes, mbedTLS, stack and linear memory included`);
