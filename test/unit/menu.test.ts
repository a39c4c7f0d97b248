import { expect, describe, it } from 'vitest';
import { Key, Role } from '../../assembly/protocol.js';
import { ManualClock } from '../../host/testing/manual-clock.js';
import { ADMINISTRATOR, OPERATOR, Person } from '../support/person.js';

const VISA = '4242424242424242';

describe('the main screen', () => {
  it('says how many cards there are', async () => {
    const person = new Person();
    expect(person.rows[2]).toBe('未绑定银行卡');
    await person.host.bind({ pan: VISA, name: 'ZHANG SAN' });
    expect(person.rows[2]).toBe('1 张卡正常');
  });

  it('says that there is no key, and whom to call', () => {
    const person = new Person();
    person.device.tamper();
    expect(person.rows.slice(2)).toEqual(['机器已被拆开', '请联系银行']);
  });
});

describe('the clock on the main screen', () => {
  it('goes on with each minute, and shows a new time at once', async () => {
    const clock = new ManualClock();
    const person = new Person(16, 4, { clock });
    await clock.finish(person.host.setDatetime(new Date('2026-11-29T16:40:30Z')));
    expect(person.rows[1]).toBe('2026-11-29 16:40');
    await clock.finish(person.host.setDatetime(new Date('2031-02-03T04:05:00Z')));
    expect(person.rows[1]).toBe('2031-02-03 04:05');
  });

  it('is not drawn again for a request that changes nothing', async () => {
    const person = new Person();
    await person.host.list();
    const { writes } = person.screen;
    await person.host.list();
    expect(person.screen.writes).toBe(writes);
  });
});

describe('without passwords', () => {
  it('settings offer information and language, and say who sets passwords', () => {
    const person = new Person(16, 8);
    person.press('Menu');
    expect(person.rows.slice(0, 3)).toEqual(['设置', '1-本机信息', '2-本机二维码']);
    expect(person.whole().join('')).toContain('密码由银行主机设置');
    expect(person.type('1').title).toBe('本机信息');
    expect(person.press('Cancel').type('2').screen.state.qr).toBe('OB-MENU');
    expect(person.press('Cancel').type('3').title).toBe('语言');
  });
});

describe('a password', () => {
  it('of the operator opens what looks, and asks again for what changes', async () => {
    const person = await new Person().inService();
    person.toCards(OPERATOR);
    expect(person.title).toBe('银行卡管理');
    person.type('2');
    expect(person.rows.slice(0, 2)).toEqual(['输入密码', '管理员']);
    person.type(ADMINISTRATOR).press('Enter');
    expect(person.title).toBe('添加银行卡');
  });

  it('counts when it is wrong, and makes a person wait', async () => {
    const clock = new ManualClock();
    const person = new Person(16, 4, { clock });
    await clock.finish(person.inService());
    person.press('Menu').type('1');
    for (let tries = 0; tries < 3; tries++) {
      expect(person.type('111111').press('Enter').rows[1]).toBe('密码错误');
      person.press('Enter');
    }
    person.type(OPERATOR).press('Enter');
    expect(person.rows.slice(1)).toEqual(['请稍后再试', '10 秒后再试', '']);
    await clock.advance(10_000);
    person.press('Enter').type(OPERATOR).press('Enter');
    expect(person.title).toBe('银行卡管理');
  });

  it('is forgotten on the main screen', async () => {
    const person = await new Person().inService();
    person.toCards().press('Cancel', 'Cancel', 'Menu').type('1');
    expect(person.title).toBe('输入密码');
  });

  it('is never shown', async () => {
    const person = await new Person().inService();
    person.press('Menu').type('1').type('4829');
    expect(person.rows[2]).toBe('****');
    const { rows } = await person.host.readScreen();
    expect(rows[2]?.text).toBe('****');
  });
});

describe('a number that is typed', () => {
  it.each([
    ['', '', ''],
    ['42424', '4242 4', ''],
    ['424242', '4242 42', '维萨'],
    [VISA, '4242 4242 4242 4242', '维萨'],
    ['622202', '6222 02', '银联 中国工商银行'],
    ['550000000', '5500 0000 0', '万事达'],
  ])('%s is shown in groups, with what is known of it', async (digits, shown, known) => {
    const person = (await new Person(20, 4).inService()).toCards().type('2').type(digits);
    expect(person.rows.slice(1, 3)).toEqual([shown, known]);
  });

  it.each([
    // Visa issues 16, 18 and 19 digits: the nineteenth decides.
    ['4242424242424242420', '卡号有误，请核对'],
    ['5555555555554445', '卡号有误，请核对'],
    ['37828224631000500', '没有这样的卡号，请核对'],
    ['0000000000000000000', '卡号不能是同一个数字'],
  ])('%s is refused at the digit that makes it impossible', async (digits, reason) => {
    const person = (await new Person(30, 6).inService()).toCards().type('2');
    for (let count = 1; count < digits.length; count++) {
      person.type(digits[count - 1] ?? '');
      if (count < digits.length - 1) expect(person.rows[2]).not.toBe(reason);
    }
    person.type(digits.at(-1) ?? '');
    expect(person.rows[2]).toBe(reason);
    person.press('Enter');
    expect(person.title).toBe('添加银行卡');
    expect((await person.host.list()).slots.filter(Boolean)).toEqual([]);
  });

  it('goes dark after 30 s, and is wiped after 60', async () => {
    const clock = new ManualClock();
    const person = new Person(20, 4, { clock });
    await clock.finish(person.inService());
    person.toCards().type('2').type('424242');
    expect(person.rows[1]).toBe('4242 42');
    await clock.advance(29_999);
    expect(person.rows[1]).toBe('4242 42');
    await clock.advance(1);
    expect(person.rows[1]).toBe('**** **');
    person.press('Up');
    expect(person.rows[1]).toBe('4242 42');
    await clock.advance(60_000);
    expect(person.title).toBe('主界面');
    expect(Buffer.from(person.device.memory).includes('424242')).toBe(false);
    person.toCards();
    expect(person.type('2').rows[1]).toBe('');
  });

  it('is stars for whoever reads the screen over the line', async () => {
    const person = (await new Person(20, 4).inService()).toCards().type('2').type('424242');
    const { rows, cursor } = await person.host.readScreen();
    expect(rows[1]?.text).toBe('**** **');
    expect(cursor).toEqual({ row: 1, column: 7 });
  });
});

describe('a card', () => {
  it('is removed after two questions, unless it is the settlement card', async () => {
    const person = await new Person().inService();
    await person.host.bind({ pan: VISA, name: 'ZHANG SAN' });
    await person.host.bind({ pan: '5555555555554444', name: 'LI SI', role: Role.Settlement });
    person.toCards().type('3').type('2');
    expect(person.rows.slice(1, 3).join('')).toBe('已有结算卡，更换请联系银行');
    person.press('Enter').type('1');
    expect(person.title).toBe('确认删除');
    person.press('Enter');
    expect(person.title).toBe('再次确认');
    expect((await person.host.list()).slots[0]).not.toBeNull();
    person.press('Enter');
    expect(person.rows[1]).toBe('已删除 位置 1');
    expect((await person.host.list()).slots[0]).toBeNull();
  });

  it('stays if the table changed while the question was asked', async () => {
    const person = await new Person().inService();
    await person.host.bind({ pan: VISA, name: 'ZHANG SAN' });
    person.toCards().type('3').type('1').press('Enter');
    await person.host.bind({ pan: '5555555555554444', name: 'LI SI' });
    person.press('Enter');
    expect(person.rows[1]).toBe('卡表刚被主机改动');
    expect((await person.host.list()).slots[0]).not.toBeNull();
  });

  it('that is the ninth is refused before a number is typed', async () => {
    const person = await new Person().inService();
    const numbers = ['4242424242424242', '5555555555554444', '378282246310005', '6011111111111117', '3566002020360505'];
    const others = ['6200000000000005', '6200000000000047', '6205500000000000004'];
    for (const pan of [...numbers, ...others]) await person.host.bind({ pan, name: 'ZHANG SAN' });
    expect(person.rows[2]).toBe('8 张卡正常');
    person.toCards().type('2');
    expect(person.rows.slice(1).join('')).toBe('最多绑定8张卡，请先删除一张');
    expect(person.press('Enter').title).toBe('银行卡管理');
  });
});

describe('the check of all cards', () => {
  it('opens each, and finds all normal', async () => {
    const person = await new Person().inService();
    await person.host.bind({ pan: VISA, name: 'ZHANG SAN' });
    person.toCards().type('4').press('Enter');
    expect(person.rows.slice(1)).toEqual(['全部正常', '1-正常', '']);
  });
});

describe('keys over the line', () => {
  it('are refused, unless the terminal is a development terminal', async () => {
    const person = await new Person().inService();
    await expect(person.host.press('Menu')).rejects.toMatchObject({ code: 'REFUSED' });
    expect(person.title).toBe('主界面');
  });

  it('do what keys of the keypad do, and a repeat presses nothing', async () => {
    const person = await new Person(16, 4, { bench: true }).inService();
    await person.host.press('Menu', 'Digit2');
    expect(person.title).toBe('本机信息');
  });

  it('are all that a key can be', async () => {
    const person = await new Person(16, 4, { bench: true }).inService();
    for (const key of Object.keys(Key).filter((name) => Number.isNaN(Number(name)))) {
      await person.host.press(key as keyof typeof Key);
    }
    expect(person.screen.refused).toEqual([]);
  });
});
