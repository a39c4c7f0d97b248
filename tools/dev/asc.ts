// The AssemblyScript compiler as a function. Its package declares AssemblyScript's arrays for all of a
// TypeScript program, and so takes `undefined` out of what `at` returns; so what is used of it is
// declared here.

/** What the compiler found: a warning or an error, and where. */
export interface Diagnostic {
  readonly code: number;
  /** 3 is an error. */
  readonly category: number;
  readonly message: string;
  /** Offset in a source; null if it is about none. */
  readonly range: {
    readonly start: number;
    readonly source: {
      readonly normalizedPath: string;
    };
  } | null;
}

export interface Io {
  writeFile?: (name: string, contents: string | Uint8Array, folder: string) => void;
  reportDiagnostic?: (diagnostic: Diagnostic) => void;
}

export interface Outcome {
  readonly error: Error | null;
  readonly stderr: { toString(): string };
}

// A name that TypeScript does not look up.
const compiler = 'assemblyscript/asc' as string;

/** Runs the compiler with its command line's options. */
export const { main } = (await import(compiler)) as {
  main: (options: readonly string[], io?: Io) => Promise<Outcome>;
};
