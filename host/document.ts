import { open, type FileHandle } from 'node:fs/promises';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { OctobindError, type ErrorCode, type Subject } from './error.js';
import { redact } from './redact.js';

/** Reads YAML (or JSON, which is YAML) and checks its shape. Errors give places, never what stands there. */
export function parseDocumentAs<T>(schema: z.ZodType<T>, text: string, path: string, code: ErrorCode): T {
  const lines = new LineCounter();
  // The parser's own messages quote the source, which may hold card numbers: only their codes and places are used.
  const document = parseDocument(text, { prettyErrors: false, lineCounter: lines });
  const problems = document.errors.map((error) => `line ${lines.linePos(error.pos[0]).line}: ${error.code}`);
  if (problems.length > 0) throw problemsError(code, `${path} is not YAML`, problems);
  let content: unknown;
  try {
    content = document.toJS();
  } catch {
    throw problemsError(code, `${path} is not YAML`, ['an alias does not resolve']);
  }
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  throw problemsError(
    code,
    `${path} is not as it should be`,
    parsed.error.issues.map((issue) => {
      const place = issue.path.map(String).join('.');
      // A bad key's own message lies one level deeper.
      const message = (issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined) ?? issue.message;
      return place === '' ? message : `${place}: ${message}`;
    }),
  );
}

/** One error for everything that is wrong with a file, so that it can be put right in one go. */
export function problemsError(
  code: ErrorCode,
  what: string,
  problems: readonly string[],
  subject?: Subject,
): OctobindError {
  return new OctobindError(
    code,
    `${what}. Correct this:\n${problems.map((line) => `  - ${redact(line)}`).join('\n')}\n`,
    { subject },
  );
}

/** What to say of a file that cannot be read. */
export function unreadable(code: ErrorCode, path: string, cause: unknown): OctobindError {
  const reason = (cause as NodeJS.ErrnoException).code;
  const hint =
    reason === 'ENOENT'
      ? 'does not exist. Check the path'
      : reason === 'EACCES' || reason === 'EPERM'
        ? 'may not be read by this user. Check its owner and mode'
        : `cannot be read: ${reason ?? 'unknown reason'}`;
  return new OctobindError(code, `The file ${path} ${hint}.`, { cause });
}

/** Reads a file that is nobody's business but its owner's; `what` and `subject` say what is missing if there is none. */
export async function readSecret(code: ErrorCode, path: string, what: string, subject?: Subject): Promise<string> {
  const { text, mode } = await readWithMode(code, path, what, subject);
  if (isOpenToOthers(mode)) throw openToOthers(code, path, mode);
  return text;
}

/** Mode and text come from one handle: the file cannot be swapped between the two. */
export async function readWithMode(
  code: ErrorCode,
  path: string,
  what?: string,
  subject?: Subject,
): Promise<{ text: string; mode: number }> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    return { mode: (await handle.stat()).mode, text: await handle.readFile('utf8') };
  } catch (cause) {
    if (what !== undefined && (cause as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new OctobindError(code, `There is no ${path}, ${what}.`, { subject, cause });
    }
    throw unreadable(code, path, cause);
  } finally {
    await handle?.close();
  }
}

/** Windows keeps no such bits; there, the file's access list is its owner's business. */
export function isOpenToOthers(mode: number): boolean {
  return process.platform !== 'win32' && (mode & 0o077) !== 0;
}

/** What to say of a file with secrets that others may read. */
export function openToOthers(code: ErrorCode, path: string, mode: number): OctobindError {
  const octal = (mode & 0o777).toString(8).padStart(4, '0');
  return new OctobindError(
    code,
    `The file ${path} holds secrets, and its mode (${octal}) lets others read them. Run \`chmod 600 ${path}\`.`,
  );
}
