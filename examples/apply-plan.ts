// Brings a fleet of terminals to a plan, and prints what became of each.
//   node build/examples/apply-plan.js examples/shop.yaml .octobind
// Try it beside `octobind sim --terminals 3`, which emulates the terminals of examples/shop.yaml.
import {
  applyPlan,
  CardJudge,
  knownCards,
  linkFromAddress,
  readMasterKey,
  readPlan,
  serialPorts,
  Terminal,
} from 'octobind';
import { runningTerminals } from 'octobind/sim';

const [file = 'examples/shop.yaml', keys = '.octobind'] = process.argv.slice(2);

// The plan names slots and labels. Its card file has the numbers; the firmware's own code checks
// them.
const judge = new CardJudge();
const plan = await readPlan(file, judge);
const master = await readMasterKey(keys);
try {
  const outcomes = await applyPlan(plan, {
    connect: (port, key) => new Terminal(linkFromAddress(port), { key }),
    // Where to look for terminals that the plan names by their serial numbers alone.
    ports: async () => [...(await runningTerminals(keys)), ...(await serialPorts())],
    master,
    known: knownCards(plan.cards, judge),
  });
  for (const { name, serial, changes, applied, error } of outcomes) {
    // An error of one terminal does not stop the others.
    if (error) console.log(`${name}: ${error.message}`);
    else console.log(`${name} (${serial}): ${applied ? `${changes.length} slots changed, and proven` : 'as planned'}`);
  }
  if (outcomes.some(({ error }) => error)) process.exitCode = 1;
} finally {
  master.fill(0);
}
