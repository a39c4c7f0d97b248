// The work on which littlefs, Zephyr's NVS and FlashDB were measured (docs/STORE.md): 64 KiB of
// NOR in sectors of 4 KiB, eight records of 96 bytes, 1,000 random rewrites of one of them, a boot
// after every one. For the smallest program unit and the largest.
import { Nor, seededRandom } from '../host/emulator/index.js';
import type { Card, SlotWish } from '../host/index.js';
import { startKeyedTerminal } from '../host/testing/index.js';
import { type Figure, mean } from './measure.js';

const REWRITES = 1000;

/** Published test numbers, two for each slot, which take turns. */
const PANS = [
  ['4242424242424242', '4000056655665556'],
  ['5555555555554444', '5200828282828210'],
  ['378282246310005', '371449635398431'],
  ['6011111111111117', '6011000990139424'],
  ['3566002020360505', '3530111333300000'],
  ['6200000000000005', '6200000000000047'],
  ['3056930009020004', '36227206271667'],
  ['6304000000000000', '6759560045005727054'],
] as const;

interface Read {
  readonly address: number;
  readonly length: number;
}

/** Writes down what a boot reads. */
function watchReads(nor: Nor): Read[] {
  const reads: Read[] = [];
  const read = nor.read.bind(nor);
  nor.read = (address, into) => {
    reads.push({ address, length: into.length });
    return read(address, into);
  };
  return reads;
}

const sum = (reads: readonly Read[]): number => reads.reduce((total, { length }) => total + length, 0);

/**
 * Bytes until the newest state of all records is located: up to what is read at the place of the
 * last tag. After that, a boot reads the records that the newest sector points to.
 */
function untilLocated(reads: readonly Read[]): number {
  const tag = reads.findLast(({ length }) => length === 1);
  const end = reads.findLastIndex(({ address }) => address === tag?.address);
  return sum(reads.slice(0, end + 1));
}

/** The changes of a table whose cards are rewritten at random. */
function* rewritten(): Generator<SlotWish[]> {
  const random = seededRandom(1);
  const cards = PANS.map(([first, second]) => [first, second].map((pan): Card => ({ pan, name: 'ADA LOVELACE' })));
  yield cards.map(([first]) => first ?? null);
  const turns = cards.map(() => 0);
  for (let i = 0; i < REWRITES; i++) {
    const slot = Math.floor(random() * cards.length);
    const turn = (turns[slot] ?? 0) + 1;
    turns[slot] = turn;
    yield cards.map((both, other) => (other === slot ? (both[turn % 2] ?? null) : 'keep'));
  }
}

async function figures(programUnit: number): Promise<Figure[]> {
  const nor = new Nor({ sectorBytes: 4096, sectorCount: 16, programUnit });
  const reads = watchReads(nor);
  const { device, terminal } = startKeyedTerminal({ nor });
  const [first, ...changes] = rewritten();
  await terminal.replace(first ?? [], null);
  const began = { programs: nor.programs, erases: [...nor.erases] };
  const programmed: number[] = [];
  const located: number[] = [];
  const mounted: number[] = [];
  let read = 0;
  for (const wishes of changes) {
    const before = { bytes: nor.bytesProgrammed, read: nor.bytesRead };
    await terminal.replace(wishes, null);
    programmed.push(nor.bytesProgrammed - before.bytes);
    read += nor.bytesRead - before.read;
    device.powerOff();
    reads.length = 0;
    device.powerOn();
    located.push(untilLocated(reads));
    mounted.push(sum(reads));
  }
  await terminal.close();
  const erases = nor.erases.map((count, sector) => count - (began.erases[sector] ?? 0));
  const of = (name: string, value: number, unit: string, atMost: number): Figure => ({
    name: `store.${name}.u${programUnit}`,
    value,
    unit,
    atMost,
  });
  const small = programUnit === 1;
  return [
    of('programmed.bytes', mean(programmed), 'B', small ? 102 : 114),
    of('programmed.max', Math.max(...programmed), 'B', small ? 139 : 160),
    of('erases', erases.reduce((total, count) => total + count) / REWRITES, 'erases', small ? 0.025 : 0.028),
    of('programs', (nor.programs - began.programs) / REWRITES, 'programs', 1.1),
    of('mount.read.mean', mean(located), 'B', 1312),
    of('mount.read.max', Math.max(...located), 'B', 1467),
    of('mount.all.read', Math.max(...mounted), 'B', 2100),
    of('read.update', read / REWRITES, 'B', 0),
    of('wear.spread', Math.max(...nor.erases) - Math.min(...nor.erases), 'erases', 1),
  ];
}

export async function rewrites(): Promise<Figure[]> {
  return [...(await figures(1)), ...(await figures(16))];
}
