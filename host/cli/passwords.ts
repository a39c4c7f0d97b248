import { z } from 'zod';
import { parseDocumentAs } from '../document.js';
import { readSecret } from '../secret-file.js';
import { OctobindError } from '../error.js';

const shape = z.strictObject({ operator: z.string(), administrator: z.string() });

/** Passwords of a terminal's menu. */
export type Passwords = z.infer<typeof shape>;

/**
 * Reads both passwords, from a file of mode 0600 or from hidden prompts. Codes:
 * `PASSWORDS_INVALID`, `USAGE` if nobody can type.
 */
export async function readPasswords(file: string | undefined, signal: AbortSignal): Promise<Passwords> {
  if (file !== undefined) {
    const text = await readSecret('PASSWORDS_INVALID', file, 'a YAML file with the two passwords. Check the path');
    return parseDocumentAs(shape, text, file, 'PASSWORDS_INVALID');
  }
  if (!process.stdin.isTTY) {
    throw new OctobindError('USAGE', 'Nobody can type the passwords here. Give a file with them.');
  }
  return { operator: await ask("Operator's", signal), administrator: await ask("Administrator's", signal) };
}

async function ask(whose: string, signal: AbortSignal): Promise<string> {
  // Loaded only here: it takes 0.1 s, and a file does not need it.
  const { default: password } = await import('@inquirer/password');
  const context = { signal, output: process.stderr };
  const typed = await password({ message: `${whose} password` }, context);
  const again = await password({ message: `${whose} password, again` }, context);
  if (typed !== again) throw new OctobindError('USAGE', 'The two passwords are not the same. Start again.');
  return typed;
}
