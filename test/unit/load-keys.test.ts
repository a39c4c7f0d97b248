import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LifeCycle, SessionCommand } from '../../assembly/protocol.js';
import { emulatedLink, EmulatedTerminal, KeyStore } from '../../host/emulator/index.js';
import { consentOf } from '../../host/cli/consent.js';
import type { Consent } from '../../host/fleet/consent.js';
import { type KeyedEvent, KeyedRecord } from '../../host/fleet/keyed-record.js';
import { type KeyLoadOutcome, type KeyLoadOptions, loadTerminals } from '../../host/fleet/load-keys.js';
import { OctobindError, Terminal, terminalKey } from '../../host/index.js';
import type { LinkFactory } from '../../host/link/link.js';
import { MASTER } from '../support/keyed.js';
import { ScriptedTerminal } from './secure-support.js';
import { Device } from './smp-support.js';

const OVER = Buffer.alloc(32, 0x6b);
const SERIAL = 'OB-KNOWN';
const PART: number = SessionCommand.LoadPart;

let dir: string;
let record: KeyedRecord;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octobind-'));
  record = new KeyedRecord(dir);
});
afterEach(async () => {
  record.close();
  await rm(dir, { recursive: true });
});

const events = async (): Promise<unknown[]> =>
  (await readFile(join(dir, 'keyed.jsonl'), 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { serial, event } = JSON.parse(line) as { serial: string; event: string };
      return [serial, event];
    });

/** Consent by the options --in-clear and --again of `keys load`. No person is asked. */
const words = (inClear: readonly string[], again: readonly string[] = []): Consent =>
  consentOf({ inClear, again }, new AbortController().signal, () => undefined);

/**
 * A peer that makes one of these claims in each status. `parts` returns the components that it
 * got.
 */
function peer(...claims: readonly { lifeCycle: LifeCycle; serial: string }[]) {
  const scripted = new ScriptedTerminal(Buffer.alloc(32, 1));
  const device = new Device((heard, line) => {
    if (heard.header.command === (SessionCommand.Status as number)) {
      Object.assign(scripted, claims[scripted.statuses]);
    }
    scripted.respond(heard, line);
  });
  const parts = (): unknown[] => device.heard.filter(({ header }) => header.command === PART);
  return { device, parts };
}

const virgin = (serial = SERIAL) => ({ lifeCycle: LifeCycle.Virgin, serial });

async function load(links: readonly LinkFactory[], options: Partial<KeyLoadOptions>): Promise<KeyLoadOutcome[]> {
  return loadTerminals(
    links.map((_, i) => ({ port: String(i) })),
    {
      connect: (port, key) => new Terminal(links[Number(port)] ?? new Device(), { key }),
      master: MASTER,
      consent: words([]),
      record,
      ...options,
    },
  );
}

async function refusal(link: LinkFactory, options: Partial<KeyLoadOptions>): Promise<unknown> {
  const [loaded] = await load([link], options);
  return loaded?.error?.code;
}

describe('a peer that claims to be a known terminal without a key', () => {
  it.each<[string, Partial<KeyLoadOptions>]>([
    ['without consent', {}],
    ['with consent for another terminal', { consent: words(['OB-OTHER', 'OB-KNOW', ''], [SERIAL]) }],
    ['with --over, even if --in-clear and --again name it', { consent: words([SERIAL], [SERIAL]), over: OVER }],
  ])('gets no component %s, and is not recorded', async (_, options) => {
    for (const lifeCycle of [LifeCycle.Virgin, LifeCycle.Tampered]) {
      const { device, parts } = peer({ lifeCycle, serial: SERIAL });
      expect(await refusal(device, options)).toBe('CONSENT_MISSING');
      expect(parts()).toEqual([]);
    }
    expect(await events()).toEqual([]);
  });

  it('gets no component without --again if that terminal was loaded before', async () => {
    record.add(SERIAL, 'proven');
    const { device, parts } = peer(virgin());
    const [loaded] = await load([device], { consent: words([SERIAL], ['OB-OTHER']) });
    expect(loaded?.error).toMatchObject({ code: 'CONSENT_MISSING' });
    expect(loaded?.error?.message).toContain(record.lastKeyed(SERIAL));
    expect(parts()).toEqual([]);
  });

  it('gets no component with --again alone', async () => {
    record.add(SERIAL, 'proven');
    const { device, parts } = peer(virgin());
    expect(await refusal(device, { consent: words([], [SERIAL]) })).toBe('CONSENT_MISSING');
    expect(parts()).toEqual([]);
  });

  it('gets no component if it had a key in an earlier status, or another serial number', async () => {
    for (const claims of [
      [{ lifeCycle: LifeCycle.Keyed, serial: SERIAL }, virgin()],
      [virgin(), virgin('OB-OTHER')],
    ]) {
      const { device, parts } = peer(...claims);
      const consent = words([SERIAL, 'OB-OTHER'], [SERIAL, 'OB-OTHER']);
      expect(await refusal(device, { consent })).toBe('CONSENT_MISSING');
      expect(parts()).toEqual([]);
    }
  });

  it('gets no component if another peer got them by the same consent', async () => {
    const peers = [peer(virgin()), peer(virgin()), peer(virgin())];
    const consent = words([SERIAL], [SERIAL]);
    const codes = [];
    for (const { device } of peers) codes.push((await load([device], { consent }))[0]?.error?.code);
    expect(codes).toEqual([undefined, 'CONSENT_MISSING', 'CONSENT_MISSING']);
    expect(peers.map(({ parts }) => parts().length)).toEqual([2, 0, 0]);
  });

  it('gets no component if another peer on another line makes the same claim', async () => {
    const peers = [peer(virgin()), peer(virgin())];
    const loading = load(
      peers.map(({ device }) => device),
      { consent: words([SERIAL], [SERIAL]) },
    );
    await expect(loading).rejects.toMatchObject({ code: 'WRONG_TERMINAL' });
    expect(peers.map(({ parts }) => parts().length)).toEqual([0, 0]);
  });
});

it.each(['', 'OB\u001b[2J', 'OB\n', 'ÖB', 'x'.repeat(33)])(
  'a serial number that cannot be typed is refused before anything is sent or recorded: %j',
  async (serial) => {
    const consent = { inClear: () => true, again: () => true };
    for (const lifeCycle of [LifeCycle.Virgin, LifeCycle.Keyed]) {
      const { device, parts } = peer({ lifeCycle, serial });
      expect(await refusal(device, { consent })).toBe('PROTOCOL');
      expect(parts()).toEqual([]);
      expect(device.heard).toHaveLength(1);
    }
    expect(await events()).toEqual([]);
  },
);

it('a loading in clear is recorded before the first component is sent', async () => {
  const { device } = peer(virgin());
  let before: unknown;
  const { respond } = device;
  device.respond = (heard, line) => {
    if (heard.header.command === PART) before ??= record.lastKeyed(SERIAL);
    respond(heard, line);
  };
  await load([device], { consent: words([SERIAL]) });
  expect(before).toEqual(expect.any(String));
});

it('a terminal that was loaded gets its passwords even if the record cannot be written then', async () => {
  class Full extends KeyedRecord {
    override add(serial: string, event: KeyedEvent): void {
      if (event === 'proven') throw new OctobindError('KEY_RECORD', 'The disk is full. Make room.');
      super.add(serial, event);
    }
  }
  const full = new Full(dir);
  const emulated = new EmulatedTerminal({ serial: SERIAL, keys: new KeyStore({ passwordRounds: 10 }) });
  emulated.powerOn();
  const passwords = { operator: '604718', administrator: '8830172645' };
  const [loaded] = await load([emulatedLink(emulated)], { consent: words([SERIAL]), record: full, passwords });
  expect(loaded).toMatchObject({ serial: SERIAL, changed: true, error: { code: 'KEY_RECORD' } });
  const terminal = new Terminal(emulatedLink(emulated));
  expect((await terminal.status()).lifeCycle).toBe(LifeCycle.InService);
  await terminal.close();
  full.close();
});

describe('a real terminal', () => {
  function emulated(): { terminal: EmulatedTerminal; link: LinkFactory } {
    const terminal = new EmulatedTerminal({ serial: SERIAL, keys: new KeyStore({ passwordRounds: 10 }) });
    terminal.powerOn();
    return { terminal, link: emulatedLink(terminal) };
  }

  it('needs consent to be loaded, and none once it has its key; each loading is recorded', async () => {
    const { link } = emulated();
    expect(await load([link], { consent: words([SERIAL]) })).toMatchObject([{ serial: SERIAL, changed: true }]);
    expect(await load([link], {})).toMatchObject([{ serial: SERIAL, changed: false }]);
    expect(await load([link], { master: OVER, over: MASTER })).toMatchObject([{ serial: SERIAL, changed: true }]);
    expect(await events()).toEqual([
      [SERIAL, 'in clear'],
      [SERIAL, 'proven'],
      [SERIAL, 'proven'],
      [SERIAL, 'proven'],
    ]);
    const terminal = new Terminal(link, { key: (serial) => terminalKey(OVER, serial) });
    expect((await terminal.list()).generation).toBe(0);
    await terminal.close();
  });

  it('needs --in-clear and --again after tampering, and is never loaded with --over', async () => {
    const { terminal, link } = emulated();
    await load([link], { consent: words([SERIAL]) });
    terminal.tamper();
    terminal.powerOff();
    terminal.powerOn();
    expect(await refusal(link, { consent: words([SERIAL]) })).toBe('CONSENT_MISSING');
    const consent = words([SERIAL], [SERIAL]);
    expect(await refusal(link, { consent, over: OVER })).toBe('CONSENT_MISSING');
    expect(await load([link], { consent })).toMatchObject([{ serial: SERIAL, changed: true }]);
  });
});
