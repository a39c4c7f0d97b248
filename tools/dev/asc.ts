// The AssemblyScript compiler as a function. Its package declares AssemblyScript's arrays for the
// whole TypeScript program, so that `at` would no longer return `undefined`. So this file declares
// the parts that we use.

/** A warning or an error of the compiler, with its place. */
export interface Diagnostic {
  readonly code: number;
  /** 3 is an error. */
  readonly category: number;
  readonly message: string;
  /** The place in a source; null if it has none. */
  readonly range: {
    readonly start: number;
    readonly source: {
      readonly normalizedPath: string;
    };
  } | null;
}

export interface Io {
  /** Null if there is no such file. */
  readFile?: (name: string, folder: string) => string | null;
  writeFile?: (name: string, contents: string | Uint8Array, folder: string) => void;
  reportDiagnostic?: (diagnostic: Diagnostic) => void;
}

export interface Outcome {
  readonly error: Error | null;
  readonly stderr: { toString(): string };
}

// Typed as a string, so that TypeScript does not look the module up.
const compiler = 'assemblyscript/asc' as string;

/** Runs the compiler with the options of its command line. */
export const { main } = (await import(compiler)) as {
  main: (options: readonly string[], io?: Io) => Promise<Outcome>;
};
