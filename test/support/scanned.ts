import { EmulatedTerminal, type TerminalParts } from '../../host/emulator/index.js';
import { PUBLISHED_TEST_NUMBERS } from '../../host/fleet/test-numbers.js';
import { key, MASTER } from './keyed.js';
import { Needles } from './needles.js';

/** Names that tests bind. Shorter ones could be found in memory by chance. */
const NAMES = ['ZHANG SAN', '阿依古丽•买买提', '阿依古丽·买买提', '张'.repeat(26), 'MARIA GARCIA', 'SOMEBODY ELSE'];

/** The secrets that must not be in the memory of a terminal between two commands. */
export function secretsOf(serial: string): Needles {
  const needles = new Needles().addBytes('the key', key(serial)).addBytes('the master key', MASTER);
  for (const pan of PUBLISHED_TEST_NUMBERS) needles.addNumber(pan);
  for (const name of NAMES) needles.addText('a name', name);
  return needles;
}

/** A terminal whose whole memory is searched each time it has received bytes. */
export class ScannedTerminal extends EmulatedTerminal {
  scans = 0;
  readonly found: string[] = [];

  constructor(
    parts: TerminalParts,
    private readonly secrets: Needles,
  ) {
    super(parts);
  }

  override receive(bytes: Uint8Array): void {
    super.receive(bytes);
    this.scans++;
    this.found.push(...this.secrets.in('memory', this.memory));
  }
}
