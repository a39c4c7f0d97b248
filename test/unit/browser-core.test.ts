import { beforeAll, describe, expect, it } from 'vitest';
import { Refusal, Role } from '../../assembly/protocol.js';
import { bundle, openPage, type Page } from '../support/browser.js';

// The conformance suite runs on the bundle as well: its target `bundle`.

const SERIAL = 'OB-PAGE-0001';
const CARD = { pan: '4242424242424242', name: 'ZHANG SAN', role: Role.Settlement };

describe('the bundle for a browser', () => {
  it('names nothing of Node', async () => {
    const text = await bundle();
    expect(text.match(/\b(?:Buffer|setImmediate|process\.\w+|require\(|node:\w+)/g)).toBeNull();
  });

  it('is not large, as it is when all of zod is in it', async () => {
    expect((await bundle()).length).toBeLessThan(700_000);
  });
});

describe('a page that has loaded it', () => {
  let page: Page;
  beforeAll(async () => {
    page = await openPage();
  });

  /** A terminal that is on, and one that speaks to it and has loaded its key. */
  async function start({ baud, observe }: { baud?: number; observe?: (line: string) => void } = {}) {
    const { octobind, firmware, inward, outward } = page;
    const device = new octobind.EmulatedTerminal({ serial: SERIAL, module: firmware, observe });
    device.powerOn();
    const tmk = octobind.terminalKey(inward(new Uint8Array(32).fill(7)), SERIAL);
    const terminal = new octobind.Terminal(octobind.emulatedLink(device, { baud }), { key: () => tmk });
    await terminal.loadKey(tmk, { inClear: SERIAL });
    return { device, terminal: outward(terminal) };
  }

  it('has nothing of Node', () => {
    const names = ['Buffer', 'process', 'require', 'module', 'global', 'setImmediate', 'clearImmediate'];
    expect(names.filter((name) => page.run(`typeof ${name}`) !== 'undefined')).toEqual([]);
  });

  it('has what runs there, and nothing that needs a file or a socket', () => {
    expect(Object.keys(page.octobind)).toEqual(
      expect.arrayContaining([
        'Terminal',
        'CardJudge',
        'webSerialLink',
        'messagePortLink',
        'emulatedLink',
        'replayTrace',
      ]),
    );
    expect(Object.keys(page.octobind)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(?:linkFromAddress|readMasterKey|applyPlan|KeyedRecord)$/)]),
    );
  });

  it('is asked for the firmware, since there is no file', () => {
    const { octobind } = page;
    expect(() => new octobind.EmulatedTerminal({ serial: SERIAL })).toThrow(
      expect.objectContaining({ code: 'FIRMWARE' }),
    );
    expect(() => new octobind.CardJudge()).toThrow(expect.objectContaining({ code: 'FIRMWARE' }));
  });

  it('judges cards by the firmware', () => {
    const judge = new page.octobind.CardJudge(page.firmware);
    expect(judge.mask(CARD.pan)).toBe('424242******4242');
    expect(judge.check('4242424242424241')).toMatchObject({ refusal: Refusal.PanCheckDigit });
    expect(judge.record(CARD)).toHaveLength(68);
  });

  it('binds a card on a paced line, and keeps it through a power cut', async () => {
    const { device, terminal } = await start({ baud: 115_200 });
    expect(await terminal.bind(CARD)).toMatchObject({ slot: 1, changed: true });
    device.powerOff();
    device.powerOn();
    expect((await terminal.list()).slots[0]).toMatchObject({ pan: '424242******4242' });
    await terminal.close();
  });

  it('records a terminal, and replays it to the byte', async () => {
    const lines: string[] = [];
    const { device, terminal } = await start({ observe: (line) => lines.push(line) });
    await terminal.bind(CARD);
    await terminal.close();
    device.powerOff();
    const replayed = page.octobind.replayTrace(lines, page.firmware);
    expect(replayed).toMatchObject({ lines: lines.length, complete: true, boots: 1 });
    expect(Buffer.compare(replayed.flash, Buffer.concat([device.nor.snapshot(), device.policyNor.snapshot()]))).toBe(0);
  });

  it('gives up what waits when its caller does', async () => {
    const { octobind, firmware } = page;
    const device = new octobind.EmulatedTerminal({ serial: SERIAL, module: firmware });
    const terminal = new octobind.Terminal(octobind.emulatedLink(device), { signal: AbortSignal.timeout(20) });
    await expect(terminal.echo('nobody hears')).rejects.toMatchObject({ code: 'ABORTED' });
    await terminal.close();
  });
});
