import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { build, type Step } from '../../tools/make/make.mjs';
import { STEPS } from '../../tools/make/steps.mjs';

describe('the steps of the build', () => {
  let folder: string;
  let steps: Step[];
  let whys: string[];
  let works: boolean;
  /** Happens while a step runs. */
  let meanwhile: () => void;
  const at = (path: string): string => join(folder, path);
  const write = (path: string, text: string): void => {
    writeFileSync(at(path), text);
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'octobind-build-'));
    for (const path of ['in', 'out']) mkdirSync(at(path));
    write('in/a', 'one');
    whys = [];
    works = true;
    meanwhile = () => undefined;
    steps = [
      { name: 'first', inputs: [at('in')], command: ['first'], outputs: [at('middle')] },
      {
        name: 'second',
        after: ['first'],
        inputs: [at('middle')],
        command: ['second'],
        outputs: [at('out')],
        state: at('state'),
        sourceOf: (output) => output.replace('/out/', '/in/'),
      },
    ];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Builds the second step, and returns why its steps ran. */
  async function built(): Promise<string[]> {
    whys = [];
    await build(['second'], { steps, records: at('records'), run });
    return whys.map((why) => why.replaceAll(`${folder}/`, ''));
  }

  async function run({ name }: Step, why: string): Promise<boolean> {
    whys.push(`${name}: ${why}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
    meanwhile();
    if (works) {
      if (name === 'first') write('middle', readFileSync(at('in/a'), 'utf8').trim());
      else write('out/a', readFileSync(at('middle'), 'utf8'));
    }
    return works;
  }

  it('run once, and no more while nothing changes', async () => {
    expect(await built()).toEqual(['first: first build', 'second: first build']);
    utimesSync(at('in/a'), new Date(), new Date());
    expect(await built()).toEqual([]);
  });

  it('run again when a file changes, is added or is gone, as far as it makes a difference', async () => {
    await built();
    write('in/a', 'two');
    expect(await built()).toEqual(['first: in/a changed', 'second: middle changed']);
    write('in/a', 'two\n');
    expect(await built()).toEqual(['first: in/a changed']);
    write('in/b', '');
    expect(await built()).toEqual(['first: in/b changed']);
    rmSync(at('in/b'));
    expect(await built()).toEqual(['first: in/b changed']);
  });

  it('run again when their command is another one', async () => {
    await built();
    steps = steps.map((step) => ({ ...step, command: [...step.command, '--option'] }));
    expect(await built()).toEqual(['first: its command changed', 'second: its command changed']);
  });

  it('run again when an output is gone or was changed, and forget what they knew', async () => {
    await built();
    write('state', '');
    write('out/a', 'spoiled');
    expect(await built()).toEqual(['second: out/a is not as it was built']);
    expect(readFileSync(at('out/a'), 'utf8')).toBe('one');
    expect(statSync(at('state'), { throwIfNoEntry: false })).toBeUndefined();
    write('state', '');
    write('in/a', 'two');
    await built();
    expect(statSync(at('state'), { throwIfNoEntry: false })).toBeDefined();
    rmSync(at('middle'));
    expect(await built()).toEqual(['first: middle is not as it was built']);
  });

  it('remove outputs whose source is gone', async () => {
    write('out/gone', '');
    await built();
    expect(statSync(at('out/gone'), { throwIfNoEntry: false })).toBeUndefined();
  });

  it('keep no output of a file of the firmware that the host does not compile', () => {
    const { sourceOf } = STEPS.find(({ name }) => name === 'host') ?? {};
    const isKept = (output: string): boolean | undefined => sourceOf && existsSync(sourceOf(output));
    for (const path of ['assembly/hal.js', 'assembly/protocol.d.ts', 'host/error.js']) {
      expect(isKept(`build/${path}`)).toBe(true);
    }
    for (const path of ['assembly/clock.js', 'host/gone.js', 'host/error.js.map']) {
      expect(isKept(`build/${path}`)).toBe(false);
    }
  });

  it('keep what was built when one fails, and try again', async () => {
    await built();
    write('in/a', 'two');
    works = false;
    expect(await built()).toEqual(['first: in/a changed']);
    expect(readFileSync(at('out/a'), 'utf8')).toBe('one');
    works = true;
    expect(await built()).toEqual(['first: in/a changed', 'second: middle changed']);
    expect(readFileSync(at('out/a'), 'utf8')).toBe('two');
  });

  it('run again when a file changes that only their last run named', async () => {
    write('header', 'old');
    write('out.d', `out: ${at('header')} \\\n ${at('gone')}\n`);
    utimesSync(at('header'), 1, 1);
    steps = steps.map((step) => (step.name === 'second' ? { ...step, depfile: at('out.d') } : step));
    await built();
    expect(await built()).toEqual([]);
    write('header', 'new');
    expect(await built()).toEqual(['second: header changed']);
    expect(await built()).toEqual([]);
    meanwhile = () => write('header', 'newer');
    write('header', 'new again');
    await built();
    expect(await built()).toEqual(['second: header changed']);
  });

  it('are done once by two builds at a time', async () => {
    await Promise.all([1, 2].map(() => build(['second'], { steps, records: at('records'), run })));
    expect(whys).toHaveLength(2);
  });

  it('take no notice of the lock of a process that ended', async () => {
    mkdirSync(at('records'));
    write('records/first.lock', '999999999');
    expect(await built()).toHaveLength(2);
  });
});
