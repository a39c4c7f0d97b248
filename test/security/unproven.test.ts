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

/** A key store of which reads or writes of registers can be made to fail. */
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

/** A terminal with these cards. */
function written(...cards: object[]): { terminal: EmulatedTerminal; keys: FlakyKeys; image: Uint8Array } {
  const keys = flaky();
  const terminal = boot(new Nor(), keys);
  for (const card of cards) bind(terminal, card);
  return { terminal, keys, image: terminal.nor.snapshot() };
}

/** Neither proven nor changed, by any command but `format`. */
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
  it('of which a frame is spoiled proves nothing, though the others can be read', () => {
    const { terminal, keys, image } = written(A, B, C);
    unbind(terminal, 1);
    const old = boot(holding(spoil(image, 157, 20)), keys);
    expect((list(old)['slots'] as unknown[]).slice(0, 3)).toMatchObject([{ pan: '424242******4242' }, false, {}]);
    expectUnproven(old, FlashState.Damaged, Refusal.FlashDamaged);
  });
});

describe('a flash of which nothing can be made out', () => {
  it('is forged where there was a table, and comes back when its bytes do', () => {
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

  it('is foreign where there was none', () => {
    const random = new Uint8Array(65_536).fill(0x42);
    expectUnproven(boot(holding(random), flaky()), FlashState.Foreign, Refusal.FlashForeign);
  });

  it('is blank where it is erased and there was none: that is proven', () => {
    const terminal = boot(new Nor(), flaky());
    expect(list(terminal)['state']).toBe(FlashState.Blank);
    expect(verify(terminal)).toEqual({ gen: 0, macs: Array(8).fill(null) });
  });
});

describe('a read that fails at boot', () => {
  /** Images that are whole, of nothing, foreign, forged, and of two tables. */
  const { keys, image } = written(A, B);
  const cases: [string, Uint8Array, KeyStore][] = [
    ['a table', image, keys],
    ['an erased flash', image.slice().fill(0xff), flaky()],
    ['a foreign flash', image.slice().fill(0x42), flaky()],
    ['a forged flash', image.slice().fill(0), keys],
    ['a damaged table', spoil(image, 157, 20), keys],
  ];

  it.each(cases)('of %s makes it damaged, whichever read it is, and writes nothing', (_what, bytes, store) => {
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

  it.each([Register.Anchor, Register.FormerAnchor])('of the anchor (register %i) does so too', (register) => {
    const store = flaky();
    for (const bytes of [image, image.slice().fill(0xff), image.slice().fill(0x42)]) {
      store.failReads = [register];
      const terminal = boot(holding(bytes), store);
      expectUnproven(terminal, FlashState.Damaged, Refusal.FlashUnread);
      // Without it, nobody knows how far the generation had come.
      expect(refusalOf(() => format(terminal))).toBe(Refusal.FlashFailed);
      store.failReads = [];
      format(terminal);
      expect(list(terminal)['state']).toBe(FlashState.Ready);
      store.setRegister(Register.Anchor, new Uint8Array(32));
    }
  });
});

describe('a change of which the anchor could not be told that it holds', () => {
  it('is neither acknowledged nor proven until it could, for an older image would still pass', () => {
    const { terminal, keys, image } = written(A);
    let left = 1;
    keys.setRegister = (id, value) =>
      id === ANCHOR && left-- <= 0 ? HalError.Device : KeyStore.prototype.setRegister.call(keys, id, value);
    expect(refusalOf(() => bind(terminal, B))).toBe(Refusal.FlashFailed);
    for (const command of [() => bind(terminal, B), () => verify(terminal), () => unbind(terminal, 2)]) {
      expect(refusalOf(command)).toBe(Refusal.FlashFailed);
    }
    // It is the one that was announced: both are accepted, and nobody was told of either.
    expect(list(boot(holding(image), keys.branch()))['state']).toBe(FlashState.Ready);
    left = 3;
    expect(bind(terminal, B)).toMatchObject({ changed: false, slot: 2 });
    expect((verify(terminal)['macs'] as unknown[]).filter((mac) => mac !== null)).toHaveLength(2);
    expectUnproven(boot(holding(image), keys), FlashState.Forged, Refusal.FlashForged);
  });

  it('is not begun where the anchor takes no announcement', () => {
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
    ['a blanked header', newest.slice().fill(0, 0, HEADER_BYTES), FlashState.Forged],
    ['an older table', image, FlashState.Forged],
    ['an older table that is damaged', spoil(image, 157, 20), FlashState.Damaged],
    ['the table, damaged', spoil(newest, 157, 20), FlashState.Damaged],
    ['the table itself', newest, FlashState.Ready],
  ])('does not fall with a format from %s', (_what, bytes, state) => {
    const store = keys.branch();
    const formatted = boot(holding(bytes), store);
    expect(list(formatted)).toMatchObject({ state, gen: REACHED });
    expect(format(formatted)).toEqual({ gen: REACHED + 1 });
    expect(bind(formatted, A)).toMatchObject({ gen: REACHED + 2 });
    expect(list(boot(formatted.nor, store))).toMatchObject({ state: FlashState.Ready, gen: REACHED + 2 });
  });

  it('that the flash claims does not count: one that was forged to be the highest leads nowhere', () => {
    const forged = spoil(newest, 157, 20);
    const header = Buffer.from(forged.buffer, 0, HEADER_BYTES);
    header.writeUInt32LE(0xffffffff - REACHED, 10);
    header.writeUInt32LE(crcOf(header.subarray(0, HEADER_BYTES - 4)), HEADER_BYTES - 4);
    const formatted = boot(holding(forged), keys.branch());
    expect(list(formatted)).toMatchObject({ state: FlashState.Damaged, gen: REACHED });
    expect(format(formatted)).toEqual({ gen: REACHED + 1 });
  });

  it('goes on behind one that was announced: somebody may have seen it', () => {
    const store = keys.branch();
    const nor = holding(newest);
    const cut = boot(nor, store);
    nor.strike({ after: 0, tear: { kind: 'prefix', bytes: 101 }, outcome: 'cut' });
    expect(() => unbind(cut, 3)).toThrow('no answer');
    const lost = boot(holding(newest.slice().fill(0xff)), store);
    expect(list(lost)).toMatchObject({ state: FlashState.Forged, gen: REACHED + 1 });
    expect(format(lost)).toEqual({ gen: REACHED + 2 });
  });

  it('goes on where a format was refused', () => {
    const store = keys.branch();
    const nor = new Nor();
    for (let sector = 0; sector < 16; sector++) nor.worn.add(sector);
    expect(refusalOf(() => format(boot(nor, store)))).toBe(Refusal.FlashFailed);
    nor.worn.clear();
    expect(format(boot(nor, store))['gen']).toBeGreaterThan(REACHED);
  });
});

describe('a change that was announced, on a flash that takes nothing more', () => {
  const FRAME_BYTES = 101;
  /** The image with something behind its last frame, in a chip whose write protection is on. */
  const protectedWith = (image: Uint8Array, frames: number): Nor => {
    const dirty = image.slice();
    dirty[HEADER_BYTES + frames * FRAME_BYTES] = 0;
    const nor = holding(dirty);
    for (let sector = 0; sector < nor.geometry.sectorCount; sector++) nor.worn.add(sector);
    return nor;
  };

  it('leaves two tables, of which neither is proven until one of them is the newest for good', () => {
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
  /** The terminal with the anchor as HAL version 4 kept it. */
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
    'that could not be read (register %i) loses no generation',
    (id) => {
      const { keys, newest } = former();
      keys.failReads = [id];
      const terminal = boot(holding(newest), keys);
      expect(list(terminal)).toMatchObject({ state: FlashState.Damaged, gen: 13 });
      keys.failReads = [];
      expect(format(terminal)).toEqual({ gen: 14 });
    },
  );

  it('of a damaged table goes on from what was announced, wherever a format is cut', () => {
    const { keys, newest } = former();
    const nor = holding(spoil(newest, 157, 20));
    nor.strike({ after: 0, tear: { kind: 'prefix', bytes: 0 }, outcome: 'cut' });
    expect(() => format(boot(nor, keys))).toThrow('no answer');
    const again = boot(nor, keys);
    expect(list(again)['gen']).toBeGreaterThanOrEqual(13);
    expect(format(again)['gen']).toBeGreaterThan(13);
  });

  it.each([0xffffffff, 0xfffffffe, 0x40000000])('believes no generation that no flash lives to see: %i', (claimed) => {
    const { keys, newest } = former();
    const forged = spoil(newest, 157, 20);
    const header = Buffer.from(forged.buffer, 0, HEADER_BYTES);
    header.writeUInt32LE(claimed - 10, 10);
    header.writeUInt32LE(crcOf(header.subarray(0, HEADER_BYTES - 4)), HEADER_BYTES - 4);
    const terminal = boot(holding(forged), keys);
    const { gen } = format(terminal);
    expect(gen).toBeGreaterThan(0);
    expect(bind(terminal, A)).toMatchObject({ gen: Number(gen) + 1 });
  });
});

it('a format that was announced counts for the generation, though it passed over one', () => {
  const { terminal, keys, image } = written(A, B, C);
  terminal.nor.strike({ after: 0, tear: { kind: 'prefix', bytes: 0 }, outcome: 'cut' });
  expect(() => unbind(terminal, 1)).toThrow('no answer');
  const nor = holding(image.slice().fill(0xff));
  nor.strike({ after: 16, tear: { kind: 'prefix', bytes: 36 }, outcome: 'cut' });
  expect(() => format(boot(nor, keys))).toThrow('no answer');
  // Nobody was told of generation 5, and it may be on the flash.
  expect(list(boot(holding(image.slice().fill(0xff)), keys))).toMatchObject({ state: FlashState.Forged, gen: 5 });
});
