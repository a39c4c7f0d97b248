import { describe, expect, it } from 'vitest';
import { emulatedLink, type FaultTable, Nor, seededRandom } from '../../host/emulator/index.js';
import { OctobindError, type SlotView, Terminal } from '../../host/index.js';
import { bootOn, key, withImage } from '../support/keyed.js';

/** Published test numbers. */
const NUMBERS = ['4242424242424242', '5555555555554444', '378282246310005', '6200000000000005', '6304000000000000'];

const TABLES: Record<string, FaultTable['faults']> = {
  'drops bytes': [{ kind: 'drop', direction: 'both', rate: 0.004 }],
  'flips bits': [{ kind: 'flip', direction: 'both', rate: 0.004 }],
  'repeats bytes': [{ kind: 'duplicate', direction: 'both', rate: 0.004 }],
  'splits and merges chunks': [
    { kind: 'split', direction: 'both', rate: 0.7 },
    { kind: 'merge', direction: 'both', rate: 0.3 },
  ],
  'holds back every third reply': [{ kind: 'merge', direction: 'to-host', every: 3 }],
  'is unplugged now and then': [{ kind: 'unplug', direction: 'both', rate: 0.03, ms: 5 }],
  'does all of that': [
    { kind: 'drop', direction: 'both', rate: 0.001 },
    { kind: 'flip', direction: 'both', rate: 0.001 },
    { kind: 'duplicate', direction: 'both', rate: 0.001 },
    { kind: 'split', direction: 'both', rate: 0.3 },
    { kind: 'merge', direction: 'both', rate: 0.1 },
    { kind: 'unplug', direction: 'both', rate: 0.01, ms: 5 },
  ],
};

/** The eight masked numbers that a terminal with these cards lists. */
function shown(model: ReadonlyMap<number, string>): (string | null)[] {
  return Array.from({ length: 8 }, (_, index) => {
    const pan = model.get(index + 1);
    if (pan === undefined) return null;
    const first = Math.min(6, pan.length - 10);
    return `${pan.slice(0, first)}${'*'.repeat(pan.length - first - 4)}${pan.slice(-4)}`;
  });
}

describe.each(Object.keys(TABLES))('on a line that %s', (name) => {
  it('every operation succeeds or fails with a known error, and no acknowledged change is lost', async () => {
    const nor = new Nor();
    const terminal = bootOn(nor, 'OB-HOSTILE');
    const random = seededRandom(23);
    const link = emulatedLink(terminal, { faults: { seed: 5, faults: TABLES[name] ?? [] } });
    const client = new Terminal(link, { key, timeoutMs: 8, tries: 4 });

    /**
     * The cards that the terminal must hold. After a change that failed, it may hold them with or
     * without it.
     */
    const model = new Map<number, string>();
    let failed = 0;
    let done = 0;
    /** Lists the cards on a copy of the flash, so without the hostile line. */
    const look = async (): Promise<(string | null)[]> => {
      const plain = bootOn(withImage(nor, nor.snapshot()), 'OB-HOSTILE');
      const witness = new Terminal(emulatedLink(plain), { key });
      const { slots } = await witness.list();
      await witness.close();
      return slots.map((view) => (view as SlotView | null)?.pan ?? null);
    };

    for (let round = 0; round < 40; round++) {
      const slot = 1 + Math.floor(random() * 5);
      const pan = NUMBERS[slot - 1] ?? '';
      const after = new Map(model);
      if (model.has(slot)) after.delete(slot);
      else after.set(slot, pan);
      try {
        if (model.has(slot)) await client.unbind(slot);
        else expect((await client.bind({ pan, name: 'ZHANG SAN', slot })).slot).toBe(slot);
        done++;
        expect(await look()).toEqual(shown(after));
      } catch (error) {
        if (!(error instanceof OctobindError)) throw error;
        failed++;
        expect([
          'LINK_TIMEOUT',
          'LINK_CLOSED',
          'LINK_FAILED',
          'PORT_MISSING',
          'NOT_A_TERMINAL',
          'REFUSED',
          'NOT_AUTHENTIC',
        ]).toContain(error.code);
        const found = await look();
        expect([shown(model), shown(after)]).toContainEqual(found);
        if (JSON.stringify(found) === JSON.stringify(shown(model))) continue;
      }
      model.clear();
      after.forEach((value, key) => model.set(key, value));
    }
    expect(done).toBeGreaterThan(failed);
    await client.close();
  });
});
