import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Group, Op, OsCommand } from '../../assembly/protocol.js';
import { type ClientOptions, type Request, type RequestOptions, SmpClient } from '../../host/smp/client.js';
import { encodeFrame } from '../../host/smp/frame.js';
import { ManualClock, turn } from '../../host/testing/manual-clock.js';
import { always, answer, Device, type Heard } from './smp-support.js';

const ECHO: Request = { op: Op.Write, group: Group.Os, command: OsCommand.Echo, body: { d: 'hello' } };
const HELLO = { r: 'hello' };

function setUp(respond?: (heard: Heard, device: Device) => void, options: ClientOptions = {}) {
  const device = new Device(respond);
  const clock = new ManualClock();
  const client = new SmpClient(device, { clock, sequence: 0, ...options });
  /** The request's outcome so far, without waiting for it. */
  const start = (request = ECHO, requestOptions?: RequestOptions) => {
    const state: { value?: unknown; error?: unknown; settled: boolean } = { settled: false };
    client.request(request, requestOptions).then(
      (value) => Object.assign(state, { value, settled: true }),
      (error: unknown) => Object.assign(state, { error, settled: true }),
    );
    return state;
  };
  return { device, clock, client, start };
}

describe('a request', () => {
  test('is sent as docs/PROTOCOL.md shows, and its answer comes back at once', async () => {
    const bytes: Uint8Array[] = [];
    const { client, device } = setUp(({ header }, device) => device.say(answer(header, HELLO)));
    const open = device.open.bind(device);
    device.open = async () => {
      const stream = await open();
      const write = stream.write.bind(stream);
      stream.write = (written) => {
        bytes.push(written);
        write(written);
      };
      return stream;
    };
    expect(await client.request(ECHO)).toEqual(HELLO);
    expect(Buffer.concat(bytes).toString('latin1')).toBe('\x06\x09ABMKAAAJAAAAAKFhZGVoZWxsb6J/\n');
    expect(client.counters).toMatchObject({ sent: 1, frames: 1, lost: 0, late: 0, mismatched: 0 });
  });

  test('leaves no timer behind', async () => {
    const { client, clock } = setUp(always(HELLO));
    await client.request(ECHO);
    expect(clock.pending).toBe(0);
  });

  test('that nobody answers is repeated under the same sequence number, then ends', async () => {
    const { device, clock, start } = setUp(undefined, { tries: 3, timeoutMs: 100 });
    const state = start();
    // 100, 200 and 400 ms.
    await clock.advance(699);
    expect(state.settled).toBe(false);
    await clock.advance(1);
    expect(state.error).toMatchObject({ code: 'NOT_A_TERMINAL', awaited: { what: 'an answer to echo', ms: 700 } });
    expect(device.heard.map(({ header }) => header.sequence)).toEqual([0, 0, 0]);
  });

  test('of a terminal that answered before is a timeout, not the wrong device', async () => {
    const { device, clock, client, start } = setUp(always(HELLO), { tries: 2, timeoutMs: 100 });
    await client.request(ECHO);
    device.respond = () => undefined;
    const state = start();
    await clock.advance(300);
    expect(state.error).toMatchObject({ code: 'LINK_TIMEOUT', awaited: { ms: 300 } });
    expect(client.counters.lost).toBe(2);
  });

  test('that only hears itself is with no terminal', async () => {
    const { device, clock, start } = setUp(undefined, { tries: 2, timeoutMs: 100 });
    const echoing = Buffer.from('\x06\x09ABMKAAAJAAAAAKFhZGVoZWxsb6J/\n', 'latin1');
    device.respond = (_, line) => line.say(echoing);
    const state = start();
    await clock.advance(300);
    expect(state.error).toMatchObject({ code: 'NOT_A_TERMINAL' });
  });

  test('takes an answer to its first try while it waits for that to its second', async () => {
    const { device, clock, client, start } = setUp(undefined, { timeoutMs: 100 });
    const state = start();
    await clock.advance(150);
    expect(device.heard).toHaveLength(2);
    const [first] = device.heard;
    if (first) device.say(answer(first.header, HELLO));
    await turn();
    expect(state.value).toEqual(HELLO);
    // The answer to the second try comes when the request has ended, and another one may wait.
    if (first) device.say(answer(first.header, HELLO));
    const next = start();
    await turn();
    expect(next.settled).toBe(false);
    expect(client.counters).toMatchObject({ lost: 1, late: 1, mismatched: 0 });
  });

  test.each<[string, object]>([
    ['sequence', { sequence: 77 }],
    ['group', { group: 66 }],
    ['command', { command: 6 }],
    ['version', { version: 0 }],
    ['op', { op: Op.ReadResponse }],
  ])('passes over an answer of another %s, and counts it', async (_, wrong) => {
    const { client } = setUp(({ header }, device) => {
      device.say(answer(header, { r: 'wrong' }, wrong));
      device.say(answer(header, HELLO));
    });
    expect(await client.request(ECHO)).toEqual(HELLO);
    expect(client.counters).toMatchObject({ mismatched: 1, late: 0 });
  });

  test('passes over packets whose header is impossible, and counts them', async () => {
    const { client } = setUp(({ header }, device) => {
      device.say(encodeFrame(Buffer.from('0b00ffff00000000a0', 'hex')));
      device.say(answer(header, HELLO));
    });
    expect(await client.request(ECHO)).toEqual(HELLO);
    expect(client.counters.header).toBe(1);
  });

  test('fails at once on an answer that is not a map, and on an error that the terminal tells', async () => {
    const { device, client } = setUp(({ header }, device) => device.say(answer(header, [] as never)));
    await expect(client.request(ECHO)).rejects.toMatchObject({ code: 'PROTOCOL' });
    device.respond = always({ rc: 8 });
    await expect(client.request(ECHO)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    device.respond = always(HELLO);
    expect(await client.request(ECHO)).toEqual(HELLO);
  });

  test('gives its bytes the time that they need at the baud rate', async () => {
    const { device, clock, start } = setUp(undefined, { timeoutMs: 100 });
    Object.assign(device, { baudRate: 9600 });
    start();
    await clock.advance(2000);
    expect(device.heard).toHaveLength(1);
    await clock.advance(2000);
    expect(device.heard).toHaveLength(2);
  });
});

describe('a queue', () => {
  test('has one request on the line at a time, in order, each with a number of its own', async () => {
    const { device, start } = setUp(undefined, { sequence: 254 });
    const states = [start(), start(), start()];
    for (const [index, sequence] of [254, 255, 0].entries()) {
      await turn();
      expect(device.heard).toHaveLength(index + 1);
      const heard = device.heard[index];
      expect(heard?.header.sequence).toBe(sequence);
      if (heard) device.say(answer(heard.header, { r: String(index) }));
    }
    await turn();
    expect(states.map(({ value }) => value)).toEqual([{ r: '0' }, { r: '1' }, { r: '2' }]);
  });

  test('goes on behind a request that failed', async () => {
    const { device, clock, start } = setUp(undefined, { tries: 1, timeoutMs: 100 });
    const [first, second] = [start(), start()];
    await clock.advance(100);
    expect(first.error).toMatchObject({ code: 'NOT_A_TERMINAL' });
    const heard = device.heard[1];
    if (heard) device.say(answer(heard.header, HELLO));
    await turn();
    expect(second.value).toEqual(HELLO);
  });
});

describe('an abort', () => {
  test('ends the request on the line, and the next one goes out', async () => {
    const { device, start } = setUp();
    const abort = new AbortController();
    const [first, second] = [start(ECHO, { signal: abort.signal }), start()];
    await turn();
    abort.abort(new Error('Ctrl-C'));
    await turn();
    expect(first.error).toMatchObject({ code: 'ABORTED', cause: { message: 'Ctrl-C' } });
    expect(device.heard).toHaveLength(2);
    expect(second.settled).toBe(false);
  });

  test('ends a request that has not gone out yet, or was never to go out', async () => {
    const { device, start } = setUp();
    const abort = new AbortController();
    const [first, queued] = [start(), start(ECHO, { signal: abort.signal })];
    abort.abort();
    const after = start(ECHO, { signal: abort.signal });
    await turn();
    expect([first.settled, queued.settled, after.settled]).toEqual([false, true, true]);
    expect(queued.error).toMatchObject({ code: 'ABORTED' });
    expect(device.heard).toHaveLength(1);
  });

  test('ends a request whose link is not open yet, and the stream that comes too late is released', async () => {
    const { device, start } = setUp();
    const abort = new AbortController();
    const state = start(ECHO, { signal: abort.signal });
    abort.abort();
    await turn();
    expect(state.error).toMatchObject({ code: 'ABORTED' });
    expect(device.isOpen).toBe(false);
  });
});

test('one signal serves many requests without a warning', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on('warning', note);
  const { start } = setUp();
  const abort = new AbortController();
  const states = Array.from({ length: 30 }, () => start(ECHO, { signal: abort.signal }));
  abort.abort();
  await turn();
  process.off('warning', note);
  expect(states.every(({ settled }) => settled)).toBe(true);
  expect(warnings).toEqual([]);
});

describe('a close', () => {
  test('ends what is on the line and what waits, and releases the stream', async () => {
    const { device, client, clock, start } = setUp();
    const states = [start(), start()];
    await turn();
    await client.close();
    for (const { error } of states) expect(error).toMatchObject({ code: 'LINK_CLOSED' });
    expect(device.isOpen).toBe(false);
    expect(clock.pending).toBe(0);
    await expect(client.request(ECHO)).rejects.toMatchObject({ code: 'LINK_CLOSED' });
    expect(device.openings).toBe(1);
  });

  test('of a client that never opened, or twice, is nothing', async () => {
    const { client } = setUp();
    await client.close();
    await client.close();
  });
});

describe('a link', () => {
  test('that cannot be opened fails at once, with its own error', async () => {
    const { device, start } = setUp();
    device.unplug();
    const state = start();
    await turn();
    expect(state.error).toMatchObject({ code: 'PORT_MISSING' });
  });

  test('that never opens ends at the deadline, and is told to give up', async () => {
    const { device, clock, start } = setUp(undefined, { deadlineMs: 1000 });
    let given: AbortSignal | undefined;
    device.open = (signal?: AbortSignal) => {
      given = signal;
      return new Promise(() => undefined);
    };
    const state = start();
    await clock.advance(1000);
    expect(state.error).toMatchObject({ code: 'LINK_TIMEOUT', awaited: { what: 'the link to open', ms: 1000 } });
    expect(given?.aborted).toBe(true);
  });

  test('that fails in a way of its own is told as such', async () => {
    const { device, start } = setUp();
    device.open = () => Promise.reject(new Error('no such thing'));
    const state = start();
    await turn();
    expect(state.error).toMatchObject({ code: 'LINK_FAILED', cause: { message: 'no such thing' } });
  });

  test('that is unplugged in the middle of a request and plugged in again carries it to its end', async () => {
    const { device, clock, client, start } = setUp();
    const state = start();
    await turn();
    device.unplug();
    await clock.advance(3000);
    expect(state.settled).toBe(false);
    device.respond = always(HELLO);
    device.plug();
    await clock.advance(500);
    expect(state.value).toEqual(HELLO);
    expect(client.counters.closed).toBe(1);
  });

  test('that is unplugged and stays so ends the request at its deadline', async () => {
    const { device, clock, start } = setUp(undefined, { deadlineMs: 4000 });
    const state = start();
    await turn();
    device.unplug();
    await clock.advance(3999);
    expect(state.settled).toBe(false);
    await clock.advance(1);
    expect(state.error).toMatchObject({
      code: 'LINK_CLOSED',
      awaited: { what: 'the link to come back', ms: 4000 },
      cause: { code: 'PORT_MISSING' },
    });
  });

  test('that is unplugged between requests is opened anew by the next', async () => {
    const { device, client } = setUp(always(HELLO));
    await client.request(ECHO);
    device.unplug();
    await turn();
    device.plug();
    expect(await client.request(ECHO)).toEqual(HELLO);
    expect(device.openings).toBe(2);
  });

  test('that closes whenever something is sent ends the request, without waiting for the deadline', async () => {
    const { device, clock, start } = setUp((_, device) => {
      device.unplug();
      device.plug();
    });
    const state = start();
    await clock.advance(1000);
    expect(state.error).toMatchObject({ code: 'LINK_CLOSED' });
    expect(device.openings).toBe(5);
  });

  test('that returns in the middle of a frame starts with a clean line', async () => {
    const { device, clock, client, start } = setUp();
    const state = start();
    await turn();
    const heard = device.heard[0];
    if (!heard) throw new Error('nothing was sent');
    const frame = answer(heard.header, HELLO);
    device.say(frame.subarray(0, 10));
    await turn();
    device.unplug();
    device.plug();
    device.respond = (_, line) => line.say(Buffer.concat([frame.subarray(10), frame]));
    await clock.advance(100);
    expect(state.value).toEqual(HELLO);
    expect(client.counters).toMatchObject({ frames: 1, base64: 0 });
  });
});

describe('a stream on which nothing is heard any more', () => {
  test('is given up after the last try, and the next request opens another one', async () => {
    const { device, clock, client, start } = setUp(always(HELLO), { tries: 3, timeoutMs: 100 });
    await client.request(ECHO);
    device.respond = () => undefined;
    const state = start();
    await clock.finish(Promise.resolve());
    await clock.advance(700);
    expect(state.error).toMatchObject({ code: 'LINK_TIMEOUT' });
    expect(device.isOpen).toBe(false);
    device.respond = always(HELLO);
    expect(await client.request(ECHO)).toEqual(HELLO);
    expect(device.openings).toBe(2);
  });

  test('is kept after a request of fewer tries, and given up after as many of those', async () => {
    const { device, clock, start } = setUp(undefined, { tries: 3, timeoutMs: 100 });
    for (const open of [true, true, false]) {
      start(ECHO, { tries: 1 });
      await clock.advance(800);
      expect(device.isOpen).toBe(open);
    }
  });
});

describe('the pace', () => {
  /** Replies to each request, this many milliseconds later. */
  const after =
    (ms: number, clock: ManualClock): ((heard: Heard, device: Device) => void) =>
    ({ header }, device) =>
      void clock.setTimeout(() => device.say(answer(header, HELLO)), ms);

  test.each([700, 1000, 2000, 3500])('finds out that a reply takes %i ms, and then repeats nothing', async (ms) => {
    const { device, clock, client } = setUp();
    device.respond = after(ms, clock);
    for (let i = 0; i < 5; i++) expect(await clock.finish(client.request(ECHO))).toEqual(HELLO);
    const { lost } = client.counters;
    expect(lost).toBeGreaterThan(0);
    for (let i = 0; i < 10; i++) expect(await clock.finish(client.request(ECHO))).toEqual(HELLO);
    expect(client.counters.lost).toBe(lost);
  });

  test('is the usual one again once replies come fast', async () => {
    const { device, clock, client, start } = setUp();
    device.respond = after(1000, clock);
    for (let i = 0; i < 5; i++) await clock.finish(client.request(ECHO));
    device.respond = always(HELLO);
    for (let i = 0; i < 40; i++) await clock.finish(client.request(ECHO));
    device.respond = () => undefined;
    const { sent } = client.counters;
    start();
    await clock.advance(600);
    expect(client.counters.sent).toBe(sent + 2);
  });
});

test('on a line that does its worst, every request ends with its own answer or a timeout', async () => {
  const fault = fc.constantFrom('pass', 'drop', 'cut', 'flip', 'twice', 'late', 'noise', 'unplug');
  await fc.assert(
    fc.asyncProperty(fc.array(fault, { maxLength: 30 }), fc.nat(), async (planned, at) => {
      const faults = [...planned];
      const late: Uint8Array[] = [];
      const { clock, start } = setUp(
        ({ header, body }, device) => {
          const frame = answer(header, { r: body['d'] });
          const flipped = Buffer.from(frame);
          flipped.writeUInt8(flipped.readUInt8(at % frame.length) ^ (1 << (at % 8)), at % frame.length);
          for (const earlier of late.splice(0)) device.say(earlier);
          const sayings: Record<string, () => void> = {
            drop: () => undefined,
            cut: () => device.say(frame.subarray(0, at % frame.length)),
            flip: () => device.say(flipped),
            twice: () => device.say(Buffer.concat([frame, frame])),
            late: () => late.push(frame),
            noise: () => device.say(Buffer.concat([flipped.subarray(at % frame.length), frame])),
            unplug: () => {
              device.unplug();
              device.plug();
            },
          };
          (sayings[faults.shift() ?? 'pass'] ?? (() => device.say(frame)))();
        },
        { timeoutMs: 100, tries: 3 },
      );
      const states = ['a', 'b', 'c', 'd', 'e'].map((d) => ({ d, state: start({ ...ECHO, body: { d } }) }));
      await clock.advance(10_000);
      const harmless = planned.every((kind) => ['pass', 'twice', 'noise'].includes(kind));
      for (const { d, state } of states) {
        expect(state.settled).toBe(true);
        if (harmless || state.error === undefined) expect(state.value).toEqual({ r: d });
        else expect(state.error).toMatchObject({ code: expect.stringMatching(/^(LINK_|NOT_A_)/) as string });
      }
    }),
  );
});
