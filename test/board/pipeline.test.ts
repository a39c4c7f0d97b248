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
/** More than what the kernel keeps of a PTY in both directions, and the terminal of its line. */
const REQUESTS = 30;
/** The ring for what a board receives. */
const RING_BYTES = 4096;
/** A process takes a request in a thousandth of it. */
const STILL_MS = 1000;

const echo = (op: Op, i: number): Uint8Array => {
  const text = `${i}`.padStart(4, '0').repeat(475);
  const body = op === Op.Write ? { d: text } : { r: text };
  return encodeFrame(encodePacket({ version: 1, op, group: Group.Os, sequence: i, command: OsCommand.Echo }, body));
};

/** Sends many requests at once; reads none of the answers before the terminal takes no more, since it can send no more. `isFull` is given the time of the last write. */
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

async function inFolder(what: (flash: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'octobind-pipeline-'));
  try {
    await what(join(dir, 'flash'));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const WHAT = 'answers everything that it is asked at once, also where nobody reads the answers for a while';

for (const name of BOARDS) {
  onBoard(
    `many requests at once on ${name}`,
    () => {
      it(WHAT, () =>
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
    it(WHAT, () =>
      inFolder(async (flash) => {
        const device = await NativeTerminal.start(flash, SERIAL);
        const isStill = (movedAt: number): boolean => performance.now() - movedAt > STILL_MS;
        await pipelined(device.address, isStill).finally(() => device.cut());
      }),
    );
  },
  'linux',
);
