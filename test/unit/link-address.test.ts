import { expect, test } from 'vitest';
import { linkFromAddress } from '../../host/link/node/address.js';

test.each(['/dev/ttyUSB0', '.octobind/till-1.tty', 'COM3', 'tcp://localhost:4000', 'tcp://[::1]:4000'])(
  '%s is an address',
  (address) => {
    expect(linkFromAddress(address).address).toBe(address);
  },
);

test('a serial port has a pace, and a TCP port none', () => {
  expect(linkFromAddress('/dev/ttyUSB0').baudRate).toBe(115_200);
  expect(linkFromAddress('/dev/ttyUSB0', { baudRate: 9600 }).baudRate).toBe(9600);
  expect(linkFromAddress('tcp://localhost:4000', { baudRate: 9600 }).baudRate).toBeUndefined();
});

test.each([
  '',
  ' ',
  'tcp://',
  'tcp://localhost',
  'tcp://localhost:0',
  'tcp://localhost:65536',
  'tcp://a:b:1',
  'http://a:1',
])('"%s" is none', (address) => {
  expect(() => linkFromAddress(address)).toThrow(expect.objectContaining({ code: 'LINK_ADDRESS' }));
});

test.each([0, -1, 1.5, NaN])('%s is no baud rate', (baudRate) => {
  expect(() => linkFromAddress('/dev/ttyUSB0', { baudRate })).toThrow(expect.objectContaining({ code: 'USAGE' }));
});
