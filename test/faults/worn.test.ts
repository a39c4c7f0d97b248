import { describe, expect, it } from 'vitest';
import { CardCommand, FlashState, Group, HalError, Op, Refusal, StatCommand } from '../../assembly/protocol.js';
import { type EmulatedTerminal, Nor } from '../../host/emulator/index.js';
import { exchange } from '../support/exchange.js';
import { bootOn } from '../support/keyed.js';

const SECTORS = 4;
const GEOMETRY = { sectorBytes: 1024, sectorCount: SECTORS, programUnit: 1 };
const CARD = { gen: null, pan: '4242424242424242', name: 'ZHANG SAN' };

const boot = (nor: Nor): EmulatedTerminal => bootOn(nor);

function list(terminal: EmulatedTerminal): { state: FlashState; slots: unknown[] } {
  return exchange(terminal, Op.Read, Group.Card, CardCommand.List) as { state: FlashState; slots: unknown[] };
}

function bind(terminal: EmulatedTerminal): void {
  exchange(terminal, Op.Write, Group.Card, CardCommand.Bind, { ...CARD, slot: 1 });
}

function unbind(terminal: EmulatedTerminal): void {
  exchange(terminal, Op.Write, Group.Card, CardCommand.Unbind, { gen: null, slot: 1 });
}

function flashStats(terminal: EmulatedTerminal): Record<string, number> {
  const { fields } = exchange(terminal, Op.Read, Group.Stat, StatCommand.Show, { name: 'flash' });
  return fields as Record<string, number>;
}

/** Turns the ring `turns` times. */
function turn(terminal: EmulatedTerminal, turns: number): void {
  const end = (flashStats(terminal)['sequence'] ?? 0) + turns * SECTORS;
  while ((flashStats(terminal)['sequence'] ?? 0) < end) {
    bind(terminal);
    unbind(terminal);
  }
}

/** A terminal whose ring was turned once. The card in slot 2 stays as it is. */
function inUse(): { nor: Nor; terminal: EmulatedTerminal } {
  const nor = new Nor(GEOMETRY);
  const terminal = boot(nor);
  exchange(terminal, Op.Write, Group.Card, CardCommand.Bind, { ...CARD, pan: '6200000000000005', slot: 2 });
  turn(terminal, 1);
  return { nor, terminal };
}

describe('a worn sector', () => {
  it.each([0, 1, 2, 3])('with number %i is retired, and the ring goes on without it', (sector) => {
    const { nor, terminal } = inUse();
    nor.worn.add(sector);
    turn(terminal, 3);
    bind(terminal);
    const table = list(terminal);
    expect(table.state).toBe(FlashState.Ready);
    expect(flashStats(terminal)).toMatchObject({ retired: 1, failures: 1 });
    expect(list(boot(nor))).toEqual(table);
  });

  it('is not tried again after a boot', () => {
    const { nor, terminal } = inUse();
    nor.worn.add(2);
    turn(terminal, 2);
    const booted = boot(nor);
    turn(booted, 3);
    expect(flashStats(booted)).toMatchObject({ retired: 1, failures: 0 });
  });

  it('is tried again by a format', () => {
    const { nor, terminal } = inUse();
    nor.worn.add(2);
    turn(terminal, 2);
    nor.worn.clear();
    exchange(terminal, Op.Write, Group.Card, CardCommand.Format, { confirm: 'format' });
    expect(flashStats(terminal)).toMatchObject({ retired: 0 });
  });

  it('in which a program fails half way does not take its cards with it', () => {
    const { nor, terminal } = inUse();
    nor.strike({ after: 0, tear: { kind: 'prefix', bytes: 50 }, outcome: 'fail' });
    bind(terminal);
    const table = list(terminal);
    expect(table.slots[0]).not.toBeNull();
    expect(list(boot(nor))).toEqual(table);
    expect(nor.worn.size).toBe(1);
  });
});

describe('a flash with too few good sectors', () => {
  function wornOut(): { nor: Nor; terminal: EmulatedTerminal } {
    const { nor, terminal } = inUse();
    for (let sector = 0; sector < SECTORS; sector++) nor.worn.add(sector);
    return { nor, terminal };
  }

  it('refuses changes as worn out, and keeps the table', () => {
    const { nor, terminal } = wornOut();
    const before = list(terminal);
    expect(() => bind(terminal)).toThrow(String(Refusal.FlashWorn));
    expect(list(terminal)).toEqual({ ...before, state: FlashState.Worn });
    const image = nor.snapshot();
    expect(() => bind(terminal)).toThrow(String(Refusal.FlashWorn));
    expect(Buffer.compare(nor.snapshot(), image)).toBe(0);
    expect(list(boot(nor)).slots).toEqual(before.slots);
  });

  it('is not written to again after a change was refused as worn out', () => {
    const { nor, terminal } = wornOut();
    expect(() => bind(terminal)).toThrow(String(Refusal.FlashWorn));
    nor.program = () => HalError.Device;
    nor.erase = () => {
      throw new Error('an erase');
    };
    expect(() => bind(terminal)).toThrow(String(Refusal.FlashWorn));
  });

  it('accepts changes as long as the sector in use has room', () => {
    const { nor, terminal } = inUse();
    bind(terminal);
    const { free_frames: free = 0 } = flashStats(terminal);
    expect(free).toBeGreaterThan(1);
    const current = Math.max(...nor.erases);
    const image = nor.snapshot();
    // An unbind writes to the sector in use: the first byte that it changes tells which.
    unbind(terminal);
    const after = nor.snapshot();
    const inUseNow = Math.floor(after.findIndex((byte, at) => byte !== image[at]) / GEOMETRY.sectorBytes);
    for (let sector = 0; sector < SECTORS; sector++) if (sector !== inUseNow) nor.worn.add(sector);
    expect(current).toBeGreaterThan(0);
    for (let left = free - 1; left > 0; left--) {
      if (list(terminal).slots[0] === null) bind(terminal);
      else unbind(terminal);
    }
    expect(() => (list(terminal).slots[0] === null ? bind(terminal) : unbind(terminal))).toThrow(
      String(Refusal.FlashWorn),
    );
  });
});
