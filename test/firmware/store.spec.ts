import { makeRecord } from '../../assembly/card/record';
import { recordAt } from '../../assembly/card/seal';
import { ANY_GENERATION, bind, isChanged, replace, slotOf, unbind } from '../../assembly/card/table';
import { codeOf, detailOf, Outcome } from '../../assembly/outcome';
import { FlashState, Refusal, Role, Size } from '../../assembly/protocol';
import * as flash from '../../assembly/store/flash';
import { format, generation, sequence, state } from '../../assembly/store/journal';
import { mount } from '../../assembly/store/mount';
import { isEmpty, slotAt } from '../../assembly/store/slots';
import { hex, put, SCRATCH } from './text';

const NAME: usize = SCRATCH + 64;

function lay(pan: string, name: string, role: i32, out: usize): void {
  expect(makeRecord(SCRATCH, put(pan, SCRATCH), NAME, put(name, NAME), role, false, out)).toBe(Refusal.None, pan);
}

/** The slot of the last change, and whether the change was committed. */
let slot: i32 = 0;
let changed: bool = false;

/** Sets both from the outcome of a change, and returns its `Refusal`. */
function settled(outcome: Outcome): i32 {
  slot = outcome < 0 ? <i32>detailOf(outcome) : slotOf(outcome);
  changed = outcome >= 0 && isChanged(outcome);
  return outcome < 0 ? codeOf(outcome) : <i32>Refusal.None;
}

function bindCard(
  pan: string,
  name: string,
  role: i32 = Role.Payment,
  wanted: i32 = 0,
  expected: i64 = ANY_GENERATION,
): i32 {
  lay(pan, name, role, recordAt(0));
  return settled(bind(wanted, expected));
}

function table(): string {
  return hex(slotAt(0), Size.Slots * Size.Sealed);
}

/** One of eight good card numbers, by an index from 0. */
function numbered(index: i32): string {
  return [
    '4242424242424242',
    '5555555555554444',
    '378282246310005',
    '3056930009020004',
    '6011111111111117',
    '3566002020360505',
    '6200000000000005',
    '6304000000000000',
  ][index];
}

describe('table', () => {
  beforeEach(() => {
    mount();
    expect(format()).toBe(Refusal.None);
  });

  it('fills eight slots and refuses a ninth card', () => {
    for (let i = 0; i < 8; i++) {
      expect(bindCard(numbered(i), 'ZHANG SAN')).toBe(Refusal.None);
      expect(slot).toBe(i + 1);
    }
    const before = table();
    const gen = generation;
    expect(bindCard('6200000000000047', 'ZHANG SAN')).toBe(Refusal.TableFull);
    expect(table()).toBe(before);
    expect(generation).toBe(gen);
  });

  it('changes nothing if the card is bound already, and refuses it under another name, role or slot', () => {
    expect(bindCard(numbered(0), 'ZHANG SAN', Role.Payment, 3)).toBe(Refusal.None);
    expect(changed).toBe(true);
    const gen = generation;
    expect(bindCard('4242 4242 4242 4242', 'ZHANG SAN')).toBe(Refusal.None);
    expect(changed).toBe(false);
    expect(slot).toBe(3);
    expect(bindCard(numbered(0), 'LI SI')).toBe(Refusal.HolderDiffers);
    expect(bindCard(numbered(0), 'ZHANG SAN', Role.Settlement)).toBe(Refusal.RoleDiffers);
    expect(bindCard(numbered(0), 'ZHANG SAN', Role.Payment, 4)).toBe(Refusal.DuplicateCard);
    expect(bindCard(numbered(1), 'ZHANG SAN', Role.Payment, 3)).toBe(Refusal.SlotOccupied);
    expect(generation).toBe(gen);
  });

  it('refuses a second settlement card', () => {
    expect(bindCard(numbered(0), 'ZHANG SAN', Role.Settlement)).toBe(Refusal.None);
    expect(bindCard(numbered(1), 'ZHANG SAN', Role.Settlement)).toBe(Refusal.SettlementTaken);
    expect(slot).toBe(1);
  });

  it('refuses a change with a stale generation, unless the table holds its result already', () => {
    const gen = <i64>generation;
    expect(bindCard(numbered(0), 'ZHANG SAN', Role.Payment, 0, gen + 1)).toBe(Refusal.GenerationStale);
    expect(bindCard(numbered(0), 'ZHANG SAN', Role.Payment, 0, gen)).toBe(Refusal.None);
    expect(generation).toBe(<u32>gen + 1);
    expect(bindCard(numbered(0), 'ZHANG SAN', Role.Payment, 0, gen)).toBe(Refusal.None);
    expect(settled(unbind(1, gen))).toBe(Refusal.GenerationStale);
    expect(settled(unbind(1, gen + 1))).toBe(Refusal.None);
    expect(settled(unbind(1, gen))).toBe(Refusal.None);
    expect(changed).toBe(false);
  });

  it('replaces the whole table at once, or not at all', () => {
    expect(bindCard('6200000000000047', 'ZHANG SAN')).toBe(Refusal.None);
    const before = table();
    for (let i = 0; i < 8; i++) lay(numbered(i == 5 ? 4 : i), 'LI SI', Role.Payment, recordAt(i));
    expect(settled(replace(ANY_GENERATION))).toBe(Refusal.DuplicateCard);
    expect(slot).toBe(6);
    expect(table()).toBe(before);
    for (let i = 0; i < 8; i++) lay(numbered(i), 'LI SI', i == 2 ? Role.Settlement : Role.Payment, recordAt(i));
    const programs = flash.programs;
    expect(settled(replace(ANY_GENERATION))).toBe(Refusal.None);
    expect(flash.programs).toBe(programs + 1);
    const after = table();
    mount();
    expect(table()).toBe(after);
  });
});

describe('journal', () => {
  beforeEach(() => {
    mount();
    expect(format()).toBe(Refusal.None);
  });

  it('makes each change in one program, and mounts the same table again, all round the ring', () => {
    for (let i = 0; i < 8; i++) expect(bindCard(numbered(i), 'ZHANG SAN')).toBe(Refusal.None);
    const start = sequence;
    for (let round = 0; round < 400; round++) {
      const programs = flash.programs;
      const at = 1 + (round % 3);
      const full = !isEmpty(slotAt(at));
      expect(
        full ? settled(unbind(at + 1, ANY_GENERATION)) : bindCard(numbered(at), 'LI SI', Role.Payment, at + 1),
      ).toBe(Refusal.None);
      expect(flash.programs).toBe(programs + 1);
      const committed = table();
      const gen = generation;
      mount();
      expect(state).toBe(FlashState.Ready);
      expect(flash.programs).toBe(0);
      expect(table()).toBe(committed);
      expect(generation).toBe(gen);
    }
    expect(sequence).toBeGreaterThan(start + 8);
  });

  it('reads only headers, tags and the records in use at boot', () => {
    for (let i = 0; i < 8; i++) expect(bindCard(numbered(i), 'ZHANG SAN')).toBe(Refusal.None);
    mount();
    expect(flash.bytesRead).toBeLessThanOrEqual(4 * 36 + 40 + 10 * 104);
  });
});
