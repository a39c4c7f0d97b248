import { expect, it } from 'vitest';
import { Role } from '../../assembly/protocol.js';
import { Nor } from '../../host/emulator/index.js';
import { keysOf } from '../support/keyed.js';
import { Person } from '../support/person.js';

/** Published test numbers, and who holds them. */
const CARDS = [
  ['6200000000000005', '张伟'],
  ['6200000000000047', '王秀英'],
  ['6205500000000000004', '李娜'],
  ['6243030000000001', '刘洋'],
  ['6221261111117766', '陈静'],
  ['6223164991230014', '欧阳建国'],
  ['4242424242424242', '赵磊'],
  ['5555555555554444', '周敏'],
] as const;

/** A record of the table: 96 bytes that only the key opens. */
const SEALED = 96;

it('a person adds eight cards by keys alone, the ninth is refused, and a spoiled one is found', async () => {
  const nor = new Nor();
  const keys = keysOf('OB-MENU');
  const person = await new Person(20, 8, { nor, keys }).inService();
  expect(person.rows.slice(1, 3)).toEqual([expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d$/), '未绑定银行卡']);

  person.toCards();
  expect(person.title).toBe('银行卡管理');
  for (const [index, [pan, name]] of CARDS.entries()) {
    person.type('2').type(pan);
    expect(person.rows[1]?.replaceAll(' ', '').length).toBeGreaterThan(0);
    person.press('Enter').typeHan(name);
    expect(person.rows[1]).toBe(name);
    person.press('Enter');
    if (index === 0) {
      expect(person.title).toBe('卡片用途');
      person.type('2');
    } else if (person.title === '卡片用途') person.type('1');
    expect(person.title).toBe('确认添加');
    expect(person.rows.slice(2, 5)).toEqual([name, index === 0 ? '结算卡' : '付款卡', '按确认键绑定']);
    person.press('Enter');
    expect(person.rows[1]).toBe(`已绑定 位置 ${index + 1}`);
    person.press('Enter');
  }
  const { slots } = await person.host.list();
  expect(slots.map((slot) => (slot === null || slot === 'damaged' ? slot : slot.role))).toEqual([
    Role.Settlement,
    ...Array<Role>(7).fill(Role.Payment),
  ]);

  person.type('2');
  expect(person.rows[1]).toContain('最多绑定8张卡');
  person.press('Enter', 'Cancel', 'Cancel');
  expect(person.rows[2]).toBe('8 张卡正常');

  expect(person.screen.refused).toEqual([]);

  // The power goes, and comes back.
  person.device.powerOff();
  person.device.powerOn();
  expect(person.rows[2]).toBe('8 张卡正常');
  person.toCards().type('4').press('Enter');
  expect(person.whole()[0]).toBe('全部正常');

  // Somebody spoils the third card in the flash.
  person.device.powerOff();
  const image = nor.snapshot();
  const spoiled = await spoil(image, 3, nor, keys);
  const again = new Person(20, 8, { nor: spoiled, keys });
  expect(again.rows.slice(2)).toContain('请联系银行');
  expect(again.rows[2]).toMatch(/^卡 3 已损坏$/);
  again.toCards().type('4').press('Enter');
  expect(again.whole()).toContain('3-异常');
});

/** Flips bits in the last frame of the flash that holds slot `slot`. */
async function spoil(image: Uint8Array, slot: number, nor: Nor, keys: ReturnType<typeof keysOf>): Promise<Nor> {
  for (let at = 0; at + SEALED < image.length; at += 4) {
    const copy = new Nor(nor.geometry);
    const bytes = image.slice();
    if (bytes[at] === 0xff) continue;
    for (let i = 0; i < 8; i++) bytes[at + i] = (bytes[at + i] ?? 0) ^ 0x55;
    copy.load(bytes);
    const tried = new Person(20, 8, { nor: copy, keys: keys.branch() });
    const broken = tried.rows[2] === `卡 ${slot} 已损坏`;
    tried.device.powerOff();
    await tried.host.close();
    if (broken) return copy;
  }
  throw new Error(`no place spoils slot ${slot} alone`);
}
