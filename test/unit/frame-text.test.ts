import { expect, it } from 'vitest';
import { CardCommand, Group, Op, OsCommand, SessionCommand, StatCommand } from '../../assembly/protocol.js';
import { type LineEnd, frameWatch, packetText } from '../../host/smp/frame-text.js';
import { encodeFrame } from '../../host/smp/frame.js';
import { type Body, encodePacket } from '../../host/smp/packet.js';

const packet = (op: Op, group: number, command: number, body: Body, version = 1): Uint8Array =>
  encodePacket({ version, op, group, sequence: 7, command }, body);

it.each([
  [packet(Op.Write, Group.Os, OsCommand.Echo, { d: 'hello' }), 'write os echo #7 {"d":"hello"}'],
  [packet(Op.Read, Group.Os, OsCommand.DateTime, {}, 0), 'read os date time #7 v1 {}'],
  [
    packet(Op.ReadResponse, Group.Stat, StatCommand.List, { stat_list: ['link'] }),
    'read response stat list #7 {"stat_list":["link"]}',
  ],
  [packet(Op.Write, 77, 3, {}), 'write 77 3 #7 {}'],
  [packet(Op.Write, Group.Os, OsCommand.Echo, { d: 2n ** 60n }), 'write os echo #7 {"d":"1152921504606846976"}'],
  [packet(Op.Write, Group.Os, OsCommand.Echo, { d: 2n ** 60n + 7n }), 'write os echo #7 {"d":"(number withheld)"}'],
  [Uint8Array.of(1, 2, 3), 'no SMP packet, 3 bytes'],
  [Uint8Array.of(0x0a, 0, 0, 1, 0, 0, 7, 0, 0x61), 'write os echo #7 malformed'],
])('shows operation, group and command of a packet by name (%#)', (bytes, text) => {
  expect(packetText(bytes)).toBe(text);
});

it('shows only the length of a key and of a sealed message', () => {
  const part = packet(Op.Write, Group.Session, SessionCommand.LoadPart, {
    part: 1,
    key: new Uint8Array(32).fill(0x42),
  });
  expect(packetText(part)).toBe('write session load part #7 {"part":1,"key":"32 bytes"}');
  const message = packet(Op.Write, Group.Session, SessionCommand.Message, { s: 9, n: 4, d: new Uint8Array(41) });
  expect(packetText(message)).toBe('write session message #7 {"s":9,"n":4,"d":"41 bytes"}');
});

it('shows no card number, name or password that is sent in clear', () => {
  const card = { pan: '4242 4242 4242 4242', name: 'ADA LOVELACE', password: 'secret99' };
  for (const pan of [card.pan, 4242424242424242n]) {
    const text = packetText(packet(Op.Write, Group.Card, CardCommand.Bind, { ...card, pan, gen: null }));
    expect(text).not.toMatch(/4242|ADA|secret/);
  }
  const echo = packet(Op.Write, Group.Os, OsCommand.Echo, { d: `number ${card.pan}` });
  expect(packetText(echo)).toBe('write os echo #7 {"d":"number (number withheld)"}');
});

it('finds the frames of both ends in bytes that arrive one by one', () => {
  const lines: string[] = [];
  const watch = frameWatch((line) => lines.push(line));
  const send = (from: LineEnd, body: Body): void => {
    const op = from === 'host' ? Op.Write : Op.WriteResponse;
    for (const byte of encodeFrame(packet(op, Group.Os, OsCommand.Echo, body))) watch(from, Uint8Array.of(byte));
  };
  send('host', { d: 'x' });
  watch('terminal', Uint8Array.of(0xff, 0x06));
  send('terminal', { r: 'x' });
  expect(lines).toEqual(['host      write os echo #7 {"d":"x"}', 'terminal  write response os echo #7 {"r":"x"}']);
});
