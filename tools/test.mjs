// Runs all tests: as-pect for the firmware, vitest for the host and the conformance suite. Ends with one line that adds both up.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath, URL } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/**
 * A runner's own count is not taken on trust: one that fails without a failed test, or that ran no test, counts as one failure.
 */
function settle(counts, status) {
  const ran = counts.passed + counts.failed > 0;
  if (counts.failed === 0 && (status !== 0 || !ran)) counts.failed = 1;
  return counts;
}

function firmware() {
  const run = spawnSync(process.execPath, ['node_modules/@as-pect/cli/bin/asp.js', '--no-logo', '--summary'], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  process.stdout.write(run.stdout);
  process.stderr.write(run.stderr);
  // eslint-disable-next-line no-control-regex
  const plain = run.stdout.replace(/\u001b\[[0-9;]*m/g, '');
  const [, passed, total] = /\[Tests\]: (\d+) \/ (\d+)/.exec(plain) ?? ['', 0, 0];
  const skipped = [...plain.matchAll(/Todo: (\d+)/g)].reduce((sum, [, todo]) => sum + Number(todo), 0);
  return settle({ passed: Number(passed), failed: Number(total) - Number(passed), skipped }, run.status);
}

function host() {
  const report = 'build/vitest.json';
  rmSync(report, { force: true });
  const { status } = spawnSync(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    { stdio: 'inherit' },
  );
  const counts = { passed: 0, failed: 0, skipped: 0 };
  try {
    for (const file of JSON.parse(readFileSync(report, 'utf8')).testResults) {
      // A file that cannot be loaded has no tests to fail.
      if (file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed')) counts.failed++;
      for (const { status: outcome } of file.assertionResults) {
        if (outcome === 'passed') counts.passed++;
        else if (outcome === 'failed') counts.failed++;
        else counts.skipped++;
      }
    }
  } catch {
    counts.failed++;
  }
  return settle(counts, status);
}

const both = [firmware(), host()];
const sum = (key) => both.reduce((total, counts) => total + counts[key], 0);
console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
process.exitCode = sum('failed') > 0 ? 1 : 0;
