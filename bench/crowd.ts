// A process of its own for bench/sim.ts, so that its time and its memory have nothing in them but
// the terminals. Prints a Crowd as JSON.
import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { emulatedLink, EmulatedTerminal } from '../host/emulator/index.js';
import { CardJudge, recordMac, Terminal, terminalKey, verifyKey } from '../host/index.js';

export interface Crowd {
  readonly seconds: number;
  /** Of memory, for each terminal with its link and its client. */
  readonly bytes: number;
}

interface Pair {
  readonly emulated: EmulatedTerminal;
  readonly terminal: Terminal;
}

const CARD = { pan: '4242424242424242', name: 'ADA LOVELACE' };
const NONCE = randomBytes(16);

const MASTER = randomBytes(32);
const key = (serial: string): Uint8Array => terminalKey(MASTER, serial);
const record = new CardJudge().record(CARD);
if (typeof record === 'number') throw new Error('the card is refused');

function pairOf(index: number): Pair {
  const emulated = new EmulatedTerminal({ serial: `OB-SIM-${index}` });
  emulated.powerOn();
  const patience = { deadlineMs: 120_000, timeoutMs: 60_000 };
  return { emulated, terminal: new Terminal(emulatedLink(emulated), { key, ...patience }) };
}

/** Loads a terminal with its key, opens a session, binds a card, and has it proven. */
async function use({ emulated: { serial }, terminal }: Pair, bound: Uint8Array): Promise<void> {
  await terminal.loadKey(key(serial), { inClear: serial });
  const { changed, slot } = await terminal.bind(CARD);
  const { macs } = await terminal.verify(NONCE);
  const proof = recordMac(verifyKey(key(serial)), serial, NONCE, slot, bound);
  const [mac] = macs;
  if (!changed || slot !== 1 || !mac || Buffer.compare(proof, mac) !== 0) {
    throw new Error(`${serial} did not bind the card`);
  }
}

/** Bytes of the process's memory, without garbage. */
async function resident(): Promise<number> {
  const { gc } = globalThis;
  if (!gc) throw new Error('run it with --expose-gc');
  // What a first collection finalises, a second one frees; and the system is told in between.
  for (let times = 0; times < 3; times++) {
    gc();
    await setImmediate();
  }
  return process.memoryUsage.rss();
}

// Nothing is warm yet: compiled code and the heap's own growth count as the terminals', in time
// and in memory.
const count = Number(process.argv[2]);
const before = await resident();
const began = performance.now();
const pairs = Array.from({ length: count }, (_, index) => pairOf(index));
await Promise.all(pairs.map((pair) => use(pair, record)));
const seconds = (performance.now() - began) / 1000;
const bytes = ((await resident()) - before) / count;

process.stdout.write(JSON.stringify({ seconds, bytes } satisfies Crowd));
// Until here, this keeps terminals, links and clients alive.
await Promise.all(pairs.map(({ terminal }) => terminal.close()));
