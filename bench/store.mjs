// What a bound card asks of the flash, over one turn of its ring of sectors with eight cards bound: at a boot, and when it is bound. Binds alternate
// with unbinds, which ask the same.
import { keyedTerminal } from './keyed.mjs';
import { mean, median } from './measure.mjs';

// Published test numbers.
const PANS = [
  '4242424242424242',
  '5555555555554444',
  '378282246310005',
  '6011111111111117',
  '30569309025904',
  '3530111333300000',
  '4111111111111111',
  '2223003122003222',
];
/** Erases that a sector of serial NOR is rated for. */
const CYCLES = 100_000;
const card = (pan) => ({ pan, name: 'ADA LOVELACE' });

export async function store() {
  const { emulated, terminal } = keyedTerminal({});
  await terminal.replace(PANS.map(card), null);
  const { nor } = emulated;
  const boots = [];
  const programs = [];
  const programmed = [];
  const change = async (work) => {
    const before = { programs: nor.programs, bytes: nor.bytesProgrammed };
    const { changed } = await work();
    if (!changed) throw new Error('nothing was changed');
    programs.push(nor.programs - before.programs);
    programmed.push(nor.bytesProgrammed - before.bytes);
  };
  const sequence = async () => (await terminal.stats('flash')).sequence;
  const erased = () => nor.erases.reduce((sum, count) => sum + count);
  const began = erased();
  const end = (await sequence()) + nor.geometry.sectorCount;
  for (let round = 0; (await sequence()) < end; round++) {
    const slot = (round % PANS.length) + 1;
    await change(() => terminal.unbind(slot, null));
    await change(() => terminal.bind({ ...card(PANS[slot - 1]), slot }, null));
    emulated.powerOff();
    emulated.powerOn();
    boots.push((await terminal.stats('flash')).boot_read_bytes);
  }
  await terminal.close();
  const erases = (erased() - began) / programs.length;
  return [
    { name: 'boot.flash.read.bytes', value: median(boots), unit: 'B' },
    { name: 'boot.flash.read.bytes.mean', value: mean(boots), unit: 'B' },
    { name: 'boot.flash.read.bytes.max', value: Math.max(...boots), unit: 'B' },
    { name: 'bind.flash.programs', value: mean(programs), unit: 'programs' },
    { name: 'bind.flash.programmed.bytes', value: mean(programmed), unit: 'B' },
    { name: 'bind.flash.programmed.bytes.max', value: Math.max(...programmed), unit: 'B' },
    { name: 'bind.flash.erases', value: erases, unit: 'erases' },
    { name: 'bind.flash.lifetime', value: (CYCLES * nor.geometry.sectorCount) / erases, unit: 'binds' },
  ];
}
