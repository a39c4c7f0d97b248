// The work on which littlefs, Zephyr's NVS and FlashDB were measured (docs/STORE.md): 64 KiB of NOR in sectors of 4 KiB, eight records of 96 bytes,
// 1,000 random rewrites of one of them, a boot after every one. For the smallest program unit and the largest.
import { Nor, seededRandom } from '../build/host/emulator/index.js';
import { keyedTerminal } from './keyed.mjs';
import { mean } from './measure.mjs';

const REWRITES = 1000;

/** Published test numbers, two for each slot. */
const PANS = [
  ['4242424242424242', '4000056655665556'],
  ['5555555555554444', '5200828282828210'],
  ['378282246310005', '371449635398431'],
  ['6011111111111117', '6011000990139424'],
  ['3566002020360505', '3530111333300000'],
  ['6200000000000005', '6200000000000047'],
  ['3056930009020004', '36227206271667'],
  ['6304000000000000', '6759560045005727054'],
];

/** Writes down what a boot reads. */
function watchReads(nor) {
  const reads = [];
  const read = nor.read.bind(nor);
  nor.read = (address, into) => {
    reads.push({ address, length: into.length });
    return read(address, into);
  };
  return reads;
}

const sum = (reads) => reads.reduce((total, { length }) => total + length, 0);

/**
 * Bytes until the newest state of all records is located: up to what is read where the last tag was looked for. Behind that, a boot reads
 * the records that the newest sector points to.
 */
function untilLocated(reads) {
  const tag = reads.findLast(({ length }) => length === 1);
  const end = reads.findLastIndex(({ address }) => address === tag.address);
  return sum(reads.slice(0, end + 1));
}

async function figures(programUnit) {
  const random = seededRandom(1);
  const nor = new Nor({ sectorBytes: 4096, sectorCount: 16, programUnit });
  const reads = watchReads(nor);
  const { emulated, terminal } = keyedTerminal({ nor });
  const card = (slot, version) => ({ pan: PANS[slot][version % 2], name: 'ADA LOVELACE' });
  const versions = Array(8).fill(0);
  await terminal.replace(
    versions.map((version, slot) => card(slot, version)),
    null,
  );
  const began = { bytes: nor.bytesProgrammed, programs: nor.programs, erases: [...nor.erases] };
  const programmed = [];
  const located = [];
  const mounted = [];
  let read = 0;
  for (let i = 0; i < REWRITES; i++) {
    const slot = Math.floor(random() * 8);
    versions[slot]++;
    const before = { bytes: nor.bytesProgrammed, read: nor.bytesRead };
    await terminal.replace(
      versions.map((version, other) => (other === slot ? card(slot, version) : 'keep')),
      null,
    );
    programmed.push(nor.bytesProgrammed - before.bytes);
    read += nor.bytesRead - before.read;
    emulated.powerOff();
    reads.length = 0;
    emulated.powerOn();
    located.push(untilLocated(reads));
    mounted.push(sum(reads));
  }
  await terminal.close();
  const erases = nor.erases.map((count, sector) => count - began.erases[sector]);
  const of = (name, value, unit, atMost) => ({ name: `store.${name}.u${programUnit}`, value, unit, atMost });
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

export async function rewrites() {
  return [...(await figures(1)), ...(await figures(16))];
}
