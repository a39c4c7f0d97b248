// What the journal asks of the flash, over one turn of its ring of sectors with eight cards bound: of a boot, and of a change.
import { emulatedLink, EmulatedTerminal } from '../build/host/emulator/index.js';
import { Terminal } from '../build/host/index.js';
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
const card = (pan) => ({ pan, name: 'ADA LOVELACE' });

export async function store() {
  const emulated = new EmulatedTerminal({ serial: 'OB-SIM-0001' });
  emulated.powerOn();
  const terminal = new Terminal(emulatedLink(emulated));
  await terminal.replace(PANS.map(card), null);
  const { nor } = emulated;
  const boots = [];
  const programs = [];
  const programmed = [];
  const sequence = async () => (await terminal.stats('flash')).sequence;
  const end = (await sequence()) + nor.geometry.sectorCount;
  for (let round = 0; (await sequence()) < end; round++) {
    const slot = (round % PANS.length) + 1;
    await terminal.unbind(slot, null);
    const before = { programs: nor.programs, bytes: nor.bytesProgrammed };
    const { changed } = await terminal.bind({ ...card(PANS[slot - 1]), slot }, null);
    if (!changed) throw new Error(`slot ${slot} was not bound anew`);
    programs.push(nor.programs - before.programs);
    programmed.push(nor.bytesProgrammed - before.bytes);
    emulated.powerOff();
    emulated.powerOn();
    boots.push((await terminal.stats('flash')).boot_read_bytes);
  }
  await terminal.close();
  return [
    { name: 'boot.flash.read.bytes', value: median(boots), unit: 'B' },
    { name: 'boot.flash.read.bytes.mean', value: mean(boots), unit: 'B' },
    { name: 'boot.flash.read.bytes.max', value: Math.max(...boots), unit: 'B' },
    { name: 'bind.flash.programs', value: mean(programs), unit: 'programs' },
    { name: 'bind.flash.programmed.bytes', value: mean(programmed), unit: 'B' },
    { name: 'bind.flash.programmed.bytes.max', value: Math.max(...programmed), unit: 'B' },
  ];
}
