// Runs tests of the firmware as as-pect's own program does. In as-pect 8.1, that program ignores
// its options for files and titles.
import { TestContext, type TestNode, VerboseReporter } from '@as-pect/core';
import * as loader from '@assemblyscript/loader';
import config from '../../as-pect.config.js';
import { compiledSpec } from '../dev/specs.js';

const MEMORY_PAGES = 10;

/** Reports only tests that ran. */
class Reporter extends VerboseReporter {
  override stdout = process.stdout;
  #group: TestNode | undefined;

  override onGroupStart(): void {
    // Nothing yet: perhaps none of its tests runs.
  }

  override onTestFinish(group: TestNode, test: TestNode): void {
    if (this.#group !== group) super.onGroupStart(group);
    this.#group = group;
    super.onTestFinish(group, test);
  }

  override onGroupFinish(group: TestNode): void {
    if (this.#group === group) super.onGroupFinish(group);
  }

  override onFinish({ fileName, testRunCount, testPassCount }: TestContext): void {
    this.stdout.write(`${fileName}: ${testPassCount} passed, ${testRunCount - testPassCount} failed\n`);
  }
}

/** Runs the tests of a file, or only those that match. Returns true if some ran and all passed. */
export async function runSpec(path: string, only: { groupRegex?: RegExp; testRegex?: RegExp } = {}): Promise<boolean> {
  const binary = await compiledSpec(path);
  const context = new TestContext({ reporter: new Reporter(), fileName: path, binary, ...only });
  const memory = new WebAssembly.Memory({ initial: MEMORY_PAGES });
  context.run(await config.instantiate(memory, context.createImports.bind(context), loader.instantiate, binary));
  return context.testRunCount > 0 && context.testPassCount === context.testRunCount;
}
