// A process of its own for bench/sim.mjs, so that nothing but the terminals is in its time and its memory. Prints one JSON object.
import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { emulatedLink, EmulatedTerminal } from '../build/host/emulator/index.js';
import { CardJudge, recordMac, Terminal, terminalKey, verifyKey } from '../build/host/index.js';

const CARD = { pan: '4242424242424242', name: 'ADA LOVELACE' };
const RECORD = new CardJudge().record(CARD);
const NONCE = randomBytes(16);

const MASTER = randomBytes(32);
const key = (serial) => terminalKey(MASTER, serial);

/** Boots terminals, loads each with its key, opens a session, binds a card and has it proven, all at once. What is answered keeps them, their links and their clients alive. */
async function crowd(count) {
  const pairs = Array.from({ length: count }, (_, index) => {
    const emulated = new EmulatedTerminal({ serial: `OB-SIM-${index}` });
    emulated.powerOn();
    return {
      emulated,
      terminal: new Terminal(emulatedLink(emulated), { key, deadlineMs: 120_000, timeoutMs: 60_000 }),
    };
  });
  await Promise.all(
    pairs.map(async ({ emulated: { serial }, terminal }) => {
      await terminal.loadKey(key(serial), { inClear: serial });
      const { changed, slot } = await terminal.bind(CARD);
      const { macs } = await terminal.verify(NONCE);
      const proof = recordMac(verifyKey(key(serial)), serial, NONCE, slot, RECORD);
      if (!changed || slot !== 1 || Buffer.compare(proof, macs[0]) !== 0)
        throw new Error(`${serial} did not bind the card`);
    }),
  );
  return pairs;
}

/** Bytes of the process's memory, garbage aside. */
async function resident() {
  // What a first collection finalises, a second one frees; and the system is told in between.
  for (let times = 0; times < 3; times++) {
    globalThis.gc();
    await setImmediate();
  }
  return process.memoryUsage.rss();
}

// Nothing is warm yet: compiled code and the heap's own growth count as the terminals', in time and in memory.
const count = Number(process.argv[2]);
const before = await resident();
const began = performance.now();
const pairs = await crowd(count);
const seconds = (performance.now() - began) / 1000;
const bytes = ((await resident()) - before) / count;

process.stdout.write(JSON.stringify({ seconds, bytes }));
await Promise.all(pairs.map(({ terminal }) => terminal.close()));
