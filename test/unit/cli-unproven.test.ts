import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { containing, run, startSim, type Run } from './cli-support.js';

const CARDS = [
  ['4242424242424242', 'ZHANG SAN'],
  ['5555555555554444', 'ADA LOVELACE'],
  ['378282246310005', 'MARIA GARCIA'],
] as const;

it('verify refuses an old flash image with a spoiled frame, and one with a blanked header', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'octobind-'));
  const flash = join(dir, 'till-1.flash');
  const octobind = (args: string[], input?: string): Promise<Run> => run(['--dir', dir, ...args], input);
  const whileOn = async (work: () => Promise<void>): Promise<void> => {
    const sim = await startSim('--dir', dir);
    await work();
    await sim.stop();
  };
  const plan = join(dir, 'plan.yaml');
  const planned = async (slots: string): Promise<void> => {
    const cards = CARDS.map(([pan, name], i) => `  card${i + 1}: { pan: '${pan}', name: ${name} }`).join('\n');
    await writeFile(join(dir, 'cards.yaml'), `cards:\n${cards}\n`, { mode: 0o600 });
    await writeFile(
      plan,
      `cards: cards.yaml\nterminals:\n  till-1:\n    port: ${dir}/till-1.tty\n    slots: ${slots}\n`,
    );
  };
  let old = Buffer.alloc(0);
  await whileOn(async () => {
    for (const [pan, name] of CARDS) expect(await octobind(['bind', '--name', name], pan)).toMatchObject({ code: 0 });
    old = await readFile(flash);
    await planned('{ 1: card1 }');
    expect(await octobind(['verify', plan])).toMatchObject({ code: 0 });
    expect(await octobind(['unbind', '1'])).toMatchObject({ code: 0 });
  });
  const newest = await readFile(flash);

  // Bytes 157 to 176 are in the second frame.
  const spoiled = Buffer.from(old);
  for (let at = 157; at <= 176; at++) spoiled.writeUInt8(spoiled.readUInt8(at) ^ 0xff, at);
  await writeFile(flash, spoiled);
  await whileOn(async () => {
    expect(await octobind(['verify', plan])).toMatchObject({ code: 1, stdout: containing('record of the card table') });
    expect(await octobind(['verify', '--against', join(dir, 'cards.yaml')])).toMatchObject({ code: 1 });
    const { slots } = JSON.parse((await octobind(['list', '--json'])).stdout) as { slots: { status: string }[] };
    expect(slots.map(({ status }) => status)).toEqual(['unproven', 'damaged', ...Array<string>(6).fill('unproven')]);
    const { stdout } = await octobind(['list']);
    expect(stdout).toContain('1 unproven');
    expect(stdout).toContain('flash damaged');
    expect(stdout).toContain('Unproven: ');
    // A read that failed at boot looks the same here, and is no reason for a format.
    expect(stdout).not.toContain('format');
  });

  await writeFile(flash, Buffer.from(newest).fill(0, 0, 36));
  await whileOn(async () => {
    await planned('{ 1: empty, 2: empty, 3: empty, 4: empty, 5: empty, 6: empty, 7: empty, 8: empty }');
    const verified = await octobind(['verify', plan]);
    expect(verified).toMatchObject({ code: 1, stdout: containing('wrote last') });
    expect(verified.stdout).not.toContain('slots proven');
  });
  await rm(dir, { recursive: true });
});
