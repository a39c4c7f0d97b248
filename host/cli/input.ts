import { createInterface } from 'node:readline/promises';
import { addAbortSignal } from 'node:stream';
import { Refusal } from '../../assembly/protocol.js';
import { CardJudge } from '../cards/card-judge.js';
import { OctobindError } from '../error.js';
import { redactDigits } from '../redact.js';
import { refusalSentence } from '../refusals.js';

/** Bytes. A number and a name need far less, so longer input was piped by mistake. */
const ONE_CARD = 4096;
/** Bytes: some 50,000 numbers. */
const MANY_NUMBERS = 1 << 20;

export interface CardInput {
  readonly pan: string;
  readonly name?: string;
}

/**
 * Reads a card number from a hidden prompt, if a person can type: until the firmware's code
 * accepts it. If nobody can, the first line of standard input is the number, and a second line is
 * the name.
 */
export async function readCard(signal: AbortSignal): Promise<CardInput> {
  if (process.stdin.isTTY) {
    const judge = new CardJudge();
    const pan = await askNumber(signal, (typed) => {
      const { refusal } = judge.check(typed);
      return refusal === Refusal.None || `${refusalSentence(refusal)} Ctrl-U clears it.`;
    });
    return { pan };
  }
  const [pan, name, ...others] = await readLines(signal, ONE_CARD);
  if (!pan) throw noNumber();
  if (others.some((line) => line !== '')) {
    throw new OctobindError(
      'USAGE',
      'Standard input has more than two lines, a number and a name. Give one card at a time.',
    );
  }
  return { pan, ...(name && { name }) };
}

/** Asks for a number, and shows a star for each character. `validate` may tell what is wrong. */
async function askNumber(
  signal: AbortSignal,
  validate: (typed: string) => true | string = () => true,
): Promise<string> {
  // Loaded only here: it takes 0.1 s, and a pipe does not need it.
  const { default: password } = await import('@inquirer/password');
  return password({ message: 'Card number', mask: '*', validate }, { signal, output: process.stderr });
}

/** A card number, and which line of the input it is. */
export interface NumberInput {
  readonly line: number;
  readonly pan: string;
}

/**
 * Reads a card number from a hidden prompt, if a person can type. If not, each line of standard
 * input is a number; empty lines are left out. Code: `USAGE` if there is none, or too many.
 */
export async function readNumbers(signal: AbortSignal): Promise<NumberInput[]> {
  if (process.stdin.isTTY) return [{ line: 1, pan: await askNumber(signal) }];
  const lines = await readLines(signal, MANY_NUMBERS);
  const numbers = lines.map((pan, index) => ({ line: index + 1, pan })).filter(({ pan }) => pan !== '');
  if (numbers.length === 0) throw noNumber();
  return numbers;
}

const noNumber = (): OctobindError =>
  new OctobindError(
    'USAGE',
    'Standard input has no card number. Pipe it in, or run the command without a pipe to type it.',
  );

/**
 * Asks for a holder's name, if a person can type. Asks again if it is a number. Code: `USAGE` if
 * nobody can.
 */
export async function readName(signal: AbortSignal): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new OctobindError(
      'USAGE',
      "The holder's name is missing. Give it with --name, or as the second line of standard input.",
    );
  }
  const question = "Holder's name: ";
  let name = await askLine(question, signal);
  // No name has that many digits. It is on the screen already, so at least it is not shown again.
  while (redactDigits(name) !== name) {
    name = await askLine(`This is a card number, not a name. Clear your screen afterwards.\n${question}`, signal);
  }
  return name.trim();
}

/** Whether a person can see a question and type an answer. */
export const isSomebodyThere = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

/**
 * Asks for a line, which is shown while a person types it. Returns an empty text if the input
 * ends.
 */
export async function askLine(question: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // The prompt sets the screen to raw mode, so it gets Ctrl-C, not the process.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    return await Promise.race([lines.question(question, { signal }), ended]);
  } finally {
    lines.close();
  }
}

/**
 * Lines of standard input, without spaces around them. Fails if it has more than `limit` bytes.
 */
async function readLines(signal: AbortSignal, limit: number): Promise<string[]> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of addAbortSignal(signal, process.stdin) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > limit)
      throw new OctobindError(
        'USAGE',
        `Standard input is longer than ${limit.toLocaleString('en')} bytes. Give less at a time.`,
      );
  }
  const text = Buffer.concat(chunks).toString('utf8');
  return text.split(/\r?\n/).map((line) => line.trim());
}
