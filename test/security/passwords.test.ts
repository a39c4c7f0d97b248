import { describe, expect, it } from 'vitest';
import { Group, KeySlot, Op, MenuUser, Rc, Refusal, SessionCommand } from '../../assembly/protocol.js';
import { EmulatedTerminal, KeyStore, PowerCut } from '../../host/emulator/index.js';
import { LifeCycle } from '../../host/index.js';
import { exchangeInside, openSession, packetOf, refusalOf } from '../support/exchange.js';
import { key } from '../support/keyed.js';
import { ManualClock } from '../../host/testing/manual-clock.js';
import { session } from '../support/session.js';
import { type Bench, bootAgain, inService, PASSWORDS } from '../support/tampering.js';

const SERIAL = 'OB-MENU';
const OPERATOR = '482951';
const ADMINISTRATOR = '70418263';
const WRONG = '482952';
const LONGEST_WAIT_MS = 900_000;

/** A key store that can cut the power before or after it checks a password. */
class CutStore extends KeyStore {
  cutBefore = false;
  cutAfter = false;
  checks = 0;

  override checkPassword(who: number, password: Uint8Array): number {
    if (this.cutBefore) throw new PowerCut();
    this.checks++;
    const result = super.checkPassword(who, password);
    if (this.cutAfter) throw new PowerCut();
    return result;
  }
}

class Menu {
  readonly clock = new ManualClock();
  readonly keys = new CutStore({ passwordRounds: 10 })
    .set(KeySlot.Root, Buffer.alloc(32, 0x33))
    .set(KeySlot.Master, key(SERIAL));
  readonly terminal = new EmulatedTerminal({ serial: SERIAL, keys: this.keys, clock: this.clock });

  constructor() {
    this.terminal.powerOn();
    this.set(OPERATOR, ADMINISTRATOR);
  }

  /**
   * Sends a request in a new session: tries and waits belong to the terminal, not to a session.
   */
  ask(command: SessionCommand, body: Record<string, unknown>): unknown {
    return exchangeInside(this.terminal, openSession(this.terminal), packetOf(Op.Write, Group.Session, command, body));
  }

  set(operator: string, admin: string): unknown {
    return this.ask(SessionCommand.Passwords, { operator, admin });
  }

  unlock(who: MenuUser, password: string): Refusal | undefined {
    return refusalOf(() => this.ask(SessionCommand.Unlock, { who, password }));
  }

  /** The wait in milliseconds that a refusal asks for; 0 if the password is accepted. */
  wait(who: MenuUser, password: string): number {
    try {
      this.ask(SessionCommand.Unlock, { who, password });
      return 0;
    } catch (error) {
      return Number(/"wait":(\d+)/.exec((error as Error).message)?.[1]);
    }
  }

  restart(): void {
    this.terminal.powerOff();
    this.terminal.powerOn();
  }
}

describe('the passwords of a terminal', () => {
  it('unlock its menu, each for its own person', () => {
    const menu = new Menu();
    expect(session(menu.terminal, SessionCommand.Status)).toMatchObject({ state: LifeCycle.InService });
    expect(menu.unlock(MenuUser.Operator, OPERATOR)).toBe(Refusal.None);
    expect(menu.unlock(MenuUser.Administrator, ADMINISTRATOR)).toBe(Refusal.None);
    expect(menu.unlock(MenuUser.Operator, ADMINISTRATOR)).toBe(Refusal.PasswordWrong);
    expect(menu.unlock(MenuUser.Administrator, OPERATOR)).toBe(Refusal.PasswordWrong);
    menu.restart();
    expect(menu.unlock(MenuUser.Operator, OPERATOR)).toBe(Refusal.None);
  });

  it.each([
    ['five digits', '12345'],
    ['seventeen digits', '12345678901234567'],
    ['no digits', ''],
    ['letters, which a keypad has not', 'sixsix'],
    ['digits of another script', '１２３４５６'],
    ['a character below the digits', '12345/'],
    ['a character above the digits', '12345:'],
  ])('are both refused if one of them has %s', (_what, password) => {
    const menu = new Menu();
    expect(refusalOf(() => menu.set(password, '24681012'))).toBe(Refusal.PasswordShape);
    expect(refusalOf(() => menu.set('24681012', password))).toBe(Refusal.PasswordShape);
    expect(menu.unlock(MenuUser.Operator, OPERATOR)).toBe(Refusal.None);
    expect(menu.unlock(MenuUser.Administrator, ADMINISTRATOR)).toBe(Refusal.None);
  });

  it.each(['12345', '12345678901234567', ''])('are never %j, so that this is no try', (password) => {
    const menu = new Menu();
    for (let i = 0; i < 10; i++) expect(menu.unlock(MenuUser.Operator, password)).toBe(Refusal.PasswordShape);
    expect(menu.unlock(MenuUser.Operator, OPERATOR)).toBe(Refusal.None);
  });

  it.each(['000000', '1234567890123456'])('may be %j', (password) => {
    const menu = new Menu();
    menu.set(password, password);
    expect(menu.unlock(MenuUser.Operator, password)).toBe(Refusal.None);
    expect(menu.unlock(MenuUser.Administrator, password)).toBe(Refusal.None);
    expect(menu.unlock(MenuUser.Operator, OPERATOR)).toBe(Refusal.PasswordWrong);
  });

  it('are not checked for anybody but the operator and the administrator', () => {
    const menu = new Menu();
    for (const who of [0, 3, 255, 2 ** 32 - 1]) {
      expect(() => menu.ask(SessionCommand.Unlock, { who, password: OPERATOR })).toThrow(`"rc":${Rc.Invalid}`);
    }
    expect(menu.keys.checks).toBe(0);
  });

  it('unlock nothing if they were never set', () => {
    const keys = new KeyStore().set(KeySlot.Root, Buffer.alloc(32, 1)).set(KeySlot.Master, key(SERIAL));
    const terminal = new EmulatedTerminal({ serial: SERIAL, keys });
    terminal.powerOn();
    const packet = packetOf(Op.Write, Group.Session, SessionCommand.Unlock, { who: 1, password: OPERATOR });
    expect(() => exchangeInside(terminal, openSession(terminal), packet)).toThrow(`"rc":${Rc.NoEntry}`);
  });
});

describe('new passwords', () => {
  const NEW = { operator: '371955', admin: '9046128837' };
  const set = packetOf(Op.Write, Group.Session, SessionCommand.Passwords, NEW);

  /** For each of the two passwords, true if it is the new one and false if it is the old one. */
  function areNew({ keys }: Bench): boolean[] {
    const people = [
      [MenuUser.Operator, NEW.operator, PASSWORDS.operator],
      [MenuUser.Administrator, NEW.admin, PASSWORDS.admin],
    ] as const;
    return people.map(([who, password, old]) => {
      const isNew = keys.checkPassword(who, Buffer.from(password)) === 0;
      expect(keys.checkPassword(who, Buffer.from(old))).toBe(isNew ? 1 : 0);
      return isNew;
    });
  }

  /** Sets the new passwords on a terminal whose supply `arm` has prepared. */
  function setWhile(arm: (bench: Bench) => void): Bench {
    const bench = inService();
    const within = openSession(bench.terminal);
    // New passwords also reset the count of failed tries. One failed try makes that a step of its
    // own.
    const wrong = { who: MenuUser.Operator, password: WRONG };
    const unlock = packetOf(Op.Write, Group.Session, SessionCommand.Unlock, wrong);
    expect(refusalOf(() => exchangeInside(bench.terminal, within, unlock))).toBe(Refusal.PasswordWrong);
    bench.supply.arm(undefined);
    arm(bench);
    refusalOf(() => exchangeInside(bench.terminal, within, set));
    return bench;
  }

  const operations = setWhile(() => undefined).supply.operations;

  it.each(['before', 'after'] as const)('are both set or both not, if the power is cut %s any step', (how) => {
    const results = Array.from({ length: operations }, (_, at) => {
      const bench = setWhile(({ supply }) => supply.arm({ at, how }));
      bootAgain(bench);
      return areNew(bench);
    });
    expect(results.at(-1)).toEqual([true, true]);
    if (how === 'before') expect(results[0]).toEqual([false, false]);
    for (const [one, other] of results) expect(one).toBe(other);
  });

  it('are both set or both not, if the key store fails from any step on', () => {
    const results = Array.from({ length: operations }, (_, at) =>
      areNew(setWhile(({ supply }) => (supply.fails = (operation) => operation >= at))),
    );
    expect(results[0]).toEqual([false, false]);
    for (const [one, other] of results) expect(one).toBe(other);
  });
});

describe('an attacker who guesses a password', () => {
  it('must wait twice as long each time, up to 15 minutes, and no password is checked meanwhile', async () => {
    const menu = new Menu();
    const waits: number[] = [];
    for (let i = 0; i < 12; i++) {
      expect(menu.unlock(MenuUser.Operator, WRONG)).toBe(Refusal.PasswordWrong);
      const { checks } = menu.keys;
      if (i < 2) continue;
      waits.push(menu.wait(MenuUser.Operator, OPERATOR));
      expect(menu.keys.checks).toBe(checks);
      await menu.clock.advance((waits.at(-1) ?? 0) - 1);
      expect(menu.unlock(MenuUser.Operator, OPERATOR)).toBe(Refusal.TooSoon);
      await menu.clock.advance(1);
    }
    expect(waits).toEqual([
      ...[10, 20, 40, 80, 160, 320, 640].map((seconds) => seconds * 1000),
      ...Array<number>(3).fill(LONGEST_WAIT_MS),
    ]);
    expect(menu.unlock(MenuUser.Operator, OPERATOR)).toBe(Refusal.None);
    // A success resets the count.
    expect(menu.unlock(MenuUser.Operator, WRONG)).toBe(Refusal.PasswordWrong);
    expect(menu.wait(MenuUser.Operator, OPERATOR)).toBe(0);
  });

  it('makes only that person wait', () => {
    const menu = new Menu();
    for (let i = 0; i < 3; i++) menu.unlock(MenuUser.Operator, WRONG);
    expect(menu.unlock(MenuUser.Operator, OPERATOR)).toBe(Refusal.TooSoon);
    expect(menu.unlock(MenuUser.Administrator, ADMINISTRATOR)).toBe(Refusal.None);
    expect(menu.unlock(MenuUser.Operator, OPERATOR)).toBe(Refusal.TooSoon);
  });

  it('cannot shorten the wait by a power cut', async () => {
    const menu = new Menu();
    for (let i = 0; i < 4; i++) {
      menu.unlock(MenuUser.Operator, WRONG);
      if (i === 2) await menu.clock.advance(10_000);
    }
    for (let i = 0; i < 3; i++) {
      menu.restart();
      expect(menu.wait(MenuUser.Operator, OPERATOR)).toBe(20_000);
      await menu.clock.advance(19_999);
      expect(menu.unlock(MenuUser.Operator, OPERATOR)).toBe(Refusal.TooSoon);
    }
  });

  it.each([
    ['before the password is checked', 'cutBefore'],
    ['before the terminal replies', 'cutAfter'],
  ] as const)('has used a try even if the power is cut %s', (_when, cut) => {
    const menu = new Menu();
    for (let i = 0; i < 3; i++) {
      menu.keys[cut] = true;
      expect(menu.unlock(MenuUser.Operator, WRONG)).toBeUndefined();
      expect(menu.terminal.isOn).toBe(false);
      menu.keys[cut] = false;
      menu.terminal.powerOn();
    }
    expect(menu.wait(MenuUser.Operator, OPERATOR)).toBe(10_000);
  });

  it('gets no password checked if the try cannot be counted', () => {
    const menu = new Menu();
    menu.keys.setRegister = () => -2;
    const { checks } = menu.keys;
    expect(menu.unlock(MenuUser.Operator, OPERATOR)).toBeUndefined();
    expect(menu.keys.checks).toBe(checks);
  });

  it('makes nobody wait any more once new passwords are set, which needs the key', () => {
    const menu = new Menu();
    for (let i = 0; i < 3; i++) menu.unlock(MenuUser.Operator, WRONG);
    menu.set('371955', ADMINISTRATOR);
    expect(menu.unlock(MenuUser.Operator, OPERATOR)).toBe(Refusal.PasswordWrong);
    expect(menu.unlock(MenuUser.Operator, '371955')).toBe(Refusal.None);
  });
});
