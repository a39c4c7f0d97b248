// What a bound card asks of the flash, over one turn of its ring of sectors with eight cards
// bound: at a boot, and when it is bound. Binds alternate with unbinds, which ask the same.
import type { Card, Change, Terminal } from '../host/index.js';
import { startKeyedTerminal } from '../host/testing/index.js';
import { type Figure, mean, median } from './measure.js';

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

const card = (pan: string): Card => ({ pan, name: 'ADA LOVELACE' });

async function statistic(terminal: Terminal, name: string): Promise<number> {
  const { [name]: value } = await terminal.stats('flash');
  if (value === undefined) throw new Error(`the flash has no statistic ${name}`);
  return value;
}

export async function store(): Promise<Figure[]> {
  const { device, terminal } = startKeyedTerminal();
  await terminal.replace(PANS.map(card), null);
  const { nor } = device;
  const boots: number[] = [];
  const programs: number[] = [];
  const programmed: number[] = [];
  const change = async (work: () => Promise<Change>): Promise<void> => {
    const before = { programs: nor.programs, bytes: nor.bytesProgrammed };
    const { changed } = await work();
    if (!changed) throw new Error('nothing was changed');
    programs.push(nor.programs - before.programs);
    programmed.push(nor.bytesProgrammed - before.bytes);
  };
  const sequence = (): Promise<number> => statistic(terminal, 'sequence');
  const erased = (): number => nor.erases.reduce((sum, count) => sum + count);
  const began = erased();
  const end = (await sequence()) + nor.geometry.sectorCount;
  for (let round = 0; (await sequence()) < end; round++) {
    const index = round % PANS.length;
    await change(() => terminal.unbind(index + 1, null));
    await change(() => terminal.bind({ ...card(PANS[index] ?? ''), slot: index + 1 }, null));
    device.powerOff();
    device.powerOn();
    boots.push(await statistic(terminal, 'boot_read_bytes'));
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
