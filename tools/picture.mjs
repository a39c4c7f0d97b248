// Draws docs/demo.svg, the picture in the README, from what `npm start -- --once` prints.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, URL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'octobind-picture-'));
const output = execFileSync(
  process.execPath,
  [join(root, 'build/host/cli/main.js'), 'demo', '--once', '--dir', folder],
  {
    encoding: 'utf8',
  },
);
rmSync(folder, { recursive: true });

const lines = ['$ npm start -- --once', ...output.trimEnd().split('\n')];
const WIDTH = 8.4;
const HEIGHT = 18;
const MARGIN = 16;
const columns = Math.max(...lines.map((line) => line.length));
const width = Math.ceil(columns * WIDTH + 2 * MARGIN);
const height = lines.length * HEIGHT + 2 * MARGIN;
const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const colour = (line) =>
  line.startsWith('$')
    ? '#7ee787'
    : line.includes('refused')
      ? '#f2cc60'
      : line.startsWith('Every')
        ? '#7ee787'
        : '#e6edf3';
const rows = lines.map((line, row) => {
  const y = MARGIN + (row + 0.75) * HEIGHT;
  // A fixed length keeps the columns in line whatever font the reader has.
  return `<text x="${MARGIN}" y="${y}" fill="${colour(line)}" textLength="${(line.length * WIDTH).toFixed(1)}" xml:space="preserve">${escape(line)}</text>`;
});
writeFileSync(
  new URL('../docs/demo.svg', import.meta.url),
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="What npm start prints">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">
${rows.filter((_, row) => lines[row] !== '').join('\n')}
</g>
</svg>
`,
);
