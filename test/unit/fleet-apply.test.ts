import { createHmac } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { Refusal, Role } from '../../assembly/protocol.js';
import { emulatedLink } from '../../host/emulator/emulated-link.js';
import type { EmulatedTerminal } from '../../host/emulator/emulated-terminal.js';
import { verifyKey } from '../../host/crypto/key-derivation.js';
import { CardJudge } from '../../host/cards/card-judge.js';
import { applyPlan, type ApplyOptions, type ApplyOutcome } from '../../host/fleet/apply.js';
import type { CardFile } from '../../host/fleet/card-file.js';
import type { Plan, PlannedSlot } from '../../host/fleet/plan.js';
import { knownCards, recordMac, proveTerminal } from '../../host/fleet/proof.js';
import { proveCards } from '../../host/fleet/prove-cards.js';
import { OctobindError } from '../../host/error.js';
import { decodeBody, encodePacket } from '../../host/smp/packet.js';
import { Terminal } from '../../host/terminal/terminal.js';
import { exchangePacket } from '../support/exchange.js';
import { key, keyedTerminal, MASTER as master } from '../support/keyed.js';
import { answer, Device } from './smp-support.js';

const judge = new CardJudge();
const cards: CardFile = new Map([
  ['shop', { pan: '6200000000000005', name: 'ZHANG SAN' }],
  ['visa', { pan: '4242424242424242', name: "O'BRIEN/PAT" }],
  ['uygur', { pan: '6205500000000000004', name: '阿依古丽·买买提' }],
]);
const known = knownCards(cards, judge);

function bound(label: string, role = Role.Payment): PlannedSlot {
  const card = cards.get(label);
  const record = known.find((one) => one.label === label && one.role === role)?.record;
  if (!card || !record) throw new Error(label);
  return { label, card, role, record };
}

/** The eight slots of a plan. A slot that is not given is kept. */
function slots(some: Record<number, PlannedSlot>): PlannedSlot[] {
  return Array.from({ length: 8 }, (_, index) => some[index + 1] ?? 'keep');
}

let emulated: Map<string, EmulatedTerminal>;
beforeEach(() => {
  emulated = new Map();
  for (const name of ['a', 'b', 'c']) {
    const serial = `OB-TEST-${name}`;
    const terminal = keyedTerminal({ serial });
    terminal.powerOn();
    emulated.set(name, terminal);
  }
});

function connect(port: string): Terminal {
  const terminal = emulated.get(port);
  if (!terminal) throw new OctobindError('PORT_MISSING', `There is no port ${port}. Plug it in.`);
  return new Terminal(emulatedLink(terminal), { key, deadlineMs: 300 });
}

async function withTerminal<T>(port: string, use: (terminal: Terminal) => Promise<T>): Promise<T> {
  const terminal = connect(port);
  try {
    return await use(terminal);
  } finally {
    await terminal.close();
  }
}

function planOf(entries: Record<string, PlannedSlot[]>): Plan {
  return { cards, terminals: Object.entries(entries).map(([name, slots]) => ({ name, port: name, slots })) };
}

async function apply(plan: Plan, options: Partial<ApplyOptions> = {}): Promise<ApplyOutcome[]> {
  return applyPlan(plan, { connect, master, known, ...options });
}

const programs = (name: string): number => emulated.get(name)?.nor.programs ?? -1;

describe('proof', () => {
  it('is the HMAC-SHA256 of docs/PROTOCOL.md, byte for byte', () => {
    const proving = verifyKey(master);
    const nonce = Buffer.from('0001020304050607', 'hex');
    const record = judge.record({ pan: '4242424242424242', name: 'A B', role: Role.Payment }) as Uint8Array;
    const message = Buffer.concat([Buffer.from('octobind verify 1\u0002S1\u0008'), nonce, Buffer.from([3]), record]);
    const expected = createHmac('sha256', proving).update(message).digest().subarray(0, 16);
    expect(recordMac(proving, 'S1', nonce, 3, record)).toEqual(new Uint8Array(expected));
  });

  it('names the label and role of a known card, and shows any other card masked', async () => {
    await withTerminal('a', async (terminal) => {
      await terminal.bind({ pan: '4242424242424242', name: "O'BRIEN/PAT", slot: 2, role: Role.Settlement });
      await terminal.bind({ pan: '5555555555554444', name: 'SOMEBODY', slot: 7 });
      const seen = await proveTerminal(terminal, master, known);
      expect(seen.slots[0]).toBe('empty');
      expect(seen.slots[1]).toMatchObject({ role: Role.Settlement, card: { label: 'visa' } });
      expect(seen.slots[6]).toEqual({ pan: '555555******4444', role: Role.Payment });
      const other = await proveTerminal(terminal, Buffer.alloc(32), known);
      expect(other.slots[1]).toEqual({ pan: '424242******4242', role: Role.Settlement });
    });
  });
});

describe('apply', () => {
  const plan = planOf({
    a: slots({ 1: bound('shop', Role.Settlement), 2: bound('visa'), 3: bound('uygur') }),
    b: slots({ 1: bound('shop', Role.Settlement) }),
    c: slots({ 5: bound('visa'), 6: 'empty' }),
  });

  it('makes every terminal match the plan, and changes nothing the second time', async () => {
    const first = await apply(plan);
    expect(first.map(({ name, changes, applied }) => [name, changes.map(({ slot }) => slot), applied])).toEqual([
      ['a', [1, 2, 3], true],
      ['b', [1], true],
      ['c', [5], true],
    ]);
    expect(first[2]?.unchanged).toEqual([6]);
    const before = ['a', 'b', 'c'].map(programs);
    const second = await apply(plan);
    expect(second.every(({ changes, applied, error }) => changes.length === 0 && !applied && !error)).toBe(true);
    expect(second.map(({ generation }) => generation)).toEqual(first.map(({ generation }) => generation));
    expect(['a', 'b', 'c'].map(programs)).toEqual(before);
  });

  it('changes all slots of a terminal in one step', async () => {
    const [before] = await apply(plan, { dryRun: true });
    const [after] = await apply(plan);
    expect(after?.generation).toBe((before?.generation ?? NaN) + 1);
  });

  it('only shows the difference in a dry run', async () => {
    const outcomes = await apply(plan, { dryRun: true });
    expect(outcomes.map(({ changes, applied }) => [changes.length, applied])).toEqual([
      [3, false],
      [1, false],
      [1, false],
    ]);
    expect(await withTerminal('a', (terminal) => terminal.list())).toMatchObject({ slots: Array(8).fill(null) });
  });

  it('replaces, moves and empties the slots in the plan, and keeps the others', async () => {
    await withTerminal('a', async (terminal) => {
      await terminal.bind({ pan: '4242424242424242', name: "O'BRIEN/PAT", slot: 1 });
      await terminal.bind({ pan: '6200000000000005', name: 'ZHANG SAN', slot: 2 });
      await terminal.bind({ pan: '5555555555554444', name: 'SOMEBODY', slot: 3 });
      await terminal.bind({ pan: '378282246310005', name: 'ANYBODY', slot: 8 });
    });
    const moves = planOf({ a: slots({ 1: bound('shop', Role.Settlement), 2: bound('visa'), 3: 'empty' }) });
    const [outcome] = await apply(moves);
    expect(outcome).toMatchObject({ applied: true, changes: [{ slot: 1 }, { slot: 2 }, { slot: 3, to: 'empty' }] });
    const { slots: table } = await withTerminal('a', (terminal) => terminal.list());
    expect(table.map((view) => view && view !== 'damaged' && view.pan)).toEqual([
      '620000******0005',
      '424242******4242',
      ...Array<null>(5).fill(null),
      '37828******0005',
    ]);
  });

  it('goes on with the others if one terminal is missing and one is off', async () => {
    emulated.delete('a');
    emulated.get('b')?.powerOff();
    const seen: string[] = [];
    const outcomes = await apply(plan, { onOutcome: ({ name }) => seen.push(name) });
    expect(outcomes.map(({ name, error }) => [name, error?.code])).toEqual([
      ['a', 'PORT_MISSING'],
      ['b', expect.stringMatching(/^LINK_TIMEOUT|NOT_A_TERMINAL$/)],
      ['c', undefined],
    ]);
    expect(outcomes[2]?.applied).toBe(true);
    expect(seen.toSorted()).toEqual(['a', 'b', 'c']);
  });

  it("reports the terminal's refusal, and leaves its table as it was", async () => {
    await withTerminal('a', (terminal) => terminal.bind({ pan: '4242424242424242', name: "O'BRIEN/PAT", slot: 8 }));
    const before = await withTerminal('a', (terminal) => terminal.list());
    const [outcome] = await apply(plan);
    expect(outcome).toMatchObject({ applied: false, error: { code: 'REFUSED', refusal: Refusal.DuplicateCard } });
    expect(outcome?.error?.message).not.toMatch(/\d{12}/);
    expect(await withTerminal('a', (terminal) => terminal.list())).toEqual(before);
  });

  it('begins with no further terminal after an abort, and keeps what was done', async () => {
    const none = await apply(plan, { signal: AbortSignal.abort() });
    expect(none.map(({ error }) => error?.code)).toEqual(['ABORTED', 'ABORTED', 'ABORTED']);
    expect(['a', 'b', 'c'].map(programs)).toEqual([0, 0, 0]);
    const abort = new AbortController();
    const some = await apply(plan, { signal: abort.signal, jobs: 1, onOutcome: () => abort.abort() });
    expect(some.map(({ applied, error }) => [applied, error?.code])).toEqual([
      [true, undefined],
      [false, 'ABORTED'],
      [false, 'ABORTED'],
    ]);
    expect(['b', 'c'].map(programs)).toEqual([0, 0]);
  });
});

it('two ports that lead to one terminal are refused before anything changes, by a plan and by a proof', async () => {
  const there = emulated.get('a');
  if (!there) throw new Error('a');
  const relayed = (): Terminal => {
    const device = new Device(({ header, body }, line) => {
      const packet = exchangePacket(there, encodePacket(header, body));
      if (packet) line.say(answer(header, decodeBody(packet)));
    });
    return new Terminal(device, { key });
  };
  const planned = ['a', 'b'].map((name) => ({ name, port: name, slots: slots({ 1: bound('visa') }) }));
  const refused = { code: 'WRONG_TERMINAL', message: expect.stringContaining('OB-TEST-a') as unknown };
  await expect(applyPlan({ cards, terminals: planned }, { connect: relayed, master, known })).rejects.toMatchObject(
    refused,
  );
  const visa = new Map([...cards].filter(([label]) => label === 'visa'));
  const proofs = proveCards(visa, [{ port: 'a' }, { port: 'b' }], { connect: relayed, master });
  await expect(proofs).rejects.toMatchObject(refused);
  expect(programs('a')).toBe(0);
});
