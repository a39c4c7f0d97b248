import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { onAbort } from '../../host/abort.js';

test('calls each who waits once, over one listener of the signal', () => {
  const { signal, abort } = controller();
  const called: number[] = [];
  for (let i = 0; i < 20; i++) onAbort(signal, () => called.push(i));
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  abort();
  abort();
  expect(called).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

test('calls nobody who was released, not even by another who is called', () => {
  const { signal, abort } = controller();
  const called: string[] = [];
  onAbort(signal, () => called.push('early'))();
  onAbort(signal, () => {
    called.push('first');
    release();
  });
  const release = onAbort(signal, () => called.push('second'));
  abort();
  expect(called).toEqual(['first']);
});

test('keeps two who wait with the same function apart', () => {
  const { signal, abort } = controller();
  const called: string[] = [];
  const listener = (): void => void called.push('again');
  onAbort(signal, listener)();
  onAbort(signal, listener);
  onAbort(signal, listener);
  abort();
  expect(called).toHaveLength(2);
});

function controller(): { signal: AbortSignal; abort: () => void } {
  const made = new AbortController();
  return { signal: made.signal, abort: () => made.abort() };
}
