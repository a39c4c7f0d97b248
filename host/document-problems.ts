import { distance } from 'fastest-levenshtein';
import { type Document, isMap, isNode, isScalar, isSeq, type LineCounter, type Pair, type YAMLError } from 'yaml';
import { z } from 'zod';

/** A sentence for each code of the YAML library that a person's file can cause. */
const SENTENCES: Partial<Record<YAMLError['code'], string>> = {
  ALIAS_PROPS: 'an alias (*name) cannot have a tag or an anchor',
  BAD_ALIAS: 'an alias (*name) has no name, or one with a colon',
  BAD_COLLECTION_TYPE: 'a tag does not fit what follows it',
  BAD_DIRECTIVE: 'a line begins with %: put the text in quotes',
  BAD_DQ_ESCAPE: 'a backslash in double quotes: write \\\\, or use single quotes',
  BAD_INDENT: 'the indentation does not fit the lines above',
  BAD_PROP_ORDER: 'an anchor or a tag stands before a dash: put it behind',
  BAD_SCALAR_START: 'a text cannot begin with this character: put it in quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'two keys in one place: put a text with a colon in quotes, or mend the indentation of the next line',
  BLOCK_IN_FLOW: 'inside { } or [ ], write key: value, with a comma behind it',
  DUPLICATE_KEY: 'the same key a second time',
  KEY_OVER_1024_CHARS: 'a key of more than 1,024 characters',
  MISSING_CHAR: 'a character is missing: a closing quote, bracket or brace, a comma, or a space after a colon',
  MULTILINE_IMPLICIT_KEY: 'a key that goes on over the end of a line: is a colon or a quote missing?',
  MULTIPLE_ANCHORS: 'two anchors on one value',
  MULTIPLE_DOCS: 'a second document begins: remove the line ---',
  MULTIPLE_TAGS: 'two tags on one value',
  NON_STRING_KEY: 'a key must be text: put it in quotes',
  TAB_AS_INDENT: 'a tab at the beginning of a line: use spaces',
  TAG_RESOLVE_FAILED: 'an unknown tag (!name): remove it, or put the text in quotes',
  UNEXPECTED_TOKEN: 'something that does not belong here',
};

/** What is wrong with the syntax. Quotes nothing of the file. */
export function syntaxProblem({ code, pos }: YAMLError, lines: LineCounter): string {
  return `line ${lines.linePos(pos[0]).line}: ${SENTENCES[code] ?? 'this is not valid YAML'}`;
}

type Issue = z.core.$ZodIssue;

/**
 * What is wrong with the content, with lines. Quotes keys along the way to the place, and a wrong
 * word only if it is close to a right one: any other value may be a secret.
 */
export function contentProblems(
  error: z.ZodError,
  schema: z.ZodType,
  document: Document,
  lines: LineCounter,
): string[] {
  const words = [...wordsOf(z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }))];
  const lineOf = (node: Place): string => (node === undefined ? '' : `line ${lines.linePos(node).line}: `);
  return error.issues.flatMap(precise).flatMap((issue) => {
    const path = issue.path.map(String);
    const place = path.length === 0 ? '' : `${path.join('.')}: `;
    const { node, at } = find(document.contents, path);
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => `${lineOf(find(node, [key]).at ?? at)}${place}${unknownKey(key, words)}`);
    }
    return `${lineOf(at)}${place}${sentenceOf(issue, node, words)}`;
  });
}

/** Of a choice of shapes, what is wrong with the one that fits best: it fails further inside. */
function precise(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const inside = issue.errors.find((issues) =>
    issues.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
  );
  if (inside === undefined) return [issue];
  return inside.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })).flatMap(precise);
}

function sentenceOf(issue: Issue, node: unknown, words: readonly string[]): string {
  // For an invalid key, zod puts the reason one level deeper.
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message;
  if (issue.code === 'invalid_type' && node === undefined && issue.message.startsWith('Invalid'))
    return 'it is missing';
  if (issue.code !== 'invalid_value') return issue.message;
  const typed = isScalar(node) && typeof node.value === 'string' ? node.value : '';
  const meant = nearest(typed, words);
  return `${meant === undefined ? '' : `${typed} is wrong, did you mean ${meant}? `}It is ${issue.values.map(String).join(' or ')}`;
}

function unknownKey(key: string, words: readonly string[]): string {
  const meant = nearest(key, words);
  return meant === undefined ? 'there is no such key' : `${key} is no key, did you mean ${meant}?`;
}

/** The word that a person may have meant: at most two letters differ, and most are right. */
function nearest(typed: string, words: readonly string[]): string | undefined {
  const [best] = words
    .map((word) => ({ word, letters: distance(typed.toLowerCase(), word) }))
    .filter(({ word, letters }) => letters <= Math.min(2, word.length / 3))
    .sort((a, b) => a.letters - b.letters);
  return best?.word;
}

/** All keys and words that the schema knows. */
function* wordsOf(schema: unknown): Generator<string> {
  if (typeof schema !== 'object' || schema === null) return;
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') yield* Object.keys(value as object);
    if (key === 'enum') yield* (value as unknown[]).filter((word) => typeof word === 'string');
    if (key === 'const' && typeof value === 'string') yield value;
    yield* wordsOf(value);
  }
}

/** Where something begins, in characters of the text. */
type Place = number | undefined;

/** What is at a path, and where it begins. If it is missing, `at` is where its parent begins. */
function find(from: unknown, path: readonly string[]): { node: unknown; at: Place } {
  let node: unknown = from;
  let at = startOf(from);
  for (const key of path) {
    const parent: unknown = node;
    if (isSeq(parent)) node = parent.items[Number(key)];
    else if (isMap(parent)) {
      const pair = parent.items.find((item: Pair) => isScalar(item.key) && String(item.key.value) === key);
      node = pair?.value;
      at = startOf(pair?.key) ?? at;
    } else node = undefined;
    at = startOf(node) ?? at;
  }
  return { node, at };
}

const startOf = (node: unknown): Place => (isNode(node) ? node.range?.[0] : undefined);
