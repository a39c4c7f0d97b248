// What is done to a table: a little of everything, round the whole ring and across its borders,
// with records that must move before their sector is erased.
import { CardCommand, Group, Op, Role } from '../../assembly/protocol.js';
import type { Geometry } from '../../host/emulator/nor.js';
import { type Body, encodePacket } from '../../host/smp/packet.js';

/** One change of a table. */
export interface Step {
  readonly what: string;
  readonly packet: Uint8Array;
  /** It only uses up frames: others like it are struck with all tears. */
  readonly filler?: true;
}

/** Published test numbers. */
const PANS = [
  '4242424242424242',
  '5555555555554444',
  '378282246310005',
  '6011111111111117',
  '3566002020360505',
  '6200000000000005',
  '6304000000000000',
  '6205500000000000004',
  '6200000000000047',
  '3056930009020004',
];
/** In no step: a case binds it to see that the terminal still works. */
const OTHER = { pan: '6759560045005727054', name: '李四' };

function request(op: Op, command: CardCommand, body: Body): Uint8Array {
  return encodePacket({ version: 1, op, group: Group.Card, sequence: 0, command }, body);
}

function change(what: string, command: CardCommand, body: Body): Step {
  return { what, packet: request(Op.Write, command, { gen: null, ...body }) };
}

export const LIST = request(Op.Read, CardCommand.List, {});
export const VERIFY = request(Op.Read, CardCommand.Verify, { nonce: new Uint8Array(8) });

export const FORMAT = request(Op.Write, CardCommand.Format, { confirm: 'format' });

const letters = (number: number): string =>
  String.fromCharCode(65 + (Math.floor(number / 26) % 26), 65 + (number % 26));
const card = (index: number, version = 0): Body => ({ pan: PANS[index], name: `ADA ${letters(version)}` });
const bind = (slot: number, index: number, version: number, more: Body = {}): Step =>
  change(`bind slot ${slot}`, CardCommand.Bind, { slot, ...card(index, version), ...more });
const unbind = (slot: number): Step => change(`unbind slot ${slot}`, CardCommand.Unbind, { slot });
const replace = (what: string, slots: readonly (Body | true | null)[]): Step =>
  change(`replace ${what}`, CardCommand.Replace, { slots });

/** A change of slot 7 that a table allows: one if the slot is empty, the other if it is not. */
export const BIND_NEXT = change('bind slot 7', CardCommand.Bind, { slot: 7, ...OTHER }).packet;
export const UNBIND_NEXT = unbind(7).packet;

/** The steps for a geometry whose sectors take `framesInSector` frames. */
export function* workload({ sectorCount }: Geometry, framesInSector: number): Generator<Step> {
  let version = 0;
  yield bind(1, 0, version++, { role: Role.Settlement });
  yield bind(2, 1, version++);
  yield change('bind slot 8, a wide name', CardCommand.Bind, { slot: 8, pan: PANS[2], name: '张三丰' });
  yield unbind(8);
  yield replace('three slots', [true, true, card(3), null, card(4), null, null, card(5)]);
  // Frames in use now: the group of three, and copies if the ring is short.
  for (let used = 3; used < framesInSector - 3; used += 2) {
    yield { ...unbind(8), filler: true };
    yield { ...bind(8, 5, version++), filler: true };
  }
  for (let i = 0; i < 3; i++) {
    yield unbind(8);
    yield bind(8, 6 + i, version++);
  }
  // Slots 1 and 2 rest for a turn of the ring, so that their records have to move.
  for (let turn = 0; turn < sectorCount + 2; turn++) {
    const [a, b] = turn % 2 ? [3, 4] : [7, 9];
    yield replace('two slots, over the ring', [
      true,
      true,
      card(a, version),
      null,
      card(b, version++),
      null,
      null,
      true,
    ]);
    if (turn % 4 === 1) {
      yield bind(4, 6, version++);
      yield unbind(4);
    }
  }
  yield unbind(1);
  yield bind(1, 0, version++);
  yield replace('with an empty table', Array<null>(8).fill(null));
  yield bind(3, 0, version++);
  yield unbind(3);
  yield replace(
    'with eight cards',
    [1, 0, 3, 2, 5, 4, 7, 6].map((index) => card(index, version++)),
  );
  yield { what: 'format', packet: FORMAT };
  yield bind(2, 2, version++);
}
