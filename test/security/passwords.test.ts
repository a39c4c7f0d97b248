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
const OPERATOR = 'open sesame 1';
const ADMINISTRATOR = 'Open Sesame 22';
const WRONG = 'open sesame 2';
const LONGEST_WAIT_MS = 900_000;

/** A store whose power goes where a password is looked at, if it is told to. */
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

  /** Each request has a session of its own: none of this is kept in one. */
  ask(command: SessionCommand, body: Record<string, unknown>): unknown {
    return exchangeInside(this.terminal, openSession(this.terminal), packetOf(Op.Write, Group.Session, command, body));
  }

  set(operator: string, admin: string): unknown {
    return this.ask(SessionCommand.Passwords, { operator, admin });
  }

  unlock(who: MenuUser, password: string): Refusal | undefined {
    return refusalOf(() => this.ask(SessionCommand.Unlock, { who, password }));
  }

  /** What is to be waited, as a refusal says it; 0 where the password is taken. */
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
  it('open its menu, each for its person', () => {
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
    ['five characters', 'abcde'],
    ['seventeen characters', 'abcdefghijklmnopq'],
    ['none', ''],
    ['another script', '密码密码密码'],
    ['a control character', 'abcde\u0007f'],
    ['DEL', 'abcde\u007ff'],
  ])('are not taken with %s, and then neither of them is set', (_what, password) => {
    const menu = new Menu();
    expect(refusalOf(() => menu.set(password, 'another one'))).toBe(Refusal.PasswordShape);
    expect(refusalOf(() => menu.set('another one', password))).toBe(Refusal.PasswordShape);
    expect(menu.unlock(MenuUser.Operator, OPERATOR)).toBe(Refusal.None);
    expect(menu.unlock(MenuUser.Administrator, ADMINISTRATOR)).toBe(Refusal.None);
    // Nobody has such a password, so it is no try.
    for (let i = 0; i < 10; i++) expect(menu.unlock(MenuUser.Operator, password)).toBe(Refusal.PasswordShape);
    expect(menu.unlock(MenuUser.Operator, OPERATOR)).toBe(Refusal.None);
  });

  it.each(['sixsix', 'sixteen-letters-', ' !"#$%&()*+/<=>?', '~~~~~~'])('may be %j', (password) => {
    const menu = new Menu();
    menu.set(password, password);
    expect(menu.unlock(MenuUser.Operator, password)).toBe(Refusal.None);
    expect(menu.unlock(MenuUser.Administrator, password)).toBe(Refusal.None);
    expect(menu.unlock(MenuUser.Operator, OPERATOR)).toBe(Refusal.PasswordWrong);
  });

  it('of nobody else are asked for', () => {
    const menu = new Menu();
    for (const who of [0, 3, 255, 2 ** 32 - 1]) {
      expect(() => menu.ask(SessionCommand.Unlock, { who, password: OPERATOR })).toThrow(`"rc":${Rc.Invalid}`);
    }
    expect(menu.keys.checks).toBe(0);
  });

  it('that were never set open nothing', () => {
    const keys = new KeyStore().set(KeySlot.Root, Buffer.alloc(32, 1)).set(KeySlot.Master, key(SERIAL));
    const terminal = new EmulatedTerminal({ serial: SERIAL, keys });
    terminal.powerOn();
    const packet = packetOf(Op.Write, Group.Session, SessionCommand.Unlock, { who: 1, password: OPERATOR });
    expect(() => exchangeInside(terminal, openSession(terminal), packet)).toThrow(`"rc":${Rc.NoEntry}`);
  });
});

describe('new passwords', () => {
  const NEW = { operator: 'a new password', admin: 'another new one' };
  const set = packetOf(Op.Write, Group.Session, SessionCommand.Passwords, NEW);

  /** Which of both passwords are the new ones. */
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

  /** Sets them while the supply does what it is told to. */
  function setWhile(arm: (bench: Bench) => void): Bench {
    const bench = inService();
    const within = openSession(bench.terminal);
    // A try that failed is taken back behind the passwords, so that there is a step after them.
    const wrong = { who: MenuUser.Operator, password: WRONG };
    const unlock = packetOf(Op.Write, Group.Session, SessionCommand.Unlock, wrong);
    expect(refusalOf(() => exchangeInside(bench.terminal, within, unlock))).toBe(Refusal.PasswordWrong);
    bench.supply.arm(undefined);
    arm(bench);
    refusalOf(() => exchangeInside(bench.terminal, within, set));
    return bench;
  }

  const operations = setWhile(() => undefined).supply.operations;

  it.each(['before', 'after'] as const)('are both set or neither is, with the power cut %s any step', (how) => {
    const results = Array.from({ length: operations }, (_, at) => {
      const bench = setWhile(({ supply }) => supply.arm({ at, how }));
      bootAgain(bench);
      return areNew(bench);
    });
    expect(results.at(-1)).toEqual([true, true]);
    if (how === 'before') expect(results[0]).toEqual([false, false]);
    for (const [one, other] of results) expect(one).toBe(other);
  });

  it('are both set or neither is, if the key store fails at any step', () => {
    const results = Array.from({ length: operations }, (_, at) =>
      areNew(setWhile(({ supply }) => (supply.fails = (operation) => operation >= at))),
    );
    expect(results[0]).toEqual([false, false]);
    for (const [one, other] of results) expect(one).toBe(other);
  });
});

describe('who guesses a password', () => {
  it('waits longer and longer, up to a quarter of an hour; the right one is not even looked at before', async () => {
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
    // A success starts anew.
    expect(menu.unlock(MenuUser.Operator, WRONG)).toBe(Refusal.PasswordWrong);
    expect(menu.wait(MenuUser.Operator, OPERATOR)).toBe(0);
  });

  it('keeps only that person waiting', () => {
    const menu = new Menu();
    for (let i = 0; i < 3; i++) menu.unlock(MenuUser.Operator, WRONG);
    expect(menu.unlock(MenuUser.Operator, OPERATOR)).toBe(Refusal.TooSoon);
    expect(menu.unlock(MenuUser.Administrator, ADMINISTRATOR)).toBe(Refusal.None);
    expect(menu.unlock(MenuUser.Operator, OPERATOR)).toBe(Refusal.TooSoon);
  });

  it('gains nothing by taking the power away', async () => {
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
    ['while it is looked at', 'cutBefore'],
    ['before it is said that it was wrong', 'cutAfter'],
  ] as const)('has used a try where the power goes %s', (_when, cut) => {
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

  it('tries nothing where no try can be counted', () => {
    const menu = new Menu();
    menu.keys.setRegister = () => -2;
    const { checks } = menu.keys;
    expect(menu.unlock(MenuUser.Operator, OPERATOR)).toBeUndefined();
    expect(menu.keys.checks).toBe(checks);
  });

  it('is let in again once new ones are set, which takes the key', () => {
    const menu = new Menu();
    for (let i = 0; i < 3; i++) menu.unlock(MenuUser.Operator, WRONG);
    menu.set('a new password', ADMINISTRATOR);
    expect(menu.unlock(MenuUser.Operator, OPERATOR)).toBe(Refusal.PasswordWrong);
    expect(menu.unlock(MenuUser.Operator, 'a new password')).toBe(Refusal.None);
  });
});
