import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emulatedLink } from '../../host/emulator/emulated-link.js';
import { EmulatedTerminal } from '../../host/emulator/emulated-terminal.js';
import { OctobindError } from '../../host/error.js';
import { onTerminals } from '../../host/fleet/on-terminals.js';
import { type Candidate, claimedSerial, type FindOptions, findTargets, keyFor } from '../../host/fleet/targets.js';
import { placesOf } from '../../host/link/node/places.js';
import { serialPorts } from '../../host/link/node/ports.js';
import { Terminal } from '../../host/terminal/terminal.js';
import { keyStoreOf, startKeyedTerminal } from '../../host/testing/keyed-terminal.js';
import { key, keyedTerminal } from '../support/keyed.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octobind-'));
});
afterEach(() => rm(dir, { recursive: true }));

/**
 * Terminals at ports, by their serial numbers. `opened` are the ports in the order of their use.
 */
function bench(serials: Record<string, string>, candidates: readonly Candidate[] = []) {
  const opened: string[] = [];
  const devices = Object.entries(serials).map(([port, serial]) => {
    const terminal = keyedTerminal({ serial });
    terminal.powerOn();
    return [port, terminal] as const;
  });
  const options: FindOptions = {
    connect(port, sessionKey) {
      opened.push(port);
      const [, terminal] = devices.find(([place]) => place === port) ?? [];
      if (!terminal) throw new OctobindError('PORT_MISSING', `There is no port ${port}. Plug it in.`);
      return new Terminal(emulatedLink(terminal), { key: sessionKey, deadlineMs: 500 });
    },
    ports: () => Promise.resolve(candidates),
  };
  return { options, opened, devices: new Map(devices) };
}

const message = (...parts: string[]): object => ({
  code: 'WRONG_TERMINAL',
  message: expect.stringMatching(new RegExp(parts.join('[^]*'))) as unknown,
});

describe('terminals that are wanted by their serial numbers', () => {
  it('are found at whatever ports they are', async () => {
    const { options } = bench({ x: 'OB-2', y: 'OB-1', z: 'OB-3' }, [{ port: 'x' }, { port: 'y' }, { port: 'z' }]);
    expect(await findTargets([{ name: 'a', serial: 'OB-1' }, { serial: 'OB-2' }], options)).toEqual([
      { name: 'a', serial: 'OB-1', port: 'y' },
      { name: 'OB-2', serial: 'OB-2', port: 'x' },
    ]);
  });

  it('are asked for at ports that are known by these numbers first, and at no others if they are there', async () => {
    const candidates = [{ port: 'modem' }, { port: 'y', serial: 'OB-1' }];
    const { options, opened } = bench({ y: 'OB-1' }, candidates);
    expect(await findTargets([{ serial: 'OB-1' }], options)).toMatchObject([{ port: 'y' }]);
    expect(opened).toEqual(['y']);
  });

  it('are searched on if a port is known by a number that its terminal does not have', async () => {
    const { options } = bench({ x: 'OB-1', y: 'OB-2' }, [{ port: 'x', serial: 'OB-2' }, { port: 'y' }]);
    expect(await findTargets([{ serial: 'OB-2' }], options)).toMatchObject([{ port: 'y' }]);
  });

  it('are missing if no port has them, and the others are found all the same', async () => {
    const { options } = bench({ x: 'OB-1' }, [{ port: 'x' }, { port: 'gone' }]);
    const [found, missing] = await findTargets([{ serial: 'OB-1' }, { serial: 'OB-9' }], options);
    expect(found).toMatchObject({ port: 'x' });
    expect(missing).toMatchObject({ error: { code: 'PORT_MISSING' } });
    expect(missing?.error?.message).toContain('OB-9');
    expect(missing?.error?.message).toContain('gone (PORT_MISSING)');
  });

  it('are not searched at a port that another terminal of the plan has', async () => {
    const { options, opened } = bench({ x: 'OB-1' }, [{ port: 'x' }]);
    const [, missing] = await findTargets([{ port: 'x' }, { serial: 'OB-2' }], options);
    expect(missing?.error?.code).toBe('PORT_MISSING');
    expect(opened).toEqual(['x']);
  });
});

describe('mixed-up terminals are refused', () => {
  it('if two cables are swapped, and both are named', async () => {
    const { options, devices } = bench({ x: 'OB-2', y: 'OB-1', z: 'OB-3' });
    const wanted = [
      { name: 'a', serial: 'OB-1', port: 'x' },
      { name: 'b', serial: 'OB-2', port: 'y' },
      { name: 'c', serial: 'OB-3', port: 'z' },
    ];
    let begun = 0;
    const work = onTerminals(wanted, key, {}, options, async (terminal) => {
      begun++;
      await terminal.format();
    });
    await expect(work).rejects.toMatchObject(message('a: OB-1', 'x', 'OB-2', 'b: OB-2', 'y', 'OB-1'));
    expect(begun).toBe(0);
    expect([...devices.values()].map(({ nor }) => nor.programs)).toEqual([0, 0, 0]);
  });

  it('if a single terminal is not the one that is wanted', async () => {
    const { options } = bench({ x: 'OB-2' });
    await expect(findTargets([{ serial: 'OB-1', port: 'x' }], options)).rejects.toMatchObject(message('OB-1', 'OB-2'));
  });

  it('if two ports lead to terminals of one serial number', async () => {
    const { options } = bench({ x: 'OB-1', y: 'OB-1' });
    const wanted = [
      { name: 'a', port: 'x' },
      { name: 'b', port: 'y' },
    ];
    await expect(findTargets(wanted, options)).rejects.toMatchObject(message('a', 'b', 'OB-1'));
  });

  it('if a search finds one serial number at two ports', async () => {
    const { options } = bench({ x: 'OB-1', y: 'OB-1' }, [{ port: 'x' }, { port: 'y' }]);
    await expect(findTargets([{ serial: 'OB-1' }], options)).rejects.toMatchObject(message('OB-1', 'x', 'y'));
  });

  it('if one serial number is wanted twice', async () => {
    const { options } = bench({ x: 'OB-1' }, [{ port: 'x' }]);
    const twice = [
      { name: 'a', serial: 'OB-1' },
      { name: 'b', serial: 'OB-1' },
    ];
    await expect(findTargets(twice, options)).rejects.toMatchObject(message('a', 'b'));
  });

  it.each([{}, { port: 'silent' }])('if one is wanted at a port, and once more by its number: %j', async (at) => {
    const { options } = bench({ x: 'OB-1' }, [{ port: 'x' }]);
    const twice = [
      { name: 'a', port: 'x' },
      { name: 'b', serial: 'OB-1', ...at },
    ];
    await expect(findTargets(twice, options)).rejects.toMatchObject(message('a', 'b', 'OB-1'));
  });

  it('if one port is written in two ways, before any is opened', async () => {
    const port = join(dir, 'port');
    await writeFile(port, '');
    const link = join(dir, 'link');
    await symlink(port, link);
    const spelled = [
      [port, link],
      [port, join(dir, 'sub', '..', 'port')],
      ['tcp://localhost:7001', '127.0.0.1:7001'],
      ['tcp://LOCALHOST:7001/', 'tcp://localhost:7001'],
      ['tcp://[::1]:7001', 'tcp://[0:0:0:0:0:0:0:1]:7001'],
      ['tcp://127.1:7001', 'tcp://[::ffff:127.0.0.1]:7001'],
    ] as const;
    for (const [one = '', other = ''] of spelled) {
      const { options, opened } = bench({});
      const wanted = [
        { name: 'a', port: one },
        { name: 'b', port: other },
      ];
      await expect(findTargets(wanted, options), `${one} ${other}`).rejects.toMatchObject(message('a', 'b'));
      expect(opened).toEqual([]);
    }
  });

  it('if it answers to another number once its work begins', async () => {
    const { options, devices } = bench({ x: 'OB-1', y: 'OB-2' });
    const swap = new Map([
      ['x', 'y'],
      ['y', 'x'],
    ]);
    let asked = 0;
    const connect: FindOptions['connect'] = (port, sessionKey) =>
      options.connect(asked++ < 2 ? port : (swap.get(port) ?? ''), sessionKey);
    const outcomes = await onTerminals([{ port: 'x' }, { port: 'y' }], key, {}, { connect }, async (terminal) => {
      await terminal.format();
    });
    expect(outcomes.map(({ error }) => error?.code)).toEqual(['WRONG_TERMINAL', 'WRONG_TERMINAL']);
    expect([...devices.values()].map(({ nor }) => nor.programs)).toEqual([0, 0]);
  });
});

it('different places are told apart', async () => {
  const places = await Promise.all(
    ['tcp://127.0.0.1:7001', 'tcp://127.0.0.1:7002', 'tcp://127.0.0.2:7001', '/dev/a', 'a'].map(placesOf),
  );
  expect(new Set(places.flat()).size).toBe(places.flat().length);
});

it('a terminal that lies about its serial number does not have the key of that one', async () => {
  const { options, devices } = bench({ x: 'OB-LIAR' });
  class Liar extends Terminal {
    override async status() {
      return { ...(await super.status()), serial: 'OB-1' };
    }
  }
  const connect: FindOptions['connect'] = (port, sessionKey) => {
    const device = devices.get(port);
    if (!device) throw new Error(port);
    return new Liar(emulatedLink(device), { key: sessionKey, deadlineMs: 500 });
  };
  const [outcome] = await onTerminals(
    [{ port: 'x', serial: 'OB-1' }],
    key,
    {},
    { ...options, connect },
    async (one) => {
      await one.format();
    },
  );
  expect(outcome?.error?.code).toBe('WRONG_TERMINAL');
  expect(devices.get('x')?.nor.programs).toBe(0);
});

it('a terminal with the key of another serial number than its own opens no session', async () => {
  const device = new EmulatedTerminal({ serial: 'OB-1', keys: keyStoreOf('OB-LIAR') });
  device.powerOn();
  const connect: FindOptions['connect'] = (_, sessionKey) =>
    new Terminal(emulatedLink(device), { key: sessionKey, deadlineMs: 5000 });
  const [outcome] = await onTerminals([{ port: 'x', serial: 'OB-1' }], key, {}, { connect }, async (one) => {
    await one.format();
  });
  expect(outcome?.error?.code).toBe('KEY_WRONG');
  expect(device.nor.programs).toBe(0);
});

it('is known by the serial number that it says in clear, if that one is wanted', async () => {
  const { device, terminal } = startKeyedTerminal({ serial: 'OB-2' });
  expect(await claimedSerial(terminal, { port: 'x' })).toBe('OB-2');
  await expect(claimedSerial(terminal, { port: 'x', serial: 'OB-1' })).rejects.toMatchObject({
    code: 'WRONG_TERMINAL',
  });
  await terminal.close();
  device.powerOff();
});

it('a key is given for the wanted serial number alone', async () => {
  await expect(keyFor('OB-1', 'x', key)('OB-2')).rejects.toMatchObject(message('x', 'OB-2', 'OB-1'));
  expect(await keyFor('OB-1', 'x', key)('OB-1')).toEqual(key('OB-1'));
  expect(await keyFor(undefined, 'x', key)('OB-2')).toEqual(key('OB-2'));
});

it('ports in /dev/serial/by-id are found without udev, each once', async () => {
  const byId = join(dir, 'by-id');
  await mkdir(byId);
  for (const device of ['ttyUSB0', 'ttyUSB1']) await writeFile(join(dir, device), '');
  await symlink('../ttyUSB0', join(byId, 'usb-One'));
  await symlink('../ttyUSB1', join(byId, 'usb-Two'));
  await symlink('../ttyUSB1', join(byId, 'usb-Two-again'));
  const found = (await serialPorts(byId)).filter(({ port }) => port.startsWith(dir));
  expect(found).toEqual(['usb-One', 'usb-Two'].map((name) => ({ port: join(byId, name), name })));
  expect((await serialPorts(join(dir, 'nowhere'))).filter(({ port }) => port.startsWith(dir))).toEqual([]);
});
