// Runs specs of the firmware in the current folder, which may have a mutant in its assembly/.
import { runSpec } from '../../tools/one-test/firmware.js';

for (const path of process.argv.slice(2)) {
  if (!(await runSpec(path))) process.exit(1);
}
