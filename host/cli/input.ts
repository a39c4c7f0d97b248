import { createInterface } from 'node:readline/promises';
import { addAbortSignal } from 'node:stream';
import password from '@inquirer/password';
import { OctobindError } from '../error.js';

/** Far more than a number and a name need: whatever is longer was piped by mistake. */
const LIMIT = 4096;

export interface CardInput {
  readonly pan: string;
  readonly name?: string;
}

/** A card number, from a hidden prompt where a person sits, else the first line of standard input; a second one is the name. */
export async function readCard(signal: AbortSignal): Promise<CardInput> {
  if (process.stdin.isTTY) {
    return { pan: await password({ message: 'Card number' }, { signal, output: process.stderr }) };
  }
  const [pan, name, ...others] = (await readAll(signal)).split(/\r?\n/).map((line) => line.trim());
  if (!pan)
    throw new OctobindError('USAGE', 'Standard input has no card number. Pipe it in, or type it at a terminal.');
  if (others.some((line) => line !== '')) {
    throw new OctobindError(
      'USAGE',
      'Standard input has more than a number and a name, one a line. Give one card at a time.',
    );
  }
  return { pan, ...(name && { name }) };
}

/** A holder's name, asked for where a person sits. */
export async function readName(signal: AbortSignal): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new OctobindError(
      'USAGE',
      "The holder's name is missing. Give it with --name, or as the second line of standard input.",
    );
  }
  return (await askLine("Holder's name: ", signal)).trim();
}

/** Whether a person sits at this program, who sees a question and can answer it. */
export const isSomebodyThere = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

/** A line that a person types, shown while it is typed. It is empty if the input ends. */
export async function askLine(question: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // It has the screen in raw mode and takes Ctrl-C itself.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    return await Promise.race([lines.question(question, { signal }), ended]);
  } finally {
    lines.close();
  }
}

async function readAll(signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of addAbortSignal(signal, process.stdin) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > LIMIT)
      throw new OctobindError('USAGE', `Standard input is longer than ${LIMIT} bytes. Give one card at a time.`);
  }
  return Buffer.concat(chunks).toString('utf8');
}
