import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { contentProblems, syntaxProblem } from './document-problems.js';
import { OctobindError, type ErrorCode, type Subject } from './error.js';
import { redact } from './redact.js';

/**
 * Reads YAML (or JSON, which is valid YAML) and checks its shape. Fails with `code`. The error
 * names lines and keys, never values, and `redact` removes whatever could be a card number.
 */
export function parseDocumentAs<T>(schema: z.ZodType<T>, text: string, path: string, code: ErrorCode): T {
  const lines = new LineCounter();
  const document = parseDocument(text, { prettyErrors: false, lineCounter: lines, logLevel: 'error' });
  // The library's own messages and warnings quote the source, which may hold card numbers.
  const problems = document.errors.map((error) => syntaxProblem(error, lines));
  if (problems.length > 0) throw problemsError(code, `${path} is not valid YAML`, problems);
  let content: unknown;
  try {
    content = document.toJS();
  } catch {
    throw problemsError(code, `${path} is not valid YAML`, ['an alias has no anchor']);
  }
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  throw problemsError(code, `${path} has the wrong content`, contentProblems(parsed.error, schema, document, lines));
}

/** One error that lists all problems of a file, so that a person can correct them at once. */
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
