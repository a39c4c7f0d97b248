// Every place of assembly/ at which one other token makes another program.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** One token, changed. */
export interface TokenMutant {
  readonly file: string;
  readonly line: number;
  /** The line as it is, without its indentation. */
  readonly text: string;
  /** Where the token is in its line, from 0: a line may have the same token twice. */
  readonly column: number;
  readonly from: string;
  readonly to: string;
  /** Places in the file. */
  readonly start: number;
  readonly end: number;
}

/** Comparisons at their bounds, and operators that are easily confused. */
const OPERATORS: Partial<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '==': '!=',
  '!=': '==',
  '&&': '||',
  '||': '&&',
  '+': '-',
  '-': '+',
  '*': '+',
  '/': '*',
  '&': '|',
  '|': '&',
  '<<': '>>',
  '>>': '<<',
  '+=': '-=',
  '-=': '+=',
  '|=': '&=',
  '&=': '|=',
};

export function tokenMutants(): TokenMutant[] {
  const files = readdirSync('assembly', { recursive: true, encoding: 'utf8' });
  return files
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .flatMap((name) => mutantsOf(join('assembly', name)));
}

function mutantsOf(file: string): TokenMutant[] {
  const source = readFileSync(file, 'utf8');
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const lines = source.split('\n');
  const found: TokenMutant[] = [];
  const change = (node: ts.Node, to: string): void => {
    const start = node.getStart(tree);
    const { line, character } = tree.getLineAndCharacterOfPosition(start);
    const whole = lines[line] ?? '';
    const text = whole.trim();
    const column = character - (whole.length - whole.trimStart().length);
    const from = node.getText(tree);
    found.push({ file, line: line + 1, text, column, from, to, start, end: node.getEnd() });
  };
  const visit = (node: ts.Node): void => {
    // The release leaves assertions out.
    if (ts.isCallExpression(node) && node.expression.getText(tree) === 'assert') return;
    if (ts.isBinaryExpression(node)) {
      const to = OPERATORS[node.operatorToken.getText(tree)];
      if (to !== undefined) change(node.operatorToken, to);
    } else if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
      change(node, node.operand.getText(tree));
    } else if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) {
      change(node, node.kind === ts.SyntaxKind.TrueKeyword ? 'false' : 'true');
    }
    const condition = conditionOf(node);
    if (condition && (ts.isIdentifier(condition) || ts.isCallExpression(condition))) {
      change(condition, `!${condition.getText(tree)}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function conditionOf(node: ts.Node): ts.Expression | undefined {
  if (ts.isIfStatement(node) || ts.isWhileStatement(node)) return node.expression;
  return ts.isConditionalExpression(node) ? node.condition : undefined;
}

/** The text of the mutant's file. */
export function mutated({ file, start, end, to }: TokenMutant): string {
  const source = readFileSync(file, 'utf8');
  return source.slice(0, start) + to + source.slice(end);
}

export function nameOf({ file, line, text, column, from, to }: TokenMutant): string {
  const at = text.slice(Math.max(column - 30, 0), column + from.length + 30);
  return `${file}:${line}: ${from} → ${to} in ${at}`;
}
