// `npm run proofs`: the long proofs at their whole length, in some hours. .ci/run has a tenth.
import { spawnSync } from 'node:child_process';

const PROOFS = [
  'fuzz -- --frames 1000000',
  'fuzz -- --frames 1000000 --native',
  'fuzz -- --frames 1000000 --session',
  'fuzz -- --frames 100000 --native --session',
  'fuzz -- --frames 200000 --session --checked',
  'faults -- --json',
  'faults -- --json --checked --every 120',
  'mutants',
  ...[1, 2, 3].map((seed) => `mutants -- --random 100 --seed ${seed}`),
  'test:device',
  'test:replay -- --sequences 1000',
  'test:board -- --cuts 200',
  'test:board -- --cuts 200 --board mps2-an386',
];

const failed = [];
for (const proof of PROOFS) {
  console.log(`\n=== npm run ${proof}`);
  const began = performance.now();
  const { status } = spawnSync(`npm run ${proof}`, { shell: true, stdio: 'inherit' });
  console.log(`=== ${status === 0 ? 'holds' : 'FAILED'}, ${Math.round((performance.now() - began) / 1000)} s`);
  if (status !== 0) failed.push(proof);
}
for (const proof of failed) console.log(`FAILED: npm run ${proof}`);
process.exitCode = failed.length === 0 ? 0 : 1;
