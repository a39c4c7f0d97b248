import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { FlashState, Keyholder, LuhnRule, Refusal, Scheme, Wording } from '../../assembly/protocol.js';
import { CardJudge } from '../../host/cards/card-judge.js';
import { heldDocument, heldText } from '../../host/cli/policy-view.js';
import { emulatedLink } from '../../host/emulator/emulated-link.js';
import type { EmulatedTerminal } from '../../host/emulator/emulated-terminal.js';
import { type ApplyOutcome, applyPlan } from '../../host/fleet/apply.js';
import { readPlan } from '../../host/fleet/plan-file.js';
import { readPolicy } from '../../host/fleet/policy-file.js';
import { knownCards, proveTerminal } from '../../host/fleet/proof.js';
import { Terminal } from '../../host/terminal/terminal.js';
import { key, keyedTerminal, MASTER as master } from '../support/keyed.js';

const judge = new CardJudge();
const dir = mkdtempSync(join(tmpdir(), 'octobind-policy-'));
afterAll(() => rmSync(dir, { recursive: true }));

const file = (name: string, text: string): string => {
  const path = join(dir, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
};

describe('a policy file', () => {
  it('is read, with words for numbers', async () => {
    expect((await readPolicy('examples/policy.yaml', judge)).policy).toEqual({
      shop: '老张面馆',
      contact: { zh: '商户服务中心', en: 'Merchant service', phone: '+86 400-820-8820' },
      wording: Wording.BankCard,
      adds: Keyholder.Administrator,
      removes: Keyholder.Administrator,
      slots: 8,
      schemes: [Scheme.UnionPay, Scheme.Visa, Scheme.Mastercard],
      luhn: LuhnRule.Warn,
    });
    const { policy } = await readPolicy(file('bound.yaml', `bound: ${'0A'.repeat(32)}\n`), judge);
    expect(policy.bound).toEqual(new Uint8Array(32).fill(10));
  });

  it('may be empty: the defaults', async () => {
    expect((await readPolicy(file('empty.yaml', '{}\n'), judge)).content).toEqual(judge.policy({}));
  });

  it.each([
    ['shop: 7\n', 'line 1: shop: it must be text'],
    [`slots: 3\nshop: ${'张'.repeat(17)}\n`, 'line 2: shop: a text has two rows'],
    ['contact:\n  phone: 400-CALL\n', 'line 2: contact.phone: a telephone number has'],
    ['contact:\n  phone: 4242424242424242\n', 'line 2: contact.phone: it must be text'],
    ['slots: 9\n', 'line 1: slots: it is a number from 1 to 8'],
    ['slots: 1.5\n', 'line 1: slots: it is a number from 1 to 8'],
    ['schemes: []\n', 'line 1: schemes: at least one scheme'],
    ['schemes: [unonpay]\n', 'did you mean unionpay?'],
    ['adds: admin\n', 'line 1: adds: It is nobody or operator or administrator'],
    ['shops: x\n', 'shops is no key, did you mean shop?'],
    ['bound: abc\n', 'line 1: bound: the digest of the five items'],
  ])('is refused with the line and a sentence: %j', async (text, problem) => {
    await expect(readPolicy(file('bad.yaml', text), judge)).rejects.toMatchObject({
      code: 'POLICY_INVALID',
      message: expect.stringContaining(problem) as string,
    });
  });

  it('that is missing is refused', async () => {
    await expect(readPolicy(join(dir, 'none.yaml'), judge)).rejects.toMatchObject({ code: 'POLICY_INVALID' });
  });

  it('is shown in its own words', async () => {
    const { policy } = await readPolicy('examples/policy.yaml', judge);
    const held = { generation: 3, state: FlashState.Ready, policy };
    expect(heldDocument(held)).toMatchObject({
      generation: 3,
      state: 'ready',
      policy: {
        wording: 'bank-card',
        adds: 'administrator',
        schemes: ['unionpay', 'visa', 'mastercard'],
        luhn: 'warn',
      },
    });
    expect(heldText(held)).toContain('schemes    unionpay, visa, mastercard');
    expect(heldText({ generation: 0, state: FlashState.Blank, policy: null })).toContain('the defaults hold');
    expect(heldText({ generation: 2, state: FlashState.Forged, policy: null })).toContain('forged');
  });
});

describe('a plan with a policy', () => {
  const devices = new Map<string, EmulatedTerminal>();
  beforeEach(() => {
    for (const name of ['a', 'b']) {
      const device = keyedTerminal({ serial: `OB-POLICY-${name}` });
      device.powerOn();
      devices.set(name, device);
    }
  });

  function connect(port: string): Terminal {
    const device = devices.get(port);
    if (!device) throw new Error(port);
    return new Terminal(emulatedLink(device), { key });
  }

  const UNCHECKED = '6222040000030012';
  const plan = (policy: string): string =>
    file(
      'plan.yaml',
      `cards: cards.yaml\n${policy}terminals:\n${['a', 'b'].map((name) => `  ${name}: { port: ${name}, slots: { 1: shop } }\n`).join('')}`,
    );

  async function apply(path: string, dryRun = false): Promise<ApplyOutcome[]> {
    const whole = await readPlan(path, judge);
    return applyPlan(whole, { connect, master, known: knownCards(whole.cards, judge), dryRun });
  }

  it('sets the policy first, then the table that it allows, and proves both', async () => {
    file('cards.yaml', `cards: { shop: { pan: '${UNCHECKED}', name: ZHANG SAN } }\n`);
    file('policy.yaml', 'luhn: warn\nslots: 1\n');
    const path = plan('policy: policy.yaml\n');
    expect(await apply(path, true)).toMatchObject([
      { policy: 'different', applied: false },
      { policy: 'different', applied: false },
    ]);
    expect(devices.get('a')?.policyNor.programs).toBe(0);
    expect(await apply(path)).toMatchObject([
      { policy: 'changed', applied: true, changes: [{ slot: 1 }] },
      { policy: 'changed', applied: true },
    ]);
    expect(await apply(path)).toMatchObject([
      { policy: 'unchanged', changes: [], applied: false },
      { policy: 'unchanged', changes: [] },
    ]);
    expect(devices.get('a')?.policyNor.programs).toBe(1);
    // Somebody sets another one on one terminal.
    await connect('b').setPolicy({ luhn: LuhnRule.Warn });
    expect(await apply(path, true)).toMatchObject([{ policy: 'unchanged' }, { policy: 'different' }]);
  });

  it('without `luhn: warn` refuses a card with a wrong check digit, before anything is changed', async () => {
    file('cards.yaml', `cards: { shop: { pan: '${UNCHECKED}', name: ZHANG SAN } }\n`);
    await expect(apply(plan(''))).rejects.toMatchObject({ code: 'PLAN_INVALID' });
  });

  it('that names no policy leaves it alone, and proves the table as before', async () => {
    file('cards.yaml', "cards: { shop: { pan: '4242424242424242', name: ZHANG SAN } }\n");
    await connect('a').setPolicy({ slots: 2 });
    const [first] = await apply(plan(''));
    expect(first).toMatchObject({ applied: true });
    expect(first).not.toHaveProperty('policy');
    expect(await connect('a').policy()).toMatchObject({ generation: 1, policy: { slots: 2 } });
  });

  it('fails on a terminal whose policy forbids a card, and says why', async () => {
    file('cards.yaml', "cards: { shop: { pan: '4242424242424242', name: ZHANG SAN } }\n");
    file('policy.yaml', 'schemes: [unionpay]\n');
    const [outcome] = await apply(plan('policy: policy.yaml\n'));
    expect(outcome?.error).toMatchObject({ code: 'REFUSED', refusal: Refusal.PolicyScheme, slot: 1 });
  });

  it('a proof says whether a terminal holds the policy that is expected, and only then', async () => {
    const strict = judge.policy({ slots: 1 }) as Uint8Array;
    const terminal = connect('a');
    expect(await proveTerminal(terminal, master, [])).not.toHaveProperty('policy');
    expect(await proveTerminal(terminal, master, [], strict)).toMatchObject({ policy: false });
    await terminal.setPolicy({ slots: 1 });
    expect(await proveTerminal(terminal, master, [], strict)).toMatchObject({ policy: true });
    expect(await proveTerminal(terminal, master, [], judge.policy({}) as Uint8Array)).toMatchObject({ policy: false });
  });
});
