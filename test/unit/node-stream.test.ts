import { Duplex, PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { NodeStream } from '../../host/link/node/node-stream.js';

/** What a stream brought, and how often it ended. */
function listenTo(stream: NodeStream): { received: string; ends: number } {
  const state = { received: '', ends: 0 };
  stream.listen({
    onData: (bytes) => (state.received += Buffer.from(bytes).toString()),
    onEnd: () => state.ends++,
  });
  return state;
}

test('what comes before anybody listens is kept', async () => {
  const duplex = new PassThrough();
  const stream = new NodeStream(duplex);
  duplex.write('early ');
  await new Promise(setImmediate);
  const state = listenTo(stream);
  stream.write(Buffer.from('late'));
  await expect.poll(() => state.received).toBe('early late');
  await stream.close();
});

test('an error ends it once, and releases it', async () => {
  const duplex = new PassThrough();
  const state = listenTo(new NodeStream(duplex));
  duplex.destroy(new Error('bad file descriptor'));
  await new Promise(setImmediate);
  expect(state.ends).toBe(1);
  expect(duplex.closed).toBe(true);
});

test('the end of what the other side sends ends it once, and releases it', async () => {
  const duplex = new PassThrough();
  const state = listenTo(new NodeStream(duplex));
  duplex.push(null);
  await new Promise(setImmediate);
  expect(state.ends).toBe(1);
  expect(duplex.closed).toBe(true);
});

test('one that ended before anybody listened says so at once', () => {
  const duplex = new PassThrough();
  const stream = new NodeStream(duplex);
  duplex.destroy();
  expect(listenTo(stream).ends).toBe(1);
});

test('its own close is no end, and resolves once all is released, each time', async () => {
  const state = { released: false };
  const duplex = new Duplex({
    read: () => undefined,
    destroy: (error, done) => {
      setImmediate(() => {
        state.released = true;
        done(error);
      });
    },
  });
  const stream = new NodeStream(duplex);
  const { ends } = listenTo(stream);
  const again = stream.close();
  await stream.close();
  expect(state.released).toBe(true);
  await again;
  await stream.close();
  expect(ends).toBe(0);
});

test('counts what has not left', async () => {
  const waiting: (() => void)[] = [];
  const duplex = new Duplex({ read: () => undefined, write: (_bytes, _encoding, done) => void waiting.push(done) });
  const stream = new NodeStream(duplex);
  expect(stream.queuedBytes).toBe(0);
  stream.write(new Uint8Array(5));
  expect(stream.queuedBytes).toBe(5);
  waiting.pop()?.();
  await expect.poll(() => stream.queuedBytes).toBe(0);
  await stream.close();
  stream.write(new Uint8Array(5));
});
