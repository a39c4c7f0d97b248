import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Group, Op, OsCommand } from '../../assembly/protocol.js';
import { QemuBoard } from '../../host/sim/board/qemu-board.js';
import { BOARDS } from '../../host/sim/board/machines.js';
import { linkFromAddress, Terminal } from '../../host/index.js';
import { encodeFrame } from '../../host/smp/frame.js';
import { encodePacket } from '../../host/smp/packet.js';
import { symbolOf } from '../support/gdb.js';
import { NativeTerminal } from '../support/native.js';
import { onBoard } from '../support/tools.js';

const SERIAL = 'OB-PIPELINE';
/**
 * More than the kernel buffers for a PTY in both directions and the terminal buffers of its line.
 */
const REQUESTS = 30;
/** Size of the ring of received bytes on a board. */
const RING_BYTES = 4096;
/** A process that has taken no byte for so long is full: it takes a request in about 1 ms. */
const STILL_MS = 1000;

const echo = (op: Op, i: number): Uint8Array => {
  const text = `${i}`.padStart(4, '0').repeat(475);
  const body = op === Op.Write ? { d: text } : { r: text };
  return encodeFrame(encodePacket({ version: 1, op, group: Group.Os, sequence: i, command: OsCommand.Echo }, body));
};

/**
 * Sends many requests at once. It reads no reply until the terminal accepts no more requests,
 * because its replies have no room. `isFull` gets the time of the last write, by
 * `performance.now()`.
 */
async function pipelined(address: string, isFull: (movedAt: number) => boolean | Promise<boolean>): Promise<void> {
  const stream = await linkFromAddress(address).open();
  let written = 0;
  let movedAt = performance.now();
  const sent = (async () => {
    for (; written < REQUESTS; written++) {
      stream.write(echo(Op.Write, written));
      while (stream.queuedBytes > 0) await setTimeout(1);
      movedAt = performance.now();
    }
  })();
  await expect.poll(() => isFull(movedAt), { timeout: 30_000 }).toBe(true);
  expect(written).toBeLessThan(REQUESTS);
  const expected = Buffer.concat(Array.from({ length: REQUESTS }, (_, i) => echo(Op.WriteResponse, i)));
  const answers: Uint8Array[] = [];
  let received = 0;
  stream.listen({
    onData: (bytes) => {
      answers.push(bytes);
      received += bytes.length;
    },
    onEnd: () => undefined,
  });
  await sent;
  await expect.poll(() => received, { timeout: 60_000 }).toBeGreaterThanOrEqual(expected.length);
  expect(Buffer.concat(answers).equals(expected)).toBe(true);
  await stream.close();
  const terminal = new Terminal(linkFromAddress(address));
  expect(await terminal.stats('link')).toMatchObject({
    overrun: 0,
    err_crc: 0,
    err_base64: 0,
    err_length: 0,
    expired: 0,
  });
  await terminal.close();
}

async function inFolder(test: (flash: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'octobind-pipeline-'));
  try {
    await test(join(dir, 'flash'));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const TITLE = 'get all their replies, even if nobody reads the replies for a while';

for (const name of BOARDS) {
  onBoard(
    `many requests at once on ${name}`,
    () => {
      it(TITLE, () =>
        inFolder(async (flash) => {
          const board = new QemuBoard({ board: name, flash, serial: SERIAL });
          await board.powerOn();
          const index = async (of: string): Promise<number> =>
            (await board.memory(symbolOf(name, of).address, 4)).readUInt32LE();
          const waiting = async (): Promise<number> => (await index('received_in')) - (await index('received_out'));
          await pipelined(board.address, async () => (await waiting()) === RING_BYTES).finally(() => board.powerCut());
        }),
      );
    },
    name,
  );
}

onBoard(
  'many requests at once on a process',
  () => {
    it(TITLE, () =>
      inFolder(async (flash) => {
        const device = await NativeTerminal.start(flash, SERIAL);
        const isStill = (movedAt: number): boolean => performance.now() - movedAt > STILL_MS;
        await pipelined(device.address, isStill).finally(() => device.cut());
      }),
    );
  },
  'linux',
);
