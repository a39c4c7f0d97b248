import { describe, expect, it } from 'vitest';
import { emulatedLink } from '../../host/emulator/index.js';
import { LifeCycle, Refusal, Terminal } from '../../host/index.js';
import { key, keyedTerminal } from '../support/keyed.js';

describe('a tamper fault', () => {
  it('erases the terminal, which then refuses all but its status until a key is loaded', async () => {
    const emulated = keyedTerminal({ serial: 'OB-OPENED' });
    emulated.powerOn();
    // The replies to the status, the opening and two messages arrive whole. The case is opened
    // during the next reply.
    const faults = { seed: 1, faults: [{ kind: 'tamper' as const, direction: 'to-host' as const, at: 4 }] };
    const terminal = new Terminal(emulatedLink(emulated, { faults }), { key });
    await terminal.bind({ pan: '4242424242424242', name: 'ZHANG SAN' }, null);
    await terminal.list();
    await expect(terminal.list()).rejects.toMatchObject({ refusal: Refusal.Tampered });
    expect(await terminal.status()).toMatchObject({ lifeCycle: LifeCycle.Tampered, checkValue: null });
    await expect(terminal.echo('x')).rejects.toMatchObject({ code: 'REFUSED' });
    expect(emulated.nor.snapshot().every((byte) => byte === 0xff)).toBe(true);
    await terminal.loadKey(key('OB-OPENED'), { inClear: 'OB-OPENED' });
    expect((await terminal.list()).slots.every((slot) => slot === null)).toBe(true);
    await terminal.close();
  });
});
