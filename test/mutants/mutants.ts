// Ways to get the store and the keys wrong. `npm run faults`, or the tests that a mutant names,
// must tell each from the real one.

export interface Mutant {
  readonly name: string;
  readonly what: string;
  /** The file of tests that must fail; the cases of `npm run faults` if there is none. */
  readonly tests?: string;
  /** What is wrong still compiles. */
  readonly edits: readonly Edit[];
}

export interface Edit {
  readonly file: string;
  /** Occurs once in the file. */
  readonly find: string;
  readonly replace: string;
}

const journal = 'assembly/store/journal.ts';
const layout = 'assembly/store/layout.ts';
const mount = 'assembly/store/mount.ts';
const crc32 = 'assembly/store/crc32.ts';
const anchor = 'assembly/store/anchor.ts';
const cards = 'assembly/group/card.ts';
const groupSession = 'assembly/group/session.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'commit-before-data',
    what: 'a header is programmed, and counts, before the frames that it announces',
    edits: [
      {
        file: journal,
        find: 'if (!program(sector, 0, BUFFER, headerBytes() + count * frameBytes())) return false;',
        replace:
          'if (!program(sector, 0, BUFFER, headerBytes())) return false;\n' +
          '  if (count > 0 && !program(sector, headerBytes(), BUFFER + headerBytes(), count * frameBytes())) return false;',
      },
      {
        file: mount,
        find: 'if (frames == group && !groupWhole(sector, sequence, group)) return false;',
        replace: 'if (frames == group) groupWhole(sector, sequence, group);',
      },
    ],
  },
  {
    name: 'crc-not-seeded',
    what: 'the CRC of a frame does not depend on the sequence of its sector',
    edits: [{ file: layout, find: 'store<u32>(SEED, sequence);', replace: 'store<u32>(SEED, 0);' }],
  },
  {
    name: 'erase-before-copy',
    what: 'a sector is erased while records in it are not yet copied elsewhere',
    edits: [
      { file: journal, find: 'if (whereIs(i) != NOWHERE) live |= 1 << sectorOf(whereIs(i));', replace: 'live = 0;' },
      { file: journal, find: 'let mask = retired;\n', replace: 'let mask = retired | (1 << sector);\n' },
      { file: journal, find: 'mask |= next;\n', replace: '' },
    ],
  },
  {
    name: 'recovery-stops-early',
    what: 'a sector that was not opened whole ends the search, and none older is tried',
    edits: [{ file: mount, find: 'untried &= ~(1 << sector);', replace: 'return -1;' }],
  },
  {
    name: 'no-blank-check',
    what: 'what lies behind the last frame is not looked at',
    edits: [{ file: mount, find: 'torn = !isBlank(FRAME, frameBytes());', replace: 'torn = false;' }],
  },
  {
    name: 'no-restatement',
    what: 'a boot after an unclean stop leaves the flash as it is',
    edits: [{ file: mount, find: 'if (unclean) restate(unsettled, suspect);', replace: '' }],
  },
  {
    name: 'no-correction',
    what: 'a CRC tells of a wrong bit, and corrects none',
    edits: [{ file: crc32, find: 'if (popcnt(difference) == 1) return true;', replace: 'return false;' }],
  },
  {
    name: 'exact-tags',
    what: 'a tag with one wrong bit does not count',
    edits: [{ file: layout, find: 'popcnt(tag ^ tagOf(slot)) <= 1', replace: 'tag == tagOf(slot)' }],
  },
  {
    name: 'dense-tags',
    what: 'the tags of two slots differ in one bit',
    edits: [
      {
        file: layout,
        find: '0x96_69_66_5a_55_3c_33_0f',
        replace: '0x57_56_55_54_53_52_51_50',
      },
      { file: layout, find: 'popcnt(tag ^ tagOf(slot)) <= 1', replace: 'tag == tagOf(slot)' },
    ],
  },
  {
    name: 'torn-frame-counts',
    what: 'the last frame counts by its tag alone',
    edits: [{ file: mount, find: '  setWhere(slot, before);\n  return false;', replace: '  return true;' }],
  },
  {
    name: 'group-not-checked',
    what: 'a header counts without its opening group',
    edits: [
      {
        file: mount,
        find: 'if (frames == group && !groupWhole(sector, sequence, group)) return false;',
        replace: 'if (frames == group) groupWhole(sector, sequence, group);',
      },
    ],
  },
  {
    name: 'trusts-looks',
    what: 'a sector whose header seems erased is not erased before it is opened',
    edits: [
      {
        file: mount,
        find: '  loadOthers();\n  const unsettled',
        replace: '  markErased(blank);\n  loadOthers();\n  const unsettled',
      },
      { file: mount, find: '  markDamaged,\n', replace: '  markDamaged,\n  markErased,\n' },
      {
        file: journal,
        find: 'export function freeFrames',
        replace:
          'export function markErased(sectors: i32): void {\n  erased = sectors;\n}\n\nexport function freeFrames',
      },
    ],
  },
  {
    name: 'failed-program-counts',
    what: 'a frame that the flash failed to program is acknowledged',
    edits: [
      {
        file: journal,
        find: '    retire(current);\n    return false;',
        replace: '    retire(current);',
      },
    ],
  },
  {
    name: 'one-sector-ahead',
    what: 'only the very next sector is kept free of records in use',
    edits: [{ file: journal, find: 'ahead < 2', replace: 'ahead < 1' }],
  },
  {
    name: 'worn-sectors-tried-again',
    what: 'a sector that failed is opened again',
    edits: [{ file: journal, find: '((retired | live) & (1 << sector))', replace: '(live & (1 << sector))' }],
  },
  {
    name: 'same-sequence-twice',
    what: 'a sector that is opened in place of one that failed gets the same sequence',
    edits: [
      { file: journal, find: 'const newest = ++sequence;', replace: 'const newest = sequence + 1;' },
      {
        file: journal,
        find: '  current = sector;\n  frames = count;',
        replace: '  current = sector;\n  sequence = newest;\n  frames = count;',
      },
    ],
  },
  {
    name: 'restatement-counts',
    what: 'a boot after an unclean stop changes the generation',
    edits: [{ file: journal, find: '  generation--; //', replace: '  //' }],
  },
  {
    name: 'torn-sectors-stay',
    what: 'a boot after an unclean stop leaves sectors in which an erase or a program was cut',
    edits: [{ file: journal, find: 'if ((unsettled & (1 << sector)) != 0) eraseOrRetire(sector);', replace: '' }],
  },
  {
    name: 'format-erases-first',
    what: 'a format erases before the empty table is on the flash',
    edits: [
      { file: journal, find: '  if (current < 0) {\n    // No sector', replace: '  if (true) {\n    // No sector' },
    ],
  },
  {
    name: 'announced-late',
    what: 'the anchor is told of a change once it is on flash',
    edits: [
      { file: journal, find: '  if (!announce(generation + 1)) return Refusal.FlashFailed;\n', replace: '' },
      {
        file: journal,
        find: '  return settle(generation) ?',
        replace: '  announce(generation);\n  return settle(generation) ?',
      },
    ],
  },
  {
    name: 'settled-early',
    what: 'the anchor takes a change as settled before it is on flash',
    edits: [{ file: journal, find: '  const done =', replace: '  settle(generation + 1);\n  const done =' }],
  },
  {
    name: 'proves-what-it-reads',
    what: 'a table of which a record is damaged is proven, though the anchor cannot vouch for the others',
    edits: [
      {
        file: cards,
        find: '  if (reason != Refusal.None) return refused(reason, 0);',
        replace: '  if (reason != Refusal.None && state != FlashState.Damaged) return refused(reason, 0);',
      },
    ],
  },
  {
    name: 'blank-header-is-foreign',
    what: 'a flash on which no header is left counts as foreign, or as empty, though there was a table',
    edits: [
      { file: mount, find: '  if (!isUnanchored()) return adoptNone(FlashState.Forged, 0);\n', replace: '' },
      { file: cards, find: '  if (reason != Refusal.None) return refused(reason, 0);', replace: '' },
    ],
  },
  {
    name: 'erased-is-blank',
    what: 'an erased flash counts as new, though there was a table',
    edits: [{ file: mount, find: '  if (!isUnanchored()) return adoptNone(FlashState.Forged, 0);\n', replace: '' }],
  },
  {
    name: 'unread-counts',
    what: 'a read that fails at boot is taken for what the flash holds',
    edits: [{ file: mount, find: 'if (hasFailed()) markUnread();', replace: '' }],
  },
  {
    name: 'unread-anchor-counts',
    what: 'an anchor that cannot be read is taken for an empty one',
    edits: [{ file: mount, find: 'return readFailed || !isAnchorKnown();', replace: 'return readFailed;' }],
  },
  {
    name: 'format-without-anchor',
    what: 'a format begins a generation without knowing the one before',
    edits: [{ file: journal, find: 'if (!readAnchor()) return Refusal.FlashFailed;', replace: 'readAnchor();' }],
  },
  {
    name: 'generation-begins-anew',
    what: 'a format of a flash without a table begins with generation 1',
    edits: [
      {
        file: journal,
        find: 'adopt(-1, highest, generationReached(0), 0, 0);',
        replace: 'adopt(-1, highest, 0, 0, 0);',
      },
    ],
  },
  {
    name: 'generation-of-the-flash',
    what: 'a format of a damaged table goes on from the generation that the flash claims',
    edits: [{ file: journal, find: '  generation = generationReached(generation);\n}', replace: '}' }],
  },
  {
    name: 'converted-in-two-steps',
    what: 'the former anchor is given up before there is a new one',
    edits: [
      {
        file: anchor,
        find: '  if (hal.register_set(Register.Anchor, ANCHOR, Size.Key) < 0) return false;',
        replace:
          '  if (former) hal.register_set(Register.FormerAnchor, ANCHOR, 0);\n' +
          '  if (hal.register_set(Register.Anchor, ANCHOR, Size.Key) < 0) return false;',
      },
    ],
  },
  {
    name: 'never-converted',
    what: 'a former anchor stays, and with it a generation that nobody knows',
    edits: [{ file: anchor, find: 'if (!former && !isAnnounced())', replace: 'if (!isAnnounced())' }],
  },
  {
    name: 'unkept-is-acknowledged',
    what: 'a change is acknowledged though the anchor was not told that it holds',
    edits: [
      {
        file: journal,
        find: 'return settle(generation) ? Refusal.None : Refusal.FlashFailed;',
        replace: 'settle(generation);\n  return Refusal.None;',
      },
    ],
  },
  {
    name: 'unkept-is-proven',
    what: 'a table is proven though the anchor was not told that it holds',
    edits: [
      { file: journal, find: 'return isKept() ? Refusal.None : Refusal.FlashFailed;', replace: 'return Refusal.None;' },
    ],
  },
  {
    name: 'not-read-back',
    what: 'a program or an erase is not read back by the HAL',
    edits: [{ file: 'host/emulator/nor.ts', find: 'if (seen[i] !== wanted[i])', replace: 'if (false)' }],
  },
  {
    name: 'zero-component',
    what: 'a key component of zeros is taken, so that the other one is the key',
    tests: 'test/security/key-loading.test.ts',
    edits: [
      {
        file: groupSession,
        find: '  if (isZero(pointerOf(Field.Key), Size.Key)) return refused(Refusal.KeyWeak, 0);\n',
        replace: '',
      },
    ],
  },
  {
    name: 'equal-components',
    what: 'two equal key components are taken, whose key is all zeros',
    tests: 'test/security/key-loading.test.ts',
    edits: [
      {
        file: 'assembly/keys/slots.ts',
        find: 'return equal ? Refusal.KeyWeak : Refusal.None;',
        replace: 'return Refusal.None;',
      },
    ],
  },
  {
    name: 'idle-by-poll-alone',
    what: 'a session that was idle too long is used if the message comes before the poll that ends it',
    tests: 'test/security/message.test.ts',
    edits: [
      {
        file: 'assembly/session/channel.ts',
        find: '  expireSession();\n  const place = placeOf(id);',
        replace: '  const place = placeOf(id);',
      },
    ],
  },
  {
    name: 'passwords-in-two-steps',
    what: 'one of two passwords is set before the other',
    tests: 'test/security/passwords.test.ts',
    edits: [
      {
        file: 'assembly/keys/passwords.ts',
        find: '  if (hal.passwords_set(',
        replace: '  hal.passwords_set(operator, operatorLen, operator, operatorLen);\n  if (hal.passwords_set(',
      },
    ],
  },
  {
    name: 'takes-any-proof',
    what: 'the host takes a proof in any state',
    tests: 'test/unit/proof.test.ts',
    edits: [{ file: 'host/fleet/proof.ts', find: 'if (!isVouched(table.state))', replace: 'if (false)' }],
  },
  {
    name: 'key-in-clear-unasked',
    what: 'the host sends a key in clear to whatever claims to have none',
    tests: 'test/unit/load-keys.test.ts',
    edits: [
      { file: 'host/fleet/consent.ts', find: 'if (!(await consent.inClear(serial))) {', replace: 'if (false) {' },
    ],
  },
  {
    name: 'noise-is-believed',
    what: 'the host takes an error in clear for the terminal’s own',
    tests: 'test/unit/claims.test.ts',
    edits: [
      {
        file: 'host/session/claim.ts',
        find: "const SAID: readonly string[] = ['REFUSED', 'UNSUPPORTED', 'PROTOCOL'];",
        replace: 'const SAID: readonly string[] = [];',
      },
    ],
  },
  {
    name: 'repeats-without-a-pause',
    what: 'the host tries again almost at once, as long as it is answered without proof',
    tests: 'test/unit/claims.test.ts',
    edits: [
      {
        file: 'host/session/retry.ts',
        find: 'Math.min(Math.max(waitMs, backoffMs), LONGEST_PAUSE_MS)',
        replace: '10',
      },
    ],
  },
  {
    name: 'keyed-again-unasked',
    what: 'a terminal that was keyed before is keyed in clear again without a second word',
    tests: 'test/unit/load-keys.test.ts',
    edits: [
      {
        file: 'host/fleet/consent.ts',
        find: 'if (when !== undefined && !(await consent.again(serial, when))) {',
        replace: 'if (false) {',
      },
    ],
  },
  {
    name: 'undecided-is-proven',
    what: 'two tables are proven in turn if a boot cannot decide between them',
    tests: 'test/security/unproven.test.ts',
    edits: [{ file: mount, find: '    if (isAnnounced()) markUnread();\n', replace: '' }],
  },
  {
    name: 'announced-does-not-count',
    what: 'the generation of a format that was cut does not count',
    tests: 'test/security/unproven.test.ts',
    edits: [{ file: anchor, find: '  store<u32>(ANCHOR, generation - 1);\n', replace: '' }],
  },
  {
    name: 'key-for-another-terminal',
    what: 'a terminal is loaded with the key of the one that it claims to be, whichever it proves to be',
    tests: 'test/security/rekeying.test.ts',
    edits: [
      { file: 'host/terminal/key-loading.ts', find: 'if (requests.secure?.serial !== serial)', replace: 'if (false)' },
      {
        file: 'host/terminal/key-loading.ts',
        find: 'if (wantedSerial !== undefined && serial !== wantedSerial)',
        replace: 'if (false)',
      },
    ],
  },
];
