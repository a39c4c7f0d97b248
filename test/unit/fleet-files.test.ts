import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Role } from '../../assembly/protocol.js';
import { CardJudge } from '../../host/cards/card-judge.js';
import { readCards } from '../../host/fleet/card-file.js';
import { readPlan, readTable } from '../../host/fleet/plan-file.js';

// A made-up number with a right check digit. It is not a published test number.
const SECRET = '4000001234567899';

const CARDS = `cards:
  shop: { pan: "6200000000000005", name: "ZHANG SAN" }
  visa: { pan: "4242 4242 4242 4242", name: "O'BRIEN/PAT" }
  again: { pan: "4242424242424242", name: "SOMEBODY ELSE" }
  wrong: { pan: "6222040000030012", name: "LI SI" }
  nameless: { pan: "378282246310005", name: "X" }
`;

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octobind-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function file(name: string, text: string, mode = 0o600): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

async function failure(promise: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  return error as { code: string; message: string };
}

describe('a card file', () => {
  it('is refused if others may read it, and the error names the command that helps', async () => {
    for (const mode of [0o644, 0o640, 0o604, 0o660]) {
      const path = await file('cards.yaml', `cards: { a: { pan: "${SECRET}", name: "LI SI" } }`, mode);
      const error = await failure(readCards(path));
      expect(error.code).toBe('CARD_FILE_MODE');
      expect(error.message).toContain(`chmod 600 ${path}`);
      expect(error.message).not.toContain(SECRET);
    }
  });

  it('is read if only its owner may read it', async () => {
    const path = await file('cards.yaml', `cards: { a: { pan: "${SECRET}", name: "LI SI" } }`);
    expect(await readCards(path)).toEqual(new Map([['a', { pan: SECRET, name: 'LI SI' }]]));
  });

  it('may be readable by others if all of its numbers are published test numbers', async () => {
    const path = await file('cards.yaml', CARDS, 0o644);
    expect((await readCards(path)).get('visa')).toEqual({ pan: '4242424242424242', name: "O'BRIEN/PAT" });
  });

  it('is refused if others may read it and one number is not a test number', async () => {
    const path = await file('cards.yaml', `${CARDS}  mine: { pan: "${SECRET}", name: "LI SI" }\n`, 0o644);
    expect((await failure(readCards(path))).code).toBe('CARD_FILE_MODE');
  });

  it.each([
    ['a number without quotes', `cards: { a: { pan: ${SECRET}, name: "LI SI" } }`, 'put it in quotes'],
    ['a verification value', `cards: { a: { pan: "${SECRET}", name: "LI SI", cvv: "123" } }`, 'no such key'],
    ['a number as a label', `cards: { "${SECRET}": { pan: "${SECRET}", name: "LI SI" } }`, 'a label begins'],
    ['a number as a key', `cards: { a: { pan: "${SECRET}", name: "LI SI", "${SECRET}": 1 } }`, 'no such key'],
    [
      'the same label twice',
      `cards:\n  a: { pan: "${SECRET}", name: "LI SI" }\n  a: { pan: "${SECRET}", name: "LI SI" }`,
      'line 3',
    ],
    ['broken YAML', `cards: { a: { pan: "${SECRET}`, 'line 1'],
    ['an alias to nothing', `cards: *${SECRET}`, 'alias'],
    ['no cards', 'terminals: {}', 'cards'],
    ['a reserved label', `cards: { empty: { pan: "${SECRET}", name: "LI SI" } }`, 'not empty or keep'],
  ])('is refused with %s, and the error does not repeat a number', async (_, text, expected) => {
    const error = await failure(readCards(await file('cards.yaml', text)));
    expect(error.code).toBe('CARD_FILE_INVALID');
    expect(error.message).toContain(expected);
    expect(error.message).not.toContain(SECRET);
  });

  it('is refused if it does not exist', async () => {
    expect(await failure(readCards(join(dir, 'none.yaml')))).toMatchObject({ code: 'CARD_FILE_INVALID' });
  });
});

describe('a plan', () => {
  const judge = new CardJudge();

  it('says for every slot whether it is bound, emptied or kept', async () => {
    await file('cards.yaml', CARDS);
    const path = await file(
      'plan.yaml',
      `cards: cards.yaml
terminals:
  till-1: { port: /dev/ttyS9, slots: { 1: { card: shop, role: settlement }, 2: visa, 3: empty, 4: keep } }
`,
    );
    const { terminals } = await readPlan(path, judge);
    expect(terminals).toHaveLength(1);
    expect(terminals[0]).toMatchObject({ name: 'till-1', port: '/dev/ttyS9' });
    expect(terminals[0]?.slots).toMatchObject([
      { label: 'shop', role: Role.Settlement },
      { label: 'visa', role: Role.Payment },
      'empty',
      ...Array.from({ length: 5 }, () => 'keep'),
    ]);
  });

  it('is refused with all of its mistakes at once, which name cards by label', async () => {
    await file('cards.yaml', CARDS);
    const path = await file(
      'plan.yaml',
      `cards: cards.yaml
terminals:
  till-1:
    port: a
    slots: { 1: { card: shop, role: settlement }, 2: { card: visa, role: settlement }, 3: again, 9: shop, 0: shop }
  till-2:
    port: a
    slots: { 1: vsa, 2: wrong, 3: nameless, x: visa }
  till-3:
    port: b
    slots: { 1: wrong }
`,
    );
    const { code, message } = await failure(readPlan(path, judge));
    expect(code).toBe('PLAN_INVALID');
    const problems = message.split('\n').filter((line) => line.startsWith('  - '));
    expect(problems).toHaveLength(9);
    for (const part of [
      'till-1, slots 1, 2: a terminal has one settlement card',
      'till-1, slots 2, 3: the same card twice (visa, again)',
      'till-1, slot 9',
      'till-1, slot 0',
      'till-2: it has the same port as till-1',
      'no card labelled vsa',
      'card wrong: The check digit',
      'card nameless: ',
      'till-2, slot x',
    ]) {
      expect(message).toContain(part);
    }
    expect(message).not.toMatch(/\d{12}/);
  });

  it.each([
    [
      'a card number in place of a label',
      `terminals: { t: { port: a, slots: { 1: "${SECRET}" } } }`,
      'no card labelled',
    ],
    [
      'an unknown role',
      'terminals: { t: { port: a, slots: { 1: { card: visa, role: king } } } }',
      'terminals.t.slots.1',
    ],
    ['a slot without a value', 'terminals: { t: { port: a, slots: { 1: } } }', 'terminals.t.slots.1'],
    [
      'an unknown field',
      'terminals: { t: { port: a, pin: "1234", slots: {} } }',
      'line 2: terminals.t: there is no such key',
    ],
    ['no port', 'terminals: { t: { slots: {} } }', 'port'],
    ['no terminals', 'terminals: {}', 'has no terminals'],
  ])('is refused with %s', async (_, text, expected) => {
    await file('cards.yaml', CARDS);
    const { code, message } = await failure(readPlan(await file('plan.yaml', `cards: cards.yaml\n${text}`), judge));
    expect(code).toBe('PLAN_INVALID');
    expect(message).toContain(expected);
    expect(message).not.toContain(SECRET);
  });

  it('for a whole table empties the slots that it does not name', async () => {
    const cards = await file('cards.yaml', CARDS);
    const path = await file('table.yaml', 'slots: { 2: visa, 3: keep }');
    const { slots } = await readTable(path, judge, cards);
    expect(slots).toMatchObject(['empty', { label: 'visa' }, 'keep', 'empty', 'empty', 'empty', 'empty', 'empty']);
    expect(await failure(readTable(path, judge))).toMatchObject({ code: 'PLAN_INVALID' });
  });

  it('is valid in examples/shop.yaml', async () => {
    const { terminals } = await readPlan('examples/shop.yaml', judge);
    expect(terminals.map(({ slots }) => slots.filter((slot) => typeof slot === 'object').length)).toEqual([8, 3, 2]);
    for (const { slots } of terminals) expect(slots[0]).toMatchObject({ label: 'shop', role: Role.Settlement });
  });
});
