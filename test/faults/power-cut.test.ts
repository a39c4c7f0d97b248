import { describe, expect, it } from 'vitest';
import { EmulatedTerminal, type Geometry, Nor } from '../../host/emulator/index.js';
import { CardCommand, FlashState, Group, Op } from '../../assembly/protocol.js';
import { exchange } from '../support/exchange.js';

/** Published test numbers. */
const NUMBERS = ['4242424242424242', '5555555555554444', '378282246310005', '6200000000000005', '6304000000000000'];

interface Table {
  gen: number;
  state: number;
  slots: unknown[];
}

interface Step {
  readonly command: CardCommand;
  readonly body: Record<string, unknown>;
}

/** A card that is in none of the steps. */
const OTHER = { pan: '3566002020360505', name: 'LI SI' };

const card = (index: number, name = 'ZHANG SAN'): Record<string, unknown> => ({ pan: NUMBERS[index], name });

/** A little of everything, at both ends of the ring when it has turned. */
const STEPS: readonly Step[] = [
  { command: CardCommand.Bind, body: { gen: null, ...card(0), role: 2 } },
  { command: CardCommand.Bind, body: { gen: null, ...card(1, '李四') } },
  { command: CardCommand.Unbind, body: { gen: null, slot: 1 } },
  {
    command: CardCommand.Replace,
    body: { gen: null, slots: [card(2), true, null, card(3), null, card(0), null, card(4)] },
  },
  { command: CardCommand.Unbind, body: { gen: null, slot: 8 } },
  { command: CardCommand.Replace, body: { gen: null, slots: [null, true, null, null, null, null, null, null] } },
  { command: CardCommand.Unbind, body: { gen: null, slot: 2 } },
];

function boot(nor: Nor): EmulatedTerminal {
  const terminal = new EmulatedTerminal({ serial: 'OB-CUT', nor });
  terminal.powerOn();
  return terminal;
}

function list(terminal: EmulatedTerminal): Table {
  return exchange(terminal, Op.Read, Group.Card, CardCommand.List) as unknown as Table;
}

function apply(terminal: EmulatedTerminal, { command, body }: Step): void {
  exchange(terminal, Op.Write, Group.Card, command, body);
}

/** Cuts the power after every `stride` bytes of everything that a step writes, and looks at what boot makes of it. */
function cutEverywhere(
  image: Uint8Array,
  geometry: Geometry,
  step: Step,
  stride: number,
): { cases: number; after: Uint8Array } {
  const fresh = (): Nor => {
    const nor = new Nor(geometry);
    nor.load(image);
    return nor;
  };
  const whole = fresh();
  const before = list(boot(whole));
  const running = boot(whole);
  apply(running, step);
  const after = list(running);
  let cases = 0;
  for (let bytes = 0; ; bytes += stride) {
    const nor = fresh();
    const terminal = boot(nor);
    nor.cutAfter(bytes);
    let cut = false;
    try {
      apply(terminal, step);
    } catch {
      cut = true;
    }
    nor.cutAfter(Infinity);
    cut ||= !terminal.isOn;
    const found = list(boot(nor));
    const where = `cut after ${bytes} bytes`;
    const slots = JSON.stringify(found.slots);
    expect([JSON.stringify(before.slots), JSON.stringify(after.slots)], where).toContain(slots);
    expect(found.state, where).toBeLessThanOrEqual(FlashState.Blank);
    expect(found.gen, where).toBe(slots === JSON.stringify(after.slots) ? after.gen : before.gen);
    expect(list(boot(nor)), `${where}, booted once more`).toEqual(found);
    if (!cut) {
      expect(found, `${where}, acknowledged`).toEqual(after);
      return { cases, after: whole.snapshot() };
    }
    const next = boot(nor);
    // Another card first: what the cut left must not be in the way of other bytes.
    const other = 1 + found.slots.findIndex((view) => view === null);
    apply(next, { command: CardCommand.Bind, body: { gen: null, ...OTHER, slot: other } });
    apply(next, { command: CardCommand.Unbind, body: { gen: null, slot: other } });
    apply(next, step);
    expect(list(next).slots, `${where}, tried again`).toEqual(after.slots);
    expect(list(boot(nor)).slots, `${where}, tried again and booted`).toEqual(after.slots);
    cases++;
  }
}

describe.each([
  { sectorBytes: 1024, sectorCount: 2, programUnit: 1, stride: 3 },
  { sectorBytes: 1024, sectorCount: 3, programUnit: 16, stride: 3 },
  { sectorBytes: 4096, sectorCount: 4, programUnit: 8, stride: 17 },
])('power cuts on $sectorCount sectors of $sectorBytes bytes, unit $programUnit', ({ stride, ...geometry }) => {
  it(`leave the table before or the table after, struck every ${stride} bytes`, () => {
    let image = new Nor(geometry).snapshot();
    let cases = 0;
    for (const step of STEPS) {
      const result = cutEverywhere(image, geometry, step, stride);
      image = result.after;
      cases += result.cases;
    }
    expect(cases).toBeGreaterThan(500);
  });

  it('do so too when the ring has turned', () => {
    const nor = new Nor(geometry);
    const terminal = boot(nor);
    for (let turn = 0; turn < 3 * geometry.sectorCount; turn++) STEPS.forEach((step) => apply(terminal, step));
    expect(nor.erases.every((count) => count > 0)).toBe(true);
    let image = nor.snapshot();
    for (const step of STEPS) image = cutEverywhere(image, geometry, step, 31).after;
  });
});

it('a flash that fails a program refuses the change, and keeps the table', () => {
  const nor = new Nor();
  const terminal = boot(nor);
  STEPS.slice(0, 2).forEach((step) => apply(terminal, step));
  const before = list(terminal);
  for (let sector = 0; sector < nor.geometry.sectorCount; sector++) nor.worn.add(sector);
  expect(() => apply(terminal, { command: CardCommand.Bind, body: { gen: null, ...card(4) } })).toThrow(/284/);
  expect(list(terminal)).toEqual(before);
  expect(list(boot(nor))).toEqual(before);
});
