import { crc32 as crcOf } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CardCommand, FlashState, Group, HalError, Op, Refusal, Register } from '../../assembly/protocol.js';
import { type EmulatedTerminal, KeyStore, Nor } from '../../host/emulator/index.js';
import type { Body } from '../../host/smp/packet.js';
import { exchange, refusalOf } from '../support/exchange.js';
import { keyedTerminal, keysOf } from '../support/keyed.js';

// Only a table that the anchor vouches for is proven: docs/STORE.md, "States".

const SERIAL = 'OB-PROOF';
const A = { pan: '4242424242424242', name: 'ZHANG SAN' };
const B = { pan: '5555555555554444', name: 'ADA LOVELACE' };
const C = { pan: '378282246310005', name: 'MARIA GARCIA' };
const HEADER_BYTES = 36;
const ANCHOR: number = Register.Anchor;

/** A key store that can fail to read or to write chosen registers. */
class FlakyKeys extends KeyStore {
  failReads: readonly number[] = [];
  failWrites: readonly number[] = [];
  writes = 0;

  override register(id: number, into: Uint8Array): number {
    return this.failReads.includes(id) ? HalError.Device : super.register(id, into);
  }

  override setRegister(id: number, value: Uint8Array): number {
    if (id === ANCHOR) this.writes++;
    return this.failWrites.includes(id) ? HalError.Device : super.setRegister(id, value);
  }
}

function flaky(): FlakyKeys {
  const durable = keysOf(SERIAL).durable();
  return new FlakyKeys({ passwordRounds: 10, backing: { read: () => durable, write: () => undefined } });
}

function boot(nor: Nor, keys: KeyStore): EmulatedTerminal {
  const terminal = keyedTerminal({ serial: SERIAL, nor, keys });
  terminal.powerOn();
  return terminal;
}

function holding(image: Uint8Array): Nor {
  const nor = new Nor();
  nor.load(image);
  return nor;
}

const list = (terminal: EmulatedTerminal): Body => exchange(terminal, Op.Read, Group.Card, CardCommand.List);
const verify = (terminal: EmulatedTerminal): Body =>
  exchange(terminal, Op.Read, Group.Card, CardCommand.Verify, { nonce: new Uint8Array(16) });
const write = (terminal: EmulatedTerminal, command: CardCommand, body: Body): Body =>
  exchange(terminal, Op.Write, Group.Card, command, body);
const bind = (terminal: EmulatedTerminal, card: object): Body =>
  write(terminal, CardCommand.Bind, { gen: null, ...card });
const unbind = (terminal: EmulatedTerminal, slot: number): Body =>
  write(terminal, CardCommand.Unbind, { gen: null, slot });
const format = (terminal: EmulatedTerminal): Body => write(terminal, CardCommand.Format, { confirm: 'format' });
const spoil = (image: Uint8Array, from: number, bytes: number): Uint8Array => {
  const spoiled = image.slice();
  for (let at = from; at < from + bytes; at++) spoiled[at] = (spoiled[at] ?? 0) ^ 0xff;
  return spoiled;
};

/** A terminal with these cards, its key store, and the content of its flash. */
function written(...cards: object[]): { terminal: EmulatedTerminal; keys: FlakyKeys; image: Uint8Array } {
  const keys = flaky();
  const terminal = boot(new Nor(), keys);
  for (const card of cards) bind(terminal, card);
  return { terminal, keys, image: terminal.nor.snapshot() };
}

/** Expects this state, and that no command but `format` proves or changes the table. */
function expectUnproven(terminal: EmulatedTerminal, state: FlashState, refusal: Refusal): void {
  const image = terminal.nor.snapshot();
  expect(list(terminal)['state']).toBe(state);
  expect(refusalOf(() => verify(terminal))).toBe(refusal);
  expect(refusalOf(() => bind(terminal, C))).toBe(refusal);
  expect(refusalOf(() => unbind(terminal, 1))).toBe(refusal);
  expect(refusalOf(() => write(terminal, CardCommand.Replace, { gen: null, slots: Array(8).fill(null) }))).toBe(
    refusal,
  );
  expect(Buffer.compare(terminal.nor.snapshot(), image)).toBe(0);
}

describe('an old flash image', () => {
  it('with one spoiled frame proves nothing, although its other frames can be read', () => {
    const { terminal, keys, image } = written(A, B, C);
    unbind(terminal, 1);
    const old = boot(holding(spoil(image, 157, 20)), keys);
    expect((list(old)['slots'] as unknown[]).slice(0, 3)).toMatchObject([{ pan: '424242******4242' }, false, {}]);
    expectUnproven(old, FlashState.Damaged, Refusal.FlashDamaged);
  });
});

describe('a flash without a readable table', () => {
  it('is forged if there was a table, and ready again once its bytes are back', () => {
    const { keys, image } = written(A);
    expectUnproven(boot(holding(image.slice().fill(0, 0, HEADER_BYTES)), keys), FlashState.Forged, Refusal.FlashForged);
    const random = Uint8Array.from(image, (_, i) => (i * 131) & 0xff);
    for (const other of [random, image.slice().fill(0), image.slice().fill(0xff)]) {
      expectUnproven(boot(holding(other), keys), FlashState.Forged, Refusal.FlashForged);
    }
    const again = boot(holding(image), keys);
    expect(list(again)).toMatchObject({
      state: FlashState.Ready,
      slots: [{ pan: '424242******4242' }, ...Array<null>(7).fill(null)],
    });
  });

  it('is foreign if there never was a table', () => {
    const random = new Uint8Array(65_536).fill(0x42);
    expectUnproven(boot(holding(random), flaky()), FlashState.Foreign, Refusal.FlashForeign);
  });

  it('is blank if it is erased and there never was a table, and that is proven', () => {
    const terminal = boot(new Nor(), flaky());
    expect(list(terminal)['state']).toBe(FlashState.Blank);
    expect(verify(terminal)).toEqual({
      gen: 0,
      macs: Array(8).fill(null),
      policy: { gen: 0, mac: null },
    });
  });
});

describe('a read that fails at boot', () => {
  /** Flash images of several states, each with its key store. */
  const { keys, image } = written(A, B);
  const cases: [string, Uint8Array, KeyStore][] = [
    ['a table', image, keys],
    ['an erased flash', image.slice().fill(0xff), flaky()],
    ['a foreign flash', image.slice().fill(0x42), flaky()],
    ['a forged flash', image.slice().fill(0), keys],
    ['a damaged table', spoil(image, 157, 20), keys],
  ];

  it.each(cases)('of %s leads to state damaged, whichever read it is, and writes nothing', (_what, bytes, store) => {
    const clean = holding(bytes);
    const state = list(boot(clean, store))['state'];
    const { reads } = clean;
    for (let failing = 0; failing < Math.min(reads, 60); failing++) {
      const nor = holding(bytes);
      const read = nor.read.bind(nor);
      let count = 0;
      nor.read = (address, into) => (count++ === failing ? HalError.Device : read(address, into));
      expectUnproven(boot(nor, store), FlashState.Damaged, Refusal.FlashUnread);
      nor.read = read;
      expect(list(boot(nor, store))['state']).toBe(state);
    }
  });

  it.each([Register.Anchor, Register.FormerAnchor])(
    'of the anchor (register %i) leads to state damaged, and no format works',
    (register) => {
      const store = flaky();
      for (const bytes of [image, image.slice().fill(0xff), image.slice().fill(0x42)]) {
        store.failReads = [register];
        const terminal = boot(holding(bytes), store);
        expectUnproven(terminal, FlashState.Damaged, Refusal.FlashUnread);
        // Without the anchor, the highest generation is not known.
        expect(refusalOf(() => format(terminal))).toBe(Refusal.FlashFailed);
        store.failReads = [];
        format(terminal);
        expect(list(terminal)['state']).toBe(FlashState.Ready);
        store.setRegister(Register.Anchor, new Uint8Array(32));
      }
    },
  );
});

describe('a change that the anchor does not take', () => {
  it('is not acknowledged or proven until the anchor takes it, because an older image would still pass', () => {
    const { terminal, keys, image } = written(A);
    let left = 1;
    keys.setRegister = (id, value) =>
      id === ANCHOR && left-- <= 0 ? HalError.Device : KeyStore.prototype.setRegister.call(keys, id, value);
    expect(refusalOf(() => bind(terminal, B))).toBe(Refusal.FlashFailed);
    for (const command of [() => bind(terminal, B), () => verify(terminal), () => unbind(terminal, 2)]) {
      expect(refusalOf(command)).toBe(Refusal.FlashFailed);
    }
    // The anchor holds the old table and the announced one, so it still accepts the old image.
    expect(list(boot(holding(image), keys.branch()))['state']).toBe(FlashState.Ready);
    left = 3;
    expect(bind(terminal, B)).toMatchObject({ changed: false, slot: 2 });
    expect((verify(terminal)['macs'] as unknown[]).filter((mac) => mac !== null)).toHaveLength(2);
    expectUnproven(boot(holding(image), keys), FlashState.Forged, Refusal.FlashForged);
  });

  it('is not begun if the anchor does not take the announcement', () => {
    const { terminal, keys, image } = written(A);
    keys.failWrites = [Register.Anchor];
    expect(refusalOf(() => bind(terminal, B))).toBe(Refusal.FlashFailed);
    expect(Buffer.compare(terminal.nor.snapshot(), image)).toBe(0);
    expect((verify(terminal)['macs'] as unknown[]).filter((mac) => mac !== null)).toHaveLength(1);
    keys.failWrites = [];
    expect(bind(terminal, B)).toMatchObject({ changed: true, gen: 2 });
  });
});

describe('the generation', () => {
  const { terminal, keys, image } = written(A, B, C);
  for (let i = 0; i < 5; i++) {
    unbind(terminal, 3);
    bind(terminal, C);
  }
  const REACHED = 13;
  const newest = terminal.nor.snapshot();

  it.each([
    ['an erased flash', newest.slice().fill(0xff), FlashState.Forged],
    ['a flash with a blanked header', newest.slice().fill(0, 0, HEADER_BYTES), FlashState.Forged],
    ['an older table', image, FlashState.Forged],
    ['an older table that is damaged', spoil(image, 157, 20), FlashState.Damaged],
    ['the newest table, damaged', spoil(newest, 157, 20), FlashState.Damaged],
    ['the newest table', newest, FlashState.Ready],
  ])('does not fall if a format replaces %s', (_what, bytes, state) => {
    const store = keys.branch();
    const formatted = boot(holding(bytes), store);
    expect(list(formatted)).toMatchObject({ state, gen: REACHED });
    expect(format(formatted)).toEqual({ gen: REACHED + 1 });
    expect(bind(formatted, A)).toMatchObject({ gen: REACHED + 2 });
    expect(list(boot(formatted.nor, store))).toMatchObject({ state: FlashState.Ready, gen: REACHED + 2 });
  });

  it('ignores what a damaged flash claims, even the highest number', () => {
    const forged = spoil(newest, 157, 20);
    const header = Buffer.from(forged.buffer, 0, HEADER_BYTES);
    header.writeUInt32LE(0xffffffff - REACHED, 10);
    header.writeUInt32LE(crcOf(header.subarray(0, HEADER_BYTES - 4)), HEADER_BYTES - 4);
    const formatted = boot(holding(forged), keys.branch());
    expect(list(formatted)).toMatchObject({ state: FlashState.Damaged, gen: REACHED });
    expect(format(formatted)).toEqual({ gen: REACHED + 1 });
  });

  it('goes on from an announced one, because somebody may have seen it', () => {
    const store = keys.branch();
    const nor = holding(newest);
    const cut = boot(nor, store);
    nor.strike({ after: 0, tear: { kind: 'prefix', bytes: 101 }, outcome: 'cut' });
    expect(() => unbind(cut, 3)).toThrow('no answer');
    const lost = boot(holding(newest.slice().fill(0xff)), store);
    expect(list(lost)).toMatchObject({ state: FlashState.Forged, gen: REACHED + 1 });
    expect(format(lost)).toEqual({ gen: REACHED + 2 });
  });

  it('goes on after a format that was refused', () => {
    const store = keys.branch();
    const nor = new Nor();
    for (let sector = 0; sector < 16; sector++) nor.worn.add(sector);
    expect(refusalOf(() => format(boot(nor, store)))).toBe(Refusal.FlashFailed);
    nor.worn.clear();
    expect(format(boot(nor, store))['gen']).toBeGreaterThan(REACHED);
  });
});

describe('an announced change on a flash that can no longer be written', () => {
  const FRAME_BYTES = 101;
  /** A write-protected flash with this image and a written byte behind its last frame. */
  const protectedWith = (image: Uint8Array, frames: number): Nor => {
    const dirty = image.slice();
    dirty[HEADER_BYTES + frames * FRAME_BYTES] = 0;
    const nor = holding(dirty);
    for (let sector = 0; sector < nor.geometry.sectorCount; sector++) nor.worn.add(sector);
    return nor;
  };

  it('leaves two tables, of which neither is proven until a boot can settle which one holds', () => {
    const { terminal, keys, image } = written(A, B);
    let left = 1;
    keys.setRegister = (id, value) =>
      id === ANCHOR && left-- <= 0 ? HalError.Device : KeyStore.prototype.setRegister.call(keys, id, value);
    expect(refusalOf(() => unbind(terminal, 1))).toBe(Refusal.FlashFailed);
    const newer = terminal.nor.snapshot();
    left = Infinity;
    for (let round = 0; round < 2; round++) {
      expectUnproven(boot(protectedWith(newer, 3), keys), FlashState.Damaged, Refusal.FlashUnread);
      expectUnproven(boot(protectedWith(image, 2), keys), FlashState.Damaged, Refusal.FlashUnread);
    }
    expect(list(boot(holding(newer), keys))).toMatchObject({ state: FlashState.Ready, gen: 3 });
    expectUnproven(boot(protectedWith(image, 2), keys), FlashState.Forged, Refusal.FlashForged);
  });
});

describe('a former anchor', () => {
  /** The key store and the flash of a terminal whose anchor is kept as in HAL version 4. */
  function former(): { keys: FlakyKeys; newest: Uint8Array } {
    const { terminal, keys } = written(A, B, C);
    for (let i = 0; i < 5; i++) {
      unbind(terminal, 3);
      bind(terminal, C);
    }
    const anchor = Buffer.alloc(32);
    keys.register(Register.Anchor, anchor);
    keys.setRegister(Register.FormerAnchor, Buffer.concat([anchor.subarray(4, 18), Buffer.alloc(18)]));
    keys.setRegister(Register.Anchor, new Uint8Array(32));
    return { keys, newest: terminal.nor.snapshot() };
  }

  it.each([Register.Anchor, Register.FormerAnchor])(
    'does not lower the generation if register %i cannot be read',
    (id) => {
      const { keys, newest } = former();
      keys.failReads = [id];
      const terminal = boot(holding(newest), keys);
      expect(list(terminal)).toMatchObject({ state: FlashState.Damaged, gen: 13 });
      keys.failReads = [];
      expect(format(terminal)).toEqual({ gen: 14 });
    },
  );

  it('does not lower the generation if the format of a damaged table is cut', () => {
    const { keys, newest } = former();
    const nor = holding(spoil(newest, 157, 20));
    nor.strike({ after: 0, tear: { kind: 'prefix', bytes: 0 }, outcome: 'cut' });
    expect(() => format(boot(nor, keys))).toThrow('no answer');
    const again = boot(nor, keys);
    expect(list(again)['gen']).toBeGreaterThanOrEqual(13);
    expect(format(again)['gen']).toBeGreaterThan(13);
  });

  it.each([0xffffffff, 0xfffffffe, 0x40000000])(
    'ends in a usable table if a damaged flash claims generation %i',
    (claimed) => {
      const { keys, newest } = former();
      const forged = spoil(newest, 157, 20);
      const header = Buffer.from(forged.buffer, 0, HEADER_BYTES);
      header.writeUInt32LE(claimed - 10, 10);
      header.writeUInt32LE(crcOf(header.subarray(0, HEADER_BYTES - 4)), HEADER_BYTES - 4);
      const terminal = boot(holding(forged), keys);
      const { gen } = format(terminal);
      expect(gen).toBeGreaterThan(0);
      expect(bind(terminal, A)).toMatchObject({ gen: Number(gen) + 1 });
    },
  );
});

it('an announced format counts for the generation, even if it was cut and passed over a number', () => {
  const { terminal, keys, image } = written(A, B, C);
  terminal.nor.strike({ after: 0, tear: { kind: 'prefix', bytes: 0 }, outcome: 'cut' });
  expect(() => unbind(terminal, 1)).toThrow('no answer');
  const nor = holding(image.slice().fill(0xff));
  nor.strike({ after: 16, tear: { kind: 'prefix', bytes: 36 }, outcome: 'cut' });
  expect(() => format(boot(nor, keys))).toThrow('no answer');
  // No reply named generation 5, but it may be on the flash.
  expect(list(boot(holding(image.slice().fill(0xff)), keys))).toMatchObject({ state: FlashState.Forged, gen: 5 });
});
