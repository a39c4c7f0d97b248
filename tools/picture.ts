// Draws docs/demo.svg, the picture in the README, from what `npm start -- --once` prints:
// `node tools/run.mjs tools/picture.ts`.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CHARACTER_WIDTH = 8.4;
const LINE_HEIGHT = 18;
const MARGIN = 16;
const FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";

/** What the command prints in an empty folder. */
function demo(): string {
  const folder = mkdtempSync(join(tmpdir(), 'octobind-picture-'));
  const program = fileURLToPath(new URL('../build/host/cli/main.js', import.meta.url));
  try {
    return execFileSync(process.execPath, [program, 'demo', '--once', '--dir', folder], { encoding: 'utf8' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

function colourOf(line: string): string {
  if (line.startsWith('$') || line.startsWith('Every')) return '#7ee787';
  return line.includes('refused') ? '#f2cc60' : '#e6edf3';
}

function drawn(line: string, row: number): string {
  const y = MARGIN + (row + 0.75) * LINE_HEIGHT;
  // A fixed length keeps the columns aligned in any font.
  const length = (line.length * CHARACTER_WIDTH).toFixed(1);
  return `<text x="${MARGIN}" y="${y}" fill="${colourOf(line)}" textLength="${length}" xml:space="preserve">${escape(line)}</text>`;
}

const lines = ['$ npm start -- --once', ...demo().trimEnd().split('\n')];
const columns = Math.max(...lines.map((line) => line.length));
const width = Math.ceil(columns * CHARACTER_WIDTH + 2 * MARGIN);
const height = lines.length * LINE_HEIGHT + 2 * MARGIN;
writeFileSync(
  new URL('../docs/demo.svg', import.meta.url),
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="What npm start prints">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="${FONT}" font-size="14">
${lines
  .map(drawn)
  .filter((_, row) => lines[row] !== '')
  .join('\n')}
</g>
</svg>
`,
);
