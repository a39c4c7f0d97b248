import type { Key } from '../../assembly/protocol.js';
import { type EmulatedTerminal, emulatedLink, Nor, type TerminalParts } from '../../host/emulator/index.js';
import { Terminal } from '../../host/index.js';
import { rowTexts, Screen } from '../../host/screen/screen.js';
import { syllables } from '../../tools/pinyin/table.js';
import { key, keyedTerminal } from './keyed.js';

export const OPERATOR = '482951';
export const ADMINISTRATOR = '70418263';

const KEYS = ['abc', 'def', 'ghi', 'jkl', 'mno', 'pqrs', 'tuv', 'wxyz'];
/** The syllable in which each character comes soonest. */
const readings = new Map<string, string>();
for (let place = 0, left = true; left; place++) {
  left = false;
  for (const { letters, characters } of syllables()) {
    const character = characters[place];
    if (character === undefined) continue;
    left = true;
    if (!readings.has(character)) readings.set(character, letters);
  }
}

/** A screen that a test can read after the fact: it keeps what the device refused. */
export class WatchedScreen extends Screen {
  readonly refused: unknown[] = [];
  /** Rows that were written. */
  writes = 0;

  override writeRow(...row: Parameters<Screen['writeRow']>): void {
    this.writes++;
    try {
      super.writeRow(...row);
    } catch (error) {
      this.refused.push(error);
      throw error;
    }
  }
}

/** Somebody in front of an emulated terminal: reads its screen, and presses its keys. */
export class Person {
  readonly screen: WatchedScreen;
  readonly device: EmulatedTerminal;
  readonly host: Terminal;

  constructor(columns = 16, rows = 4, parts: Partial<TerminalParts> = {}) {
    this.screen = new WatchedScreen(columns, rows);
    this.device = keyedTerminal({ serial: 'OB-MENU', screen: this.screen, nor: new Nor(), ...parts });
    this.device.powerOn();
    this.host = new Terminal(emulatedLink(this.device), { key, clock: parts.clock });
  }

  /** Sets the passwords, as the bank's host does before anybody gets the terminal. */
  async inService(): Promise<this> {
    await this.host.setPasswords({ operator: OPERATOR, administrator: ADMINISTRATOR });
    return this;
  }

  press(...keys: readonly (keyof typeof Key)[]): this {
    this.device.press(...keys);
    return this;
  }

  /** Presses digits. */
  type(digits: string): this {
    for (const digit of digits) this.press(`Digit${digit}` as keyof typeof Key);
    return this;
  }

  /** Types Han by their pinyin, as the screen offers them: rows 2 and 3. */
  typeHan(name: string): this {
    for (const character of name) {
      const spelled = readings.get(character) ?? '';
      this.type(Array.from(spelled, (letter) => KEYS.findIndex((letters) => letters.includes(letter)) + 2).join(''));
      while (this.rows[2]?.split(' ', 1).join('').toLowerCase() !== spelled) this.#once('Alpha');
      if (this.rows[3]?.startsWith(character)) {
        this.press('Enter');
        continue;
      }
      do this.#once('Down');
      while (!this.rows[3]?.includes(character));
      // The digit stands before its character.
      const candidates = this.rows[3];
      this.type(candidates.charAt(candidates.indexOf(character) - 1));
    }
    return this;
  }

  /** Presses a key that must change the screen. */
  #once(key: keyof typeof Key): void {
    const { changes } = this.screen;
    this.press(key);
    if (this.screen.changes === changes) throw new Error(`${key} changes nothing: ${this.rows.join(' | ')}`);
  }

  /** From the main screen to the list of what is done with cards. */
  toCards(password = ADMINISTRATOR): this {
    this.press('Menu').type('1');
    if (password === ADMINISTRATOR) this.press('Alpha');
    return this.type(password).press('Enter');
  }

  /** The title, without the arrows. */
  get title(): string {
    return (this.rows[0] ?? '').replace(/[▲▼ ]+$/u, '');
  }

  /** The rows as they are, without the spaces behind them. */
  get rows(): string[] {
    return rowTexts(this.screen.state).map((row) => row.trimEnd());
  }

  /** All rows of the page's body, also those to which one must scroll. */
  whole(): string[] {
    this.top();
    const body = this.rows.slice(1);
    while ((this.rows[0] ?? '').endsWith('▼')) {
      this.press('Down');
      body.push(this.rows.at(-1) ?? '');
    }
    this.top();
    while (body.at(-1) === '') body.pop();
    return body;
  }

  top(): void {
    while (/▲.?$/u.test(this.rows[0] ?? '')) this.press('Up');
  }
}
