import { describe, expect, it } from 'vitest';
import { CardCommand, FlashState, Group, HalError, Op, Refusal } from '../../assembly/protocol.js';
import {
  DEFAULT_GEOMETRY,
  type EmulatedTerminal,
  type Geometry,
  Nor,
  seededRandom,
} from '../../host/emulator/index.js';
import { exchange } from '../support/exchange.js';
import { bootOn, withImage } from '../support/keyed.js';

const BIND = { gen: null, pan: '4242424242424242', name: 'ZHANG SAN' };
const SIXTEEN = DEFAULT_GEOMETRY;

const boot = (nor: Nor): EmulatedTerminal => bootOn(nor);

function state(terminal: EmulatedTerminal): FlashState {
  return exchange(terminal, Op.Read, Group.Card, CardCommand.List)['state'] as FlashState;
}

function bind(terminal: EmulatedTerminal): void {
  exchange(terminal, Op.Write, Group.Card, CardCommand.Bind, BIND);
}

/** The content of a flash on which one card is bound. */
function bound(geometry: Geometry): Uint8Array {
  const nor = new Nor(geometry);
  bind(boot(nor));
  return nor.snapshot();
}

function random(bytes: number, seed: number): Uint8Array {
  const next = seededRandom(seed);
  return Uint8Array.from({ length: bytes }, () => Math.floor(next() * 256));
}

/**
 * Expects that a terminal reports this state, refuses changes with this reason and writes nothing,
 * until a `format` that is confirmed makes the flash usable.
 */
function staysAsItIs(nor: Nor, found: FlashState, refusal: Refusal): void {
  const image = nor.snapshot();
  const terminal = boot(nor);
  expect(state(terminal)).toBe(found);
  expect(() => bind(terminal)).toThrow(String(refusal));
  const replace = { gen: null, slots: Array(8).fill(null) };
  expect(() => exchange(terminal, Op.Write, Group.Card, CardCommand.Replace, replace)).toThrow(String(refusal));
  expect(() => exchange(terminal, Op.Write, Group.Card, CardCommand.Unbind, { gen: null, slot: 1 })).toThrow(
    String(refusal),
  );
  expect(() => exchange(terminal, Op.Write, Group.Card, CardCommand.Format, { confirm: 'yes' })).toThrow('3');
  expect(Buffer.compare(nor.snapshot(), image)).toBe(0);
  exchange(terminal, Op.Write, Group.Card, CardCommand.Format, { confirm: 'format' });
  bind(terminal);
  expect(state(boot(nor))).toBe(FlashState.Ready);
}

describe('the firmware on a prepared flash', () => {
  it('writes nothing to empty flash before the first bind', () => {
    const nor = new Nor();
    const terminal = boot(nor);
    expect(state(terminal)).toBe(FlashState.Blank);
    expect(nor.programs).toBe(0);
    bind(terminal);
    expect(state(boot(nor))).toBe(FlashState.Ready);
  });

  it.each([1, 2, 3, 4, 5])('reports random bytes of seed %i as foreign', (seed) => {
    staysAsItIs(withImage(new Nor(), random(65_536, seed)), FlashState.Foreign, Refusal.FlashForeign);
  });

  it.each([0, 900, 4000, 4096, 65_535])('reports empty flash with one byte written at %i as foreign', (at) => {
    const image = new Uint8Array(65_536).fill(0xff);
    image[at] = 0x42;
    staysAsItIs(withImage(new Nor(), image), FlashState.Foreign, Refusal.FlashForeign);
  });

  // A header has 36 bytes and a frame 101, padded to 48 and 112: a cut leaves the padding erased.
  it.each([36, 47, 48 + 101, 48 + 111, 48 + 8 * 112 - 1])('reports a byte in padding, at %i, as foreign', (at) => {
    const image = new Uint8Array(65_536).fill(0xff);
    image[at] = 0x42;
    const nor = withImage(new Nor({ ...SIXTEEN, programUnit: 16 }), image);
    staysAsItIs(nor, FlashState.Foreign, Refusal.FlashForeign);
  });

  it('reports flash of zeros as foreign', () => {
    staysAsItIs(withImage(new Nor(), new Uint8Array(65_536)), FlashState.Foreign, Refusal.FlashForeign);
  });

  it.each([
    ['larger sectors', { sectorBytes: 16_384, sectorCount: 4, programUnit: 1 }],
    ['smaller sectors', { sectorBytes: 2048, sectorCount: 16, programUnit: 1 }],
    ['fewer sectors', { sectorBytes: 4096, sectorCount: 8, programUnit: 1 }],
    ['another program unit', { sectorBytes: 4096, sectorCount: 16, programUnit: 8 }],
  ])('reports a table that was laid out for %s as one of another geometry', (_what, geometry) => {
    const nor = new Nor(SIXTEEN);
    const image = nor.snapshot();
    image.set(bound(geometry).subarray(0, image.length));
    staysAsItIs(withImage(nor, image), FlashState.OtherGeometry, Refusal.FlashGeometry);
  });

  it('reports which record is damaged, and still lists the others', () => {
    const nor = new Nor();
    const terminal = boot(nor);
    bind(terminal);
    exchange(terminal, Op.Write, Group.Card, CardCommand.Bind, { ...BIND, pan: '6200000000000005' });
    exchange(terminal, Op.Write, Group.Card, CardCommand.Bind, { ...BIND, pan: '5555555555554444' });
    const image = nor.snapshot();
    const second = 36 + 101 + 20;
    image[second] = (image[second] ?? 0) ^ 0xff;
    const spoiled = withImage(nor, image);
    const { slots } = exchange(boot(spoiled), Op.Read, Group.Card, CardCommand.List) as { slots: unknown[] };
    expect(slots[0]).toMatchObject({ pan: '424242******4242' });
    expect(slots[1]).toBe(false);
    expect(slots[2]).toMatchObject({ pan: '555555******4444' });
    staysAsItIs(spoiled, FlashState.Damaged, Refusal.FlashDamaged);
  });

  it.each([
    { sectorBytes: 512, sectorCount: 16, programUnit: 1 },
    { sectorBytes: 131_072, sectorCount: 2, programUnit: 1 },
    { sectorBytes: 4000, sectorCount: 4, programUnit: 1 },
    { sectorBytes: 4096, sectorCount: 1, programUnit: 1 },
    { sectorBytes: 4096, sectorCount: 17, programUnit: 1 },
    { sectorBytes: 4096, sectorCount: 4, programUnit: 3 },
    { sectorBytes: 4096, sectorCount: 4, programUnit: 32 },
  ])('refuses to use a geometry out of range: $sectorCount × $sectorBytes, unit $programUnit', (geometry) => {
    const nor = new Nor(geometry);
    const terminal = boot(nor);
    expect(state(terminal)).toBe(FlashState.Unsupported);
    expect(() => bind(terminal)).toThrow(String(Refusal.FlashUnsupported));
    expect(() => exchange(terminal, Op.Write, Group.Card, CardCommand.Format, { confirm: 'format' })).toThrow(
      String(Refusal.FlashUnsupported),
    );
    expect(nor.programs).toBe(0);
  });

  it('loses nothing if one read fails', () => {
    const nor = new Nor();
    const terminal = boot(nor);
    for (let i = 0; i < 60; i++) {
      exchange(terminal, Op.Write, Group.Card, CardCommand.Bind, BIND);
      exchange(terminal, Op.Write, Group.Card, CardCommand.Unbind, { gen: null, slot: 1 });
    }
    bind(terminal);
    const table = exchange(terminal, Op.Read, Group.Card, CardCommand.List);
    const image = nor.snapshot();
    const clean = withImage(nor, image);
    boot(clean);
    const { reads } = clean;
    for (let failing = 0; failing < reads; failing++) {
      const flaky = withImage(nor, image);
      const read = flaky.read.bind(flaky);
      let count = 0;
      flaky.read = (address, into) => (count++ === failing ? HalError.Device : read(address, into));
      expect(state(boot(flaky)), `read ${failing}`).not.toBe(FlashState.Ready);
      expect(Buffer.compare(flaky.snapshot(), image)).toBe(0);
      flaky.read = read;
      expect(exchange(boot(flaky), Op.Read, Group.Card, CardCommand.List)).toEqual(table);
    }
    expect(reads).toBeGreaterThan(16);
  });

  it('reports damage if the newest header cannot be read, and does not go back to an older table', () => {
    const nor = new Nor();
    const terminal = boot(nor);
    for (let i = 0; i < 30; i++) {
      bind(terminal);
      exchange(terminal, Op.Write, Group.Card, CardCommand.Unbind, { gen: null, slot: 1 });
    }
    const image = nor.snapshot();
    const newest = 4096 + 12; // 40 frames in sector 0, the others in sector 1
    image[newest] = (image[newest] ?? 0) ^ 3;
    staysAsItIs(withImage(nor, image), FlashState.Damaged, Refusal.FlashDamaged);
  });

  it('still reports foreign data after a format that fails in every sector', () => {
    const nor = withImage(new Nor(), new Uint8Array(65_536));
    for (let sector = 0; sector < 16; sector++) nor.worn.add(sector);
    const terminal = boot(nor);
    expect(() => exchange(terminal, Op.Write, Group.Card, CardCommand.Format, { confirm: 'format' })).toThrow(
      String(Refusal.FlashFailed),
    );
    expect(() => bind(terminal)).toThrow(String(Refusal.FlashForeign));
    nor.worn.clear();
    nor.worn.add(0);
    exchange(terminal, Op.Write, Group.Card, CardCommand.Format, { confirm: 'format' });
    bind(terminal);
    expect(state(boot(nor))).toBe(FlashState.Ready);
  });

  it('keeps its table if a format fails', () => {
    const nor = new Nor();
    const terminal = boot(nor);
    bind(terminal);
    const { slots } = exchange(terminal, Op.Read, Group.Card, CardCommand.List);
    for (let sector = 0; sector < 16; sector++) nor.worn.add(sector);
    expect(() => exchange(terminal, Op.Write, Group.Card, CardCommand.Format, { confirm: 'format' })).toThrow(
      String(Refusal.FlashWorn),
    );
    expect(exchange(boot(nor), Op.Read, Group.Card, CardCommand.List)['slots']).toEqual(slots);
  });

  it('leaves no record of the old table on the flash after a format', () => {
    const nor = new Nor();
    const terminal = boot(nor);
    for (let i = 0; i < 60; i++) {
      bind(terminal);
      exchange(terminal, Op.Write, Group.Card, CardCommand.Unbind, { gen: null, slot: 1 });
    }
    bind(terminal);
    const slot = Buffer.from(nor.snapshot().subarray(4096 + 36 + 1, 4096 + 36 + 1 + 96));
    expect(Buffer.from(nor.snapshot()).includes(slot)).toBe(true);
    exchange(terminal, Op.Write, Group.Card, CardCommand.Format, { confirm: 'format' });
    const used = Buffer.from(nor.snapshot()).filter((byte) => byte !== 0xff).length;
    expect(Buffer.from(nor.snapshot()).includes(slot)).toBe(false);
    expect(used).toBeLessThanOrEqual(36);
  });

  it.each([0, 11, 35, 36, 40, 70, 136])('reads the table right if one bit of byte %i is wrong', (at) => {
    const nor = new Nor();
    const terminal = boot(nor);
    bind(terminal);
    const table = exchange(terminal, Op.Read, Group.Card, CardCommand.List);
    for (let bit = 0; bit < 8; bit++) {
      const image = nor.snapshot();
      image[at] = (image[at] ?? 0) ^ (1 << bit);
      const rotten = withImage(nor, image);
      expect(exchange(boot(rotten), Op.Read, Group.Card, CardCommand.List)).toEqual(table);
      // That boot wrote the table anew, so the next one has nothing to correct.
      expect(rotten.programs).toBe(1);
      expect(exchange(boot(rotten), Op.Read, Group.Card, CardCommand.List)).toEqual(table);
      expect(rotten.programs).toBe(1);
    }
  });

  it('reports another geometry if there are tables of two geometries', () => {
    const nor = new Nor();
    const terminal = boot(nor);
    for (let i = 0; i < 250; i++) {
      bind(terminal);
      exchange(terminal, Op.Write, Group.Card, CardCommand.Unbind, { gen: null, slot: 1 });
    }
    const image = nor.snapshot();
    const half = { ...SIXTEEN, sectorCount: 8 };
    image.set(bound(half).subarray(0, 32_768));
    staysAsItIs(withImage(nor, image), FlashState.OtherGeometry, Refusal.FlashGeometry);
  });

  it('accepts the first bind, however often the power is cut during it', () => {
    const nor = new Nor();
    for (let cut = 5; cut < 140; cut += 13) {
      const terminal = boot(nor);
      expect(state(terminal)).toBe(FlashState.Blank);
      nor.strike({ after: 0, tear: { kind: 'prefix', bytes: cut }, outcome: 'cut' });
      expect(() => bind(terminal)).toThrow('no answer');
    }
    bind(boot(nor));
    expect(exchange(boot(nor), Op.Read, Group.Card, CardCommand.List)).toMatchObject({
      state: FlashState.Ready,
      gen: 1,
    });
  });

  it('does not trap, whatever bytes are changed', () => {
    const nor = new Nor();
    const terminal = boot(nor);
    bind(terminal);
    for (let i = 0; i < 60; i++) {
      exchange(terminal, Op.Write, Group.Card, CardCommand.Bind, { ...BIND, pan: '6200000000000005', slot: 2 });
      exchange(terminal, Op.Write, Group.Card, CardCommand.Unbind, { gen: null, slot: 2 });
    }
    const good = nor.snapshot();
    const next = seededRandom(11);
    for (let round = 0; round < 1000; round++) {
      const image = good.slice();
      for (let hits = 1 + Math.floor(next() * 20); hits > 0; hits--) {
        // Mostly in the sectors that hold something.
        const at = Math.floor(next() * (next() < 0.9 ? 3 * 4096 : image.length));
        image[at] = Math.floor(next() * 256);
      }
      expect(state(boot(withImage(nor, image)))).toBeLessThanOrEqual(FlashState.Forged);
    }
  });
});
