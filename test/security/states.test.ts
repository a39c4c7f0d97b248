import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CardCommand, FlashState, Group, HalError, Op, Refusal } from '../../assembly/protocol.js';
import { type EmulatedTerminal, Nor } from '../../host/emulator/index.js';
import type { Body } from '../../host/smp/packet.js';
import { exchange, refusalOf } from '../support/exchange.js';
import { bootOn, withImage } from '../support/keyed.js';

// docs/PROTOCOL.md, group 66, has a table: in which states each command works, and which code
// refuses it in the others.

const BIND = { gen: null, pan: '4242424242424242', name: 'ZHANG SAN' };
const REQUESTS: Record<string, [op: Op.Read | Op.Write, command: CardCommand, body: Body]> = {
  list: [Op.Read, CardCommand.List, {}],
  verify: [Op.Read, CardCommand.Verify, { nonce: new Uint8Array(8) }],
  bind: [Op.Write, CardCommand.Bind, BIND],
  unbind: [Op.Write, CardCommand.Unbind, { gen: null, slot: 1 }],
  replace: [Op.Write, CardCommand.Replace, { gen: null, slots: Array(8).fill(null) }],
  format: [Op.Write, CardCommand.Format, { confirm: 'format' }],
};

const ask = (terminal: EmulatedTerminal, name: string): Body => {
  const [op, command, body] = REQUESTS[name] ?? [];
  if (op === undefined || command === undefined) throw new Error(`no such command: ${name}`);
  return exchange(terminal, op, Group.Card, command, body);
};

/** A flash on which one card is bound. */
function bound(geometry = new Nor().geometry): Nor {
  const nor = new Nor(geometry);
  ask(bootOn(nor), 'bind');
  return nor;
}

function spoiled(): Nor {
  const nor = bound();
  // A second frame, because a last frame that is spoiled would look like the work of a power cut.
  exchange(bootOn(nor), Op.Write, Group.Card, CardCommand.Bind, { ...BIND, pan: '5555555555554444' });
  const image = nor.snapshot();
  image.fill(0, 60, 80);
  return withImage(nor, image);
}

/** A terminal whose reads failed at boot, and work again after it. */
function unread(): EmulatedTerminal {
  const nor = bound();
  const read = nor.read.bind(nor);
  nor.read = () => HalError.Device;
  const terminal = bootOn(nor);
  nor.read = read;
  return terminal;
}

function worn(): EmulatedTerminal {
  const nor = bound({ sectorBytes: 4096, sectorCount: 2, programUnit: 1 });
  nor.worn.add(0).add(1);
  const terminal = bootOn(nor);
  expect(refusalOf(() => ask(terminal, 'unbind'))).toBe(Refusal.FlashWorn);
  nor.worn.clear();
  return terminal;
}

function otherGeometry(): EmulatedTerminal {
  const image = bound({ sectorBytes: 4096, sectorCount: 8, programUnit: 1 }).snapshot();
  const nor = new Nor();
  nor.load(image);
  return bootOn(nor);
}

const foreign = (): EmulatedTerminal => {
  const nor = new Nor();
  nor.load(new Uint8Array(nor.bytes).fill(0x42));
  return bootOn(nor);
};

const MAKE: Record<string, { state: FlashState; make: () => EmulatedTerminal }> = {
  '0 ready': { state: FlashState.Ready, make: () => bootOn(bound()) },
  '1 blank': { state: FlashState.Blank, make: () => bootOn(new Nor()) },
  '2 foreign': { state: FlashState.Foreign, make: foreign },
  '3 other geometry': { state: FlashState.OtherGeometry, make: otherGeometry },
  '4 damaged, by what was read': { state: FlashState.Damaged, make: () => bootOn(spoiled()) },
  '4 damaged, by what could not be read or finished': { state: FlashState.Damaged, make: unread },
  '5 unsupported geometry': {
    state: FlashState.Unsupported,
    make: () => bootOn(new Nor({ sectorBytes: 512, sectorCount: 2, programUnit: 1 })),
  },
  '6 worn': { state: FlashState.Worn, make: worn },
  '7 forged': {
    state: FlashState.Forged,
    make: () => {
      const nor = bound();
      return bootOn(withImage(nor, nor.snapshot().fill(0xff)));
    },
  },
};

const [, table = ''] = /\n(\| state \| list .*?)\n\n/s.exec(readFileSync('docs/PROTOCOL.md', 'utf8')) ?? [];
const [header = [], , ...rows] = table.split('\n').map((line) =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim()),
);

describe('the documented table of commands and states', () => {
  it('has every state and every command of this test', () => {
    expect(header.slice(1).flatMap((cell) => cell.split(', '))).toEqual(Object.keys(REQUESTS));
    // In the last state no session can be opened, so no command is tested.
    expect(rows.map(([state]) => state)).toEqual([...Object.keys(MAKE), '8 locked']);
  });

  it.each(Object.entries(MAKE))('is right about state %s', (name, { state, make }) => {
    expect(ask(make(), 'list')['state']).toBe(state);
    const [, ...cells] = rows.find(([first]) => first === name) ?? [];
    cells.forEach((cell, column) => {
      const expected = Number(/^\d+/.exec(cell)?.[0] ?? Refusal.None);
      for (const command of (header[column + 1] ?? '').split(', ')) {
        expect([command, refusalOf(() => ask(make(), command))]).toEqual([command, expected]);
      }
    });
  });
});
