import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { systemCrypto } from '#crypto';
import { CardCommand, FlashState, Group, KeySlot, Op, Refusal, Register, Size } from '../../assembly/protocol.js';
import { EmulatedTerminal, KeyStore, Nor } from '../../host/emulator/index.js';
import type { Body } from '../../host/smp/packet.js';
import { exchange, refusalOf } from '../support/exchange.js';
import { key } from '../support/keyed.js';
import { Needles } from '../support/needles.js';

// An attacker who has the flash chip in a programmer can read it, and write anything to it.

const SERIAL = 'OB-CHIP';
const NAME = '阿依古丽•买买提';
const CARDS = [
  { pan: '4242424242424242', name: 'ZHANG SAN' },
  { pan: '6200000000000005', name: NAME },
  { pan: '378282246310005', name: 'MARIA GARCIA' },
] as const;
const GEOMETRY = { sectorBytes: 4096, sectorCount: 4, programUnit: 1 };

// docs/STORE.md, "Layout".
const HEADER_BYTES = 36;
const FRAME_BYTES = 101;
const SEALED: number = Size.Sealed;
const TAGS = [0x0f, 0x33, 0x3c, 0x55, 0x5a, 0x66, 0x69, 0x96];
const frameAt = (frame: number): number => HEADER_BYTES + frame * FRAME_BYTES;

/** The key store of a terminal. Each serial number has a device root key of its own. */
function keysOf(serial: string): KeyStore {
  return new KeyStore().set(KeySlot.Root, systemCrypto.sha256(Buffer.from(serial))).set(KeySlot.Master, key(serial));
}

function boot(image: Uint8Array | undefined, keys = keysOf(SERIAL), serial = SERIAL): EmulatedTerminal {
  const nor = new Nor(GEOMETRY);
  if (image) nor.load(image);
  const terminal = new EmulatedTerminal({ serial, nor, keys: keys.branch() });
  terminal.powerOn();
  return terminal;
}

const card = (terminal: EmulatedTerminal, command: CardCommand, body: Body = {}): Body =>
  exchange(terminal, Op.Write, Group.Card, command, body);
const list = (terminal: EmulatedTerminal): Body => exchange(terminal, Op.Read, Group.Card, CardCommand.List);
const verify = (terminal: EmulatedTerminal): Body =>
  exchange(terminal, Op.Read, Group.Card, CardCommand.Verify, { nonce: new Uint8Array(16) });
const state = (terminal: EmulatedTerminal): unknown => list(terminal)['state'];
const bind = (terminal: EmulatedTerminal, one: object = CARDS[0]): Body =>
  card(terminal, CardCommand.Bind, { gen: null, ...one });
const unbind = (terminal: EmulatedTerminal, slot: number): Body =>
  card(terminal, CardCommand.Unbind, { gen: null, slot });

/** A terminal with three cards, its key store, and the content of its flash. */
function written() {
  const terminal = boot(undefined);
  for (const one of CARDS) bind(terminal, one);
  return { terminal, keys: terminal.keys, image: terminal.nor.snapshot() };
}

/** Expects one of these states, no proof, and no change by `bind` and `unbind`. */
function expectRefused(terminal: EmulatedTerminal, ...states: FlashState[]): void {
  const image = terminal.nor.snapshot();
  expect(states).toContain(state(terminal));
  expect(refusalOf(() => bind(terminal, CARDS[2]))).toBeGreaterThanOrEqual(Refusal.FlashForeign);
  expect(refusalOf(() => unbind(terminal, 1))).toBeGreaterThanOrEqual(Refusal.FlashForeign);
  const forged = state(terminal) === FlashState.Forged;
  expect(refusalOf(() => verify(terminal))).toBe(forged ? Refusal.FlashForged : Refusal.FlashDamaged);
  if (forged) expect((list(terminal)['slots'] as unknown[]).every((slot) => slot === null)).toBe(true);
  expect(terminal.nor.snapshot()).toEqual(image);
}

/** Makes the CRC of a frame right. The frame is in the first sector, whose sequence is 1. */
function sealFrame(image: Uint8Array, frame: number): void {
  const seed = Buffer.alloc(8);
  seed.writeUInt32LE(1, 0);
  seed.writeUInt32LE(frame, 4);
  const body = image.subarray(frameAt(frame), frameAt(frame) + FRAME_BYTES - 4);
  new DataView(image.buffer).setUint32(frameAt(frame) + FRAME_BYTES - 4, crc32(body, crc32(seed)), true);
}

function sealHeader(image: Uint8Array): void {
  new DataView(image.buffer).setUint32(HEADER_BYTES - 4, crc32(image.subarray(0, HEADER_BYTES - 4)), true);
}

/** The anchor of a table, for an attacker who can write to the anchor as well. */
function anchorOf(generation: number, slots: readonly Uint8Array[]): Uint8Array {
  const table = Buffer.alloc(4 + Size.Slots * SEALED);
  table.writeUInt32LE(generation);
  slots.forEach((slot, i) => table.set(slot, 4 + i * SEALED));
  return Buffer.concat([table.subarray(0, 4), systemCrypto.sha256(table).subarray(0, 14), Buffer.alloc(14)]);
}

describe('a flash image', () => {
  it('holds no number and no name, in any form', () => {
    const { terminal, image } = written();
    const needles = new Needles();
    for (const { pan, name } of CARDS) needles.addNumber(pan).addText('a name', name);
    unbind(terminal, 2);
    card(terminal, CardCommand.Replace, { gen: null, slots: [CARDS[1], true, null, CARDS[0], null, null, null, null] });
    for (const bytes of [image, terminal.nor.snapshot()]) expect(needles.in('flash', bytes)).toEqual([]);
    for (const { what, bytes: form } of needles.forms) {
      const planted = image.slice();
      planted.set(form, 300);
      expect(needles.in('flash', planted)).toContain(`flash: ${what}`);
    }
  });

  it('has no bytes in common with another image that holds the same card', () => {
    const seen = new Set<string>();
    for (let i = 0; i < 20; i++) {
      const terminal = boot(undefined);
      bind(terminal);
      const slot = terminal.nor.snapshot().subarray(frameAt(0) + 1, frameAt(0) + 1 + SEALED);
      for (let at = 0; at < SEALED; at += 8) seen.add(Buffer.from(slot.subarray(at, at + 8)).toString('hex'));
    }
    expect(seen.size).toBe(20 * (SEALED / 8));
  });

  it('is used by its own terminal, if it is the newest', () => {
    const { keys, image } = written();
    const terminal = boot(image, keys);
    expect(state(terminal)).toBe(FlashState.Ready);
    expect(list(terminal)['slots']).toMatchObject([{ pan: '424242******4242' }, {}, {}, null, null, null, null, null]);
  });

  it('is refused by another terminal, whether that had a table or not', () => {
    const { image } = written();
    expectRefused(boot(image, keysOf('OB-OTHER'), 'OB-OTHER'), FlashState.Forged);
    const other = boot(undefined, keysOf('OB-OTHER'), 'OB-OTHER');
    bind(other);
    expectRefused(boot(image, other.keys, 'OB-OTHER'), FlashState.Forged);
  });

  it('cannot be opened by another terminal, even if the anchor there accepts it', () => {
    const { image, keys } = written();
    const other = keysOf('OB-OTHER');
    const anchor = new Uint8Array(32);
    keys.register(Register.Anchor, anchor);
    other.setRegister(Register.Anchor, anchor);
    const terminal = boot(image, other, 'OB-OTHER');
    expect(list(terminal)['slots']).toEqual([false, false, false, null, null, null, null, null]);
    expect(refusalOf(() => verify(terminal))).toBe(Refusal.FlashDamaged);
  });

  it('is refused if it is not the newest, even if it is only one change older', () => {
    const terminal = boot(undefined);
    const images: Uint8Array[] = [];
    const change = (make: () => void): void => {
      make();
      images.push(terminal.nor.snapshot());
    };
    for (let round = 0; round < 25; round++) {
      change(() => bind(terminal));
      change(() => unbind(terminal, 1));
    }
    change(() => bind(terminal));
    const newest = images.pop();
    for (const image of images) expectRefused(boot(image, terminal.keys), FlashState.Forged);
    expect(state(boot(newest, terminal.keys))).toBe(FlashState.Ready);
  });

  it('does not pass for a new one if it was erased, completely or from one record on', () => {
    const { keys, image } = written();
    expectRefused(boot(undefined, keys), FlashState.Forged);
    for (let frame = 0; frame < CARDS.length; frame++) {
      const shorter = image.slice().fill(0xff, frameAt(frame));
      expectRefused(boot(shorter, keys), FlashState.Forged, FlashState.Damaged);
    }
  });

  it('is used again after a format, which needs the key', () => {
    const { keys } = written();
    const terminal = boot(undefined, keys);
    expectRefused(terminal, FlashState.Forged);
    card(terminal, CardCommand.Format, { confirm: 'format' });
    bind(terminal);
    expect(state(boot(terminal.nor.snapshot(), terminal.keys))).toBe(FlashState.Ready);
  });
});

describe('a record', () => {
  /**
   * An image whose second frame is a copy of the first, with the tag of slot 2 and a right CRC.
   */
  function moved() {
    const { keys, image } = written();
    const forged = image.slice();
    forged.copyWithin(frameAt(1), frameAt(0), frameAt(1));
    forged[frameAt(1)] = TAGS[1] ?? 0;
    sealFrame(forged, 1);
    return { keys, image, forged };
  }
  const slotOf = (image: Uint8Array, frame: number): Uint8Array =>
    image.subarray(frameAt(frame) + 1, frameAt(frame) + 1 + SEALED);

  it('is refused if it was moved to another slot, with right checksums', () => {
    const { keys, image, forged } = moved();
    // The image is accepted if the same functions only write its own checksums again.
    const same = image.slice();
    sealFrame(same, 1);
    sealHeader(same);
    expect(state(boot(same, keys))).toBe(FlashState.Ready);
    expectRefused(boot(forged, keys), FlashState.Forged);
  });

  it('cannot be opened in another slot, even if the anchor accepts it', () => {
    const { keys, image, forged } = moved();
    const accept = (...slots: Uint8Array[]): KeyStore => {
      const store = keys.branch();
      store.setRegister(Register.Anchor, anchorOf(CARDS.length, slots));
      return store;
    };
    const [first, second, third] = [0, 1, 2].map((frame) => slotOf(image, frame)) as [Buffer, Buffer, Buffer];
    expect(state(boot(image, accept(first, second, third)))).toBe(FlashState.Ready);
    const terminal = boot(forged, accept(first, first, third));
    expect(list(terminal)['slots']).toMatchObject([{}, false, {}, null, null, null, null, null]);
  });

  it('is refused if it is an older one in the place of the newest, with right checksums', () => {
    const terminal = boot(undefined);
    bind(terminal, CARDS[0]);
    unbind(terminal, 1);
    bind(terminal, CARDS[1]);
    const forged = terminal.nor.snapshot();
    forged.copyWithin(frameAt(2), frameAt(0), frameAt(1));
    sealFrame(forged, 2);
    expectRefused(boot(forged, terminal.keys), FlashState.Forged);
  });

  it('is refused if a header with a right checksum leads away from the newest one', () => {
    const terminal = boot(undefined);
    // After a sector is full, the next one begins with a group, and its locations lead there.
    for (let i = 0; i < 25; i++) {
      bind(terminal);
      unbind(terminal, 1);
    }
    bind(terminal);
    const image = terminal.nor.snapshot();
    const opened = image.slice(4096, 8192);
    expect(opened[0]).toBe(0x4f);
    for (let location = 14; location < 30; location += 2) {
      const forged = image.slice();
      const header = Buffer.from(forged.buffer, 4096, HEADER_BYTES);
      header.writeUInt16LE(header.readUInt16LE(location) === 0xffff ? 0x0003 : 0xffff, location);
      header.writeUInt32LE(crc32(header.subarray(0, HEADER_BYTES - 4)), HEADER_BYTES - 4);
      const { slots, state: found } = list(boot(forged, terminal.keys));
      // A later frame in the sector replaces the one that the header's location leads to.
      if (found === FlashState.Ready) expect(slots).toEqual(list(terminal)['slots']);
      else expectRefused(boot(forged, terminal.keys), FlashState.Forged, FlashState.Damaged);
    }
  });
});

describe('any byte of a table on flash', () => {
  const { terminal, keys, image } = written();
  const table = list(terminal);
  const used = frameAt(CARDS.length);

  /**
   * True if a boot finds the table that was written. If it finds another state, it must refuse
   * changes.
   */
  function expectSameOrRefused(forged: Uint8Array): boolean {
    const spoiled = boot(forged, keys);
    const found = list(spoiled);
    if (found['state'] === FlashState.Ready) {
      expect(found).toEqual(table);
      return true;
    }
    expect(refusalOf(() => bind(spoiled, CARDS[2]))).toBeGreaterThanOrEqual(Refusal.FlashForeign);
    return false;
  }

  it('makes the terminal refuse the table if all bits of the byte are changed', () => {
    for (let at = 0; at < used; at++) {
      const forged = image.slice();
      forged[at] = (forged[at] ?? 0) ^ 0xff;
      expect(expectSameOrRefused(forged), `byte ${at}`).toBe(false);
    }
  });

  it('may have one wrong bit, as flash sometimes has, which is corrected', () => {
    for (let at = 0; at < used; at++) {
      const forged = image.slice();
      forged[at] = (forged[at] ?? 0) ^ (1 << (at % 8));
      expect(expectSameOrRefused(forged), `byte ${at}`).toBe(true);
    }
  });

  it('makes the terminal refuse the table if one bit is changed and all checksums are made right', () => {
    for (let at = 0; at < used; at++) {
      const frame = Math.floor((at - HEADER_BYTES) / FRAME_BYTES);
      const inChecksum =
        at < HEADER_BYTES ? at >= HEADER_BYTES - 4 : (at - HEADER_BYTES) % FRAME_BYTES >= FRAME_BYTES - 4;
      if (inChecksum) continue;
      const forged = image.slice();
      forged[at] = (forged[at] ?? 0) ^ (1 << (at % 8));
      if (at < HEADER_BYTES) sealHeader(forged);
      else sealFrame(forged, frame);
      const same = expectSameOrRefused(forged);
      // Behind its first 14 bytes, the header holds locations, which later frames replace, and the
      // bits of retired sectors, which are no part of the table.
      if (at < 14 || at >= HEADER_BYTES) expect(same, `byte ${at}`).toBe(false);
    }
  });
});
