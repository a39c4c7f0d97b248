// Counts the instructions that the board emcraft-sf2 takes, exactly: QEMU counts them, time is what they take, and nothing comes from outside while they run. What the
// host has to say lies in the board's memory when it starts, and ends with a reset, at which QEMU stops.
import { spawn } from 'node:child_process';
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CardCommand, Group, Op, OsCommand, SessionCommand } from '../build/assembly/protocol.js';
import { QemuBoard } from '../build/host/sim/board/qemu-board.js';
import { linkFromAddress, SmpClient } from '../build/host/index.js';
import { checkValue } from '../build/host/crypto/key-derivation.js';
import { Handshake } from '../build/host/session/noise.js';
import { Session } from '../build/host/session/session.js';
import { encodeFrame } from '../build/host/smp/frame.js';
import { decodeBody, encodePacket } from '../build/host/smp/packet.js';

const BOARD = 'emcraft-sf2';
const SERIAL = 'OB-BENCH';
const ENTROPY = Buffer.alloc(48, 0x5a);
const TMK = new Uint8Array(32).fill(0x42);
const PART = new Uint8Array(32).fill(0x21);
const RESET = encodeFrame(
  encodePacket({ version: 1, op: Op.Write, group: Group.Os, sequence: 0, command: OsCommand.Reset }, {}),
);

/** Instructions from the start to the first answer, of a board that holds a card, and of a bind. */
export async function boardInstructions(dir) {
  const fresh = join(dir, 'fresh');
  const said = await conversation(fresh);
  // The same randomness makes the board answer as it did, so what the host said fits again.
  const until = (bytes) => instructions(dir, undefined, Buffer.concat([...bytes, RESET]));
  const bind = (await until(said)) - (await until(said.slice(0, -1)));
  return { bind, boot: await instructions(dir, fresh, RESET) };
}

/** What the host says to load a key and bind a card, frame by frame; the bind is the last. The same each time. `flash` is as that leaves it. */
async function conversation(flash) {
  const board = new QemuBoard({ board: BOARD, flash, serial: SERIAL, entropy: ENTROPY });
  await board.powerOn();
  const said = [];
  const client = new SmpClient(tapped(linkFromAddress(board.address), said), { sequence: 0, timeoutMs: 30_000 });
  const ask = (command, body) => client.request({ op: Op.Write, group: Group.Session, command, body });
  await ask(SessionCommand.LoadPart, { part: 1, key: PART });
  await ask(SessionCommand.LoadPart, { part: 2, key: TMK.map((byte, i) => byte ^ PART[i]) });
  await ask(SessionCommand.Commit, { kcv: new Uint8Array(Buffer.from(checkValue(TMK), 'hex')) });
  const handshake = new Handshake(
    Buffer.from(`octobind session 1${SERIAL}`),
    TMK,
    undefined,
    new Uint8Array(32).fill(0x77),
  );
  const { s, d } = await ask(SessionCommand.Open, { d: new Uint8Array(handshake.first()) });
  const session = new Session(s, handshake.second(d).keys);
  const header = { version: 1, op: Op.Write, group: Group.Card, sequence: 0, command: CardCommand.Bind };
  const card = { gen: null, pan: '4242424242424242', name: 'ADA LOVELACE', slot: 1 };
  const answer = await ask(SessionCommand.Message, session.seal(encodePacket(header, card)));
  const { changed } = decodeBody(session.open(answer.n, answer.d));
  if (!changed) throw new Error('the board does not bind');
  await client.close();
  await board.powerOff();
  return said;
}

function tapped(link, said) {
  return {
    ...link,
    async open(...options) {
      const stream = await link.open(...options);
      const write = stream.write.bind(stream);
      stream.write = (bytes) => {
        said.push(Buffer.from(bytes));
        write(bytes);
      };
      return stream;
    },
  };
}

/** Instructions from the start until the board resets itself. `image` is the flash to begin with, erased when absent. */
async function instructions(dir, image, line) {
  const [flash, identity] = [join(dir, 'flash'), join(dir, 'identity')];
  if (image) copyFileSync(image, flash);
  else writeFileSync(flash, Buffer.alloc(16 * 1024 * 1024, 0xff));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(line.length);
  const serial = Buffer.alloc(32);
  serial.write(SERIAL);
  writeFileSync(identity, Buffer.concat([ENTROPY, serial, length, line]));
  const qemu = spawn(
    'qemu-system-arm',
    [
      ...['-M', BOARD, '-display', 'none', '-qmp', 'stdio', '-serial', 'null', '-serial', 'null'],
      ...['-kernel', `build/boards/${BOARD}/terminal.elf`, '-drive', `if=mtd,format=raw,file=${flash}`],
      ...['-device', `loader,file=${identity},addr=0xa0000000,force-raw=on`],
      ...['-icount', `shift=0,sleep=off,rr=record,rrfile=${join(dir, 'rr')}`],
      ...['-action', 'reboot=shutdown,shutdown=pause', '-S'],
    ],
    // It takes a second; one that takes a minute never ends.
    { stdio: ['pipe', 'pipe', 'inherit'], signal: AbortSignal.timeout(60_000), killSignal: 'SIGKILL' },
  );
  try {
    return await new Promise((resolve, reject) => {
      qemu.once('error', reject);
      qemu.once('close', (code) => reject(new Error(`QEMU ended with ${code}`)));
      // It runs once it is listened to: the board may be done before that, and nobody would hear of it.
      qemu.stdin.write('{"execute":"qmp_capabilities"}\n{"execute":"cont"}\n');
      createInterface({ input: qemu.stdout }).on('line', (text) => {
        if (!text.startsWith('{')) return;
        const { event, return: answer } = JSON.parse(text);
        if (event === 'SHUTDOWN') qemu.stdin.write('{"execute":"query-replay"}\n');
        if (answer?.icount !== undefined) resolve(answer.icount);
      });
    });
  } finally {
    qemu.kill('SIGKILL');
    rmSync(flash);
  }
}
