import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

type Octobind = typeof import('../../host/browser.js') & typeof import('../../host/emulator/index.js');

/**
 * A page that has loaded octobind. It is a realm of its own: its objects are not instances of the
 * classes out here.
 */
export interface Page {
  readonly octobind: Octobind;
  /** The firmware, compiled there by octobind. */
  readonly firmware: WebAssembly.Module;
  /** Copies plain values and bytes into the page's own classes. */
  readonly inward: <T>(value: T) => T;
  /**
   * Makes an object of the page usable out here: arguments of its methods go in as copies, and
   * results come out as copies.
   */
  readonly outward: <T extends object>(object: T) => T;
  /** Runs a script in the page. */
  readonly run: (script: string) => unknown;
}

/** What a page loads that drives terminals or emulates them. */
const CORE = ['octobind', 'octobind/emulator'];

const bundled = new Map<string, Promise<string>>();

/**
 * Entries of the package in one script, made once from `build/`. The bundler has no stand-ins for
 * modules of Node.
 */
export function bundle(modules = CORE): Promise<string> {
  const contents = modules.map((name) => `export * from '${name}';`).join('\n');
  const made = bundled.get(contents) ?? makeBundle(contents);
  bundled.set(contents, made);
  return made;
}

async function makeBundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: ROOT },
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'octobind',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

export async function openPage(modules = CORE): Promise<Page> {
  const globals: Record<string, unknown> = {};
  const context = createContext(globals);
  const realm = runInContext('({ Object, Array, Uint8Array, WebAssembly })', context) as typeof globalThis;
  Object.assign(globals, browserGlobals(realm));
  runInContext(await bundle(modules), context);

  const inward = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return realm.Uint8Array.from(value);
    if (Array.isArray(value)) return realm.Array.from(value, inward);
    if (!isPlain(value)) return value;
    const entries = Object.entries(value).map(([key, field]) => [key, inward(field)] as const);
    return Object.assign(new realm.Object(), Object.fromEntries(entries));
  };
  const outward = <T extends object>(object: T): T =>
    new Proxy(object, {
      get(_, property) {
        const value: unknown = Reflect.get(object, property);
        if (typeof value === 'object' && value !== null) return outward(value);
        if (typeof value !== 'function') return value;
        return async (...given: unknown[]) => {
          const taken: unknown = Reflect.apply(value as () => unknown, object, given.map(inward));
          return structuredClone(await taken);
        };
      },
    });
  const octobind = runInContext('octobind', context) as Octobind;
  return {
    octobind,
    firmware: await octobind.compileFirmware(realm.Uint8Array.from(readFileSync(`${ROOT}build/terminal.wasm`))),
    inward: <T>(value: T) => inward(value) as T,
    outward,
    run: (script) => runInContext(script, context) as unknown,
  };
}

/** The globals of a page that octobind may use, besides the language and WebAssembly. */
function browserGlobals(realm: typeof globalThis): object {
  return {
    // Returns bytes of the page's own class, as in a browser.
    TextEncoder: class extends TextEncoder {
      override encode(text?: string): Uint8Array<ArrayBuffer> {
        return realm.Uint8Array.from(super.encode(text));
      }
    },
    TextDecoder,
    atob,
    crypto: { getRandomValues: (into: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(into) },
    // A timer is a number, and has no methods.
    setTimeout: (fn: () => void, ms?: number) => Number(setTimeout(fn, ms)),
    clearTimeout: (timer?: number) => clearTimeout(timer),
    queueMicrotask,
    performance: { now: () => performance.now() },
    console,
    AbortController,
    AbortSignal,
    MessageChannel,
    URL,
  };
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
