import { describe, expect, test } from 'vitest';
import { LifeCycle, Refusal, SessionCommand } from '../../assembly/protocol.js';
import { checkValue, combine } from '../../host/crypto/key-derivation.js';
import { loads, refused, speak } from './secure-support.js';

const TMK = new Uint8Array(32).fill(7);
const OTHER = new Uint8Array(32).fill(8);
const setUp = () => speak(TMK);

describe('a key', () => {
  test.each([
    [LifeCycle.Virgin, null],
    [LifeCycle.InService, checkValue(TMK)],
  ])('is named by its check value in the status, in clear: state %i', async (lifeCycle, checkValue) => {
    const { scripted, terminal } = setUp();
    Object.assign(scripted, { lifeCycle, waitMs: 30 });
    expect(await terminal.status()).toEqual({ lifeCycle, serial: 'OB-1', checkValue, waitMs: 30 });
    expect(scripted.opens).toBe(0);
  });

  test.each([
    [LifeCycle.Virgin, TMK],
    [LifeCycle.Tampered, TMK],
    [LifeCycle.InService, OTHER],
  ])('is loaded in two components, inside a session if a key is live, and proven: state %i', async (lifeCycle, key) => {
    const { device, heard, scripted, terminal } = setUp();
    scripted.lifeCycle = lifeCycle;
    const loaded = await terminal.loadKey(key, lifeCycle === LifeCycle.InService ? {} : { inClear: 'OB-1' });
    const [one = TMK, other = TMK] = scripted.parts;
    const all = [
      [SessionCommand.LoadPart, 1, one],
      [SessionCommand.LoadPart, 2, other],
      [SessionCommand.Commit, undefined, new Uint8Array(Buffer.from(checkValue(key), 'hex'))],
    ];
    expect([loads(device.heard), loads(heard)]).toEqual(lifeCycle === LifeCycle.InService ? [[], all] : [all, []]);
    expect(combine(one, other)).toEqual(key);
    expect(loaded).toEqual({ changed: true, parts: [one, other].map(checkValue), checkValue: checkValue(key) });
    expect(scripted.carriedOut.map(({ header }) => header.command)).toContain(SessionCommand.Status);
  });

  test.each([LifeCycle.Virgin, LifeCycle.Tampered, 9 as unknown as LifeCycle])(
    'is not sent in clear to a terminal that claims to have none, unless it was named: state %i',
    async (lifeCycle) => {
      const { device, scripted, terminal } = setUp();
      scripted.lifeCycle = lifeCycle;
      for (const consent of [undefined, {}, { inClear: 'OB-2' }, { inClear: '' }, { inClear: 'ob-1' }]) {
        await expect(terminal.loadKey(TMK, consent)).rejects.toMatchObject({ code: 'CONSENT_MISSING' });
      }
      expect(loads(device.heard)).toEqual([]);
      expect(scripted.parts).toEqual([]);
    },
  );

  test('is not sent in clear to a terminal that has a key, even if it was named', async () => {
    const { device, terminal } = setUp();
    await terminal.loadKey(OTHER, { inClear: 'OB-1' });
    expect(loads(device.heard)).toEqual([]);
  });

  test('is proven and not sent again if the terminal has it already', async () => {
    const { device, heard, scripted, terminal } = setUp();
    expect(await terminal.loadKey(TMK)).toEqual({ changed: false, parts: [], checkValue: checkValue(TMK) });
    expect([...loads(device.heard), ...loads(heard)]).toEqual([]);
    expect(scripted.carriedOut.map(({ header }) => header.command)).toContain(SessionCommand.Status);
  });

  test.each([LifeCycle.Virgin, LifeCycle.Keyed])(
    'is not committed if the check value of a component is wrong: state %i',
    async (lifeCycle) => {
      const { device, heard, scripted, terminal } = setUp();
      scripted.lifeCycle = lifeCycle;
      scripted.onPart = () => ({ kcv: new Uint8Array(3) });
      const consent = lifeCycle === LifeCycle.Virgin ? { inClear: 'OB-1' } : {};
      await expect(terminal.loadKey(OTHER, consent)).rejects.toMatchObject({ refusal: Refusal.CheckValueDiffers });
      expect([...loads(device.heard), ...loads(heard)].map(([command]) => command)).toEqual([SessionCommand.LoadPart]);
    },
  );

  test('is refused with a warning that anybody on the line can say so, if it was sent in clear', async () => {
    const { scripted, terminal } = setUp();
    scripted.lifeCycle = LifeCycle.Virgin;
    scripted.onPart = () => refused(Refusal.Tampered);
    await expect(terminal.loadKey(TMK, { inClear: 'OB-1' })).rejects.toMatchObject({
      refusal: Refusal.Tampered,
      message: expect.stringMatching(/said in clear, so anybody .* \(REFUSED\)$/) as string,
    });
  });

  test('is loaded even if every reply to its commit is lost', async () => {
    const { device, clock, scripted, terminal } = setUp();
    scripted.lifeCycle = LifeCycle.Virgin;
    device.respond = (asked, line) =>
      scripted.respond(asked, loads([asked])[0]?.[0] === SessionCommand.Commit ? { say: () => undefined } : line);
    const loading = terminal.loadKey(TMK, { inClear: 'OB-1' });
    expect(await clock.finish(loading)).toMatchObject({ changed: true });
  });

  test('does not count as loaded if only its check value is right', async () => {
    const { clock, scripted, terminal } = setUp();
    const status = scripted.keys(SessionCommand.Status, {});
    scripted.tmk = OTHER;
    scripted.keys = () => status;
    await expect(clock.finish(terminal.loadKey(TMK))).rejects.toMatchObject({ code: 'KEY_WRONG' });
  });
});
