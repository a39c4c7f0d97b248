import { expect } from 'vitest';
import { Group, Op, OsCommand } from '../../assembly/protocol.js';
import { type ByteStream, linkFromAddress } from '../../host/index.js';
import { encodeFrame } from '../../host/smp/frame.js';
import { type Body, encodePacket } from '../../host/smp/packet.js';

const frame = (op: Op, body: Body): Buffer =>
  Buffer.from(
    encodeFrame(encodePacket({ version: 1, op, group: Group.Os, sequence: 0, command: OsCommand.Echo }, body)),
  );

const REQUEST = frame(Op.Write, { d: '' });
const ECHO = frame(Op.WriteResponse, { r: '' }).toString('latin1');
/** Requests under way at any time: more than the buffers of a line hold. */
const AHEAD = 2000;
/** After so many polls without a byte, 50 ms apart, no reply is under way any more. */
const QUIET_POLLS = 5;

/** Keeps the line of a terminal busy: it always has another request to answer. */
export class Flood {
  echoes = 0;
  refusals = 0;
  #isOver = false;
  #rest = '';
  #looks = 0;

  private constructor(private readonly stream: ByteStream) {
    stream.listen({ onData: (bytes) => this.#take(Buffer.from(bytes)), onEnd: () => undefined });
    this.#ask(AHEAD);
  }

  static async start(address: string): Promise<Flood> {
    return new Flood(await linkFromAddress(address).open());
  }

  /** Resolves once no more replies arrive. */
  async isStill(): Promise<void> {
    this.#looks = 0;
    await expect.poll(() => ++this.#looks, { interval: 50 }).toBeGreaterThan(QUIET_POLLS);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    // A write that is under way keeps the port open, and locked, after it was closed.
    await expect.poll(() => this.stream.queuedBytes).toBe(0);
    await this.stream.close();
  }

  #take(bytes: Buffer): void {
    this.#looks = 0;
    const lines = `${this.#rest}${bytes.toString('latin1')}`.split(/(?<=\n)/);
    this.#rest = lines.at(-1)?.endsWith('\n') ? '' : (lines.pop() ?? '');
    for (const line of lines) {
      if (line === ECHO) this.echoes++;
      else this.refusals++;
    }
    if (!this.#isOver) this.#ask(lines.length);
  }

  #ask(times: number): void {
    this.stream.write(Buffer.concat(Array<Buffer>(times).fill(REQUEST)));
  }
}
