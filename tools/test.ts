// Runs all tests: as-pect for the firmware, vitest for the host and the conformance suite. The
// last line adds both up.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Corrects a runner's own counts: a runner that fails without a failed test, or runs no test,
 * counts as one failure.
 */
function settled(counts: Counts, status: number | null): Counts {
  const ran = counts.passed + counts.failed > 0;
  return counts.failed === 0 && (status !== 0 || !ran) ? { ...counts, failed: 1 } : counts;
}

function firmware(): Counts {
  const run = spawnSync(process.execPath, ['node_modules/@as-pect/cli/bin/asp.js', '--no-logo', '--summary'], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  process.stdout.write(run.stdout);
  process.stderr.write(run.stderr);
  // eslint-disable-next-line no-control-regex
  const plain = run.stdout.replace(/\u001b\[[0-9;]*m/g, '');
  const [, passed = 0, total = 0] = (/\[Tests\]: (\d+) \/ (\d+)/.exec(plain) ?? []).map(Number);
  const skipped = [...plain.matchAll(/Todo: (\d+)/g)].reduce((sum, [, todo]) => sum + Number(todo), 0);
  return settled({ passed, failed: total - passed, skipped }, run.status);
}

/** The part of a vitest report that is read here. */
interface Report {
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

function host(): Counts {
  const report = 'build/vitest.json';
  rmSync(report, { force: true });
  const { status } = spawnSync(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    { stdio: 'inherit' },
  );
  try {
    return settled(countsOf(JSON.parse(readFileSync(report, 'utf8')) as Report), status);
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

function countsOf({ testResults }: Report): Counts {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const file of testResults) {
    const outcomes = file.assertionResults.map(({ status }) => status);
    // A file that cannot be loaded has no test that could fail.
    if (file.status === 'failed' && !outcomes.includes('failed')) counts.failed++;
    for (const outcome of outcomes) {
      if (outcome === 'passed') counts.passed++;
      else if (outcome === 'failed') counts.failed++;
      else counts.skipped++;
    }
  }
  return counts;
}

const both = [firmware(), host()];
const sum = (key: keyof Counts): number => both.reduce((total, counts) => total + counts[key], 0);
console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
process.exitCode = sum('failed') > 0 ? 1 : 0;
