import { expect, it, vi } from 'vitest';
import { MenuUser, Role } from '../../assembly/protocol.js';
import { systemCrypto as noble } from '../../host/crypto/noble.js';
import { EmulatedTerminal, emulatedLink, KeyStore } from '../../host/emulator/index.js';
import { Terminal } from '../../host/terminal/terminal.js';
import { replayTrace } from '../../host/trace/replay.js';

vi.mock('#crypto', () => {
  const get = (_: object, name: string | symbol): never => {
    throw new Error(`${String(name)} of the system was used instead of the one that was passed in`);
  };
  return { systemCrypto: new Proxy({}, { get }) };
});

it('terminal, session and replay use only the cryptography that is passed to them', async () => {
  const lines: string[] = [];
  const keys = new KeyStore({ crypto: noble, passwordRounds: 10 });
  const emulated = new EmulatedTerminal({ serial: 'OB-NOBLE', keys, observe: (line) => lines.push(line) });
  emulated.powerOn();
  const tmk = noble.randomBytes(32);
  const terminal = new Terminal(emulatedLink(emulated), { key: () => tmk, crypto: noble });
  await terminal.loadKey(tmk, { inClear: emulated.serial });
  await terminal.setPasswords({ operator: '482951', administrator: '70418263' });
  await terminal.unlock(MenuUser.Operator, '482951');
  await terminal.bind({ pan: '4242424242424242', name: 'ZHANG SAN', role: Role.Settlement });
  expect((await terminal.verify(noble.randomBytes(16))).macs[0]).toHaveLength(16);
  expect(await terminal.selfTest()).toBe(0);
  await terminal.close();
  emulated.powerOff();
  emulated.powerOn();
  emulated.powerOff();
  expect(emulated.keys.branch().crypto).toBe(noble);
  expect(replayTrace(lines, undefined, noble)).toMatchObject({ complete: true, lines: lines.length, boots: 2 });
});
