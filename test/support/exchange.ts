import type { Op } from '../../assembly/protocol.js';
import type { EmulatedTerminal } from '../../host/emulator/index.js';
import { encodeFrame, FrameReader } from '../../host/smp/frame.js';
import { decodeBody, encodePacket } from '../../host/smp/packet.js';

/** What a terminal answered with an error map. */
export class Answered extends Error {}

/**
 * One request to an emulated terminal and its answer's map, at once: no stream, no clock, no retry. Throws where it answers an
 * error, or nothing.
 */
export function exchange(
  terminal: EmulatedTerminal,
  op: Op.Read | Op.Write,
  group: number,
  command: number,
  body: Record<string, unknown> = {},
): Record<string, unknown> {
  let answer: Record<string, unknown> | undefined;
  const reader = new FrameReader((packet) => (answer = decodeBody(packet)), {
    frames: 0,
    base64: 0,
    length: 0,
    crc: 0,
  });
  const listener = terminal.onOutput;
  terminal.onOutput = (bytes) => reader.push(bytes);
  terminal.receive(encodeFrame(encodePacket({ version: 1, op, group, sequence: 0, command }, body)));
  terminal.onOutput = listener;
  if (!answer) throw new Answered('no answer');
  if ('err' in answer || 'rc' in answer) throw new Answered(JSON.stringify(answer));
  return answer;
}
