import { expect, it } from 'vitest';
import { HalError, MenuUser } from '../../assembly/protocol.js';
import { hex, onEveryHal, type Rig } from '../support/hal-rig.js';

const { Argument, Absent } = HalError;

onEveryHal('passwords', (rig) => {
  const set = (hal: Rig, operator: string, admin: string): number => {
    const [one, other] = [hal.reset().at(Buffer.from(operator)), hal.at(Buffer.from(admin))];
    return hal.call('passwords_set', one, operator.length, other, admin.length);
  };
  const check = (hal: Rig, who: number, password: string): number =>
    hal.reset().call('password_check', who, hal.at(Buffer.from(password)), password.length);
  const present = (hal: Rig): number[] => [1, 2].map((who) => hal.call('password_present', who));

  it('belong to one person each', () => {
    const hal = rig();
    expect(present(hal)).toEqual([0, 0]);
    expect(check(hal, MenuUser.Operator, '123456')).toBe(Absent);
    expect(check(hal, MenuUser.Administrator, '123456')).toBe(Absent);
    expect(set(hal, '123456', 'sesame-0')).toBe(0);
    expect(present(hal)).toEqual([1, 1]);
    hal.device.lose();
    expect(check(hal, MenuUser.Operator, '123456')).toBe(0);
    expect(check(hal, MenuUser.Operator, 'sesame-0')).toBe(1);
    expect(check(hal, MenuUser.Administrator, 'sesame-0')).toBe(0);
    expect(check(hal, MenuUser.Administrator, '123456')).toBe(1);
  });

  it('may be the same for both', () => {
    const hal = rig();
    expect(set(hal, '123456', '123456')).toBe(0);
    for (const who of [MenuUser.Operator, MenuUser.Administrator]) expect(check(hal, who, '123456')).toBe(0);
  });

  it('are set with one salt for both, so with one request for random bytes', () => {
    const hal = rig();
    hal.device.count();
    expect(set(hal, '123456', 'sesame-0')).toBe(0);
    const ptr = hal.reset().room();
    expect(hal.call('random', ptr, 1)).toBe(0);
    expect(hal.read(ptr, 2)).toEqual(hex('02ee'));
  });

  it('are not any other text, of any length', () => {
    const hal = rig();
    set(hal, '123456', 'sesame-0');
    for (const wrong of ['', '1', '12345', '123457', '1234567', ' 123456', '123456'.repeat(100)]) {
      expect(check(hal, MenuUser.Operator, wrong)).toBe(1);
    }
    for (const wrong of ['', 's', 'sesame-', 'sesame-1', 'sesame-00']) {
      expect(check(hal, MenuUser.Administrator, wrong)).toBe(1);
    }
  });

  it('can be replaced, and are forgotten if both are set to no bytes', () => {
    const hal = rig();
    set(hal, '123456', 'sesame-0');
    expect(set(hal, '654321', 'sesame-1')).toBe(0);
    expect([check(hal, MenuUser.Operator, '123456'), check(hal, MenuUser.Operator, '654321')]).toEqual([1, 0]);
    expect([check(hal, MenuUser.Administrator, 'sesame-0'), check(hal, MenuUser.Administrator, 'sesame-1')]).toEqual([
      1, 0,
    ]);
    for (let i = 0; i < 2; i++) {
      expect(set(hal, '', '')).toBe(0);
      expect(present(hal)).toEqual([0, 0]);
      expect(check(hal, MenuUser.Operator, '')).toBe(Absent);
      expect(check(hal, MenuUser.Administrator, 'sesame-1')).toBe(Absent);
    }
    expect(set(hal, '123456', 'sesame-0')).toBe(0);
    expect(check(hal, MenuUser.Administrator, 'sesame-0')).toBe(0);
  });

  it('are set together: one alone is refused, and changes nothing', () => {
    const hal = rig();
    expect([set(hal, '123456', ''), set(hal, '', 'sesame-0')]).toEqual([Argument, Argument]);
    expect(present(hal)).toEqual([0, 0]);
    set(hal, '123456', 'sesame-0');
    const { writes } = hal.device;
    expect([set(hal, '654321', ''), set(hal, '', 'sesame-1')]).toEqual([Argument, Argument]);
    expect(hal.device.writes).toBe(writes);
    expect([check(hal, MenuUser.Operator, '123456'), check(hal, MenuUser.Administrator, 'sesame-0')]).toEqual([0, 0]);
  });

  it('are refused for anybody but the operator and the administrator', () => {
    const hal = rig();
    set(hal, '123456', 'sesame-0');
    for (const who of [-1, 0, 3, 99]) {
      expect(check(hal, who, '123456')).toBe(Argument);
      expect(hal.call('password_present', who)).toBe(Argument);
    }
  });
});
