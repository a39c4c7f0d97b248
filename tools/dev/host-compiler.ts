// Keeps the TypeScript compiler and the host's parsed sources loaded. Builds the host as
// `tsc -p tsconfig.build.json` does.
import { existsSync } from 'node:fs';
import ts from 'typescript';
import { type Request, type Result, serve } from './resident.js';

const CONFIG = 'tsconfig.build.json';

type Program = ts.EmitAndSemanticDiagnosticsBuilderProgram;
let last: Program | undefined;
/** Sources read so far, with their texts. Those of packages are read only once. */
const sources = new Map<string, { text: string | undefined; file: ts.SourceFile | undefined }>();

function compileHost(request: Request): Promise<Result> {
  const config = ts.getParsedCommandLineOfConfigFile(CONFIG, undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: () => undefined,
  });
  if (!config) return Promise.resolve({ done: false, lines: [`${CONFIG} cannot be read`] });
  const { options, fileNames, errors } = config;
  const host = cached(ts.createIncrementalCompilerHost(options));
  // If the file is gone, the outputs have changed since the last run: make all of them again.
  const known = options.tsBuildInfoFile && existsSync(options.tsBuildInfoFile);
  last = known ? (last ?? ts.readBuilderProgram(options, host)) : undefined;
  const program = ts.createEmitAndSemanticDiagnosticsBuilderProgram(fileNames, options, host, last, errors);
  last = program;
  const found = [
    ...program.getConfigFileParsingDiagnostics(),
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...program.getSyntacticDiagnostics(),
    ...program.getSemanticDiagnostics(),
  ];
  const done = !found.some(({ category }) => category === ts.DiagnosticCategory.Error);
  if (done && request === 'work') program.emit();
  return Promise.resolve({ done, lines: found.map(lineOf) });
}

function cached(host: ts.CompilerHost): ts.CompilerHost {
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...options) => {
    const known = sources.get(name);
    if (known && name.includes('/node_modules/')) return known.file;
    const text = host.readFile(name);
    if (known?.text === text && known?.file) return known.file;
    const file = read(name, ...options);
    sources.set(name, { text, file });
    return file;
  };
  return host;
}

function lineOf({ file, start, code, category, messageText }: ts.Diagnostic): string {
  const what = `${ts.DiagnosticCategory[category].toLowerCase()} TS${code}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  if (!file || start === undefined) return what;
  const { line, character } = file.getLineAndCharacterOfPosition(start);
  return `${file.fileName.replace(`${process.cwd()}/`, '')}:${line + 1}:${character + 1} ${what}`;
}

serve(compileHost);
