// @ts-check
// Hooks that let Node load our TypeScript: esbuild removes the types. Packages are not touched.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';

/**
 * An import names the compiler's output, so `./x.js` means `./x.ts`. For an alias (`#…`) of
 * package.json, a source file gets the source, so that no module is loaded twice.
 * @type {import('node:module').ResolveHook}
 */
export async function resolve(specifier, context, next) {
  const { parentURL } = context;
  if (/^\.\.?\/.*\.js$/.test(specifier) && parentURL && !parentURL.includes('/node_modules/')) {
    const source = new URL(specifier.replace(/js$/, 'ts'), parentURL);
    if (existsSync(source)) return { url: source.href, shortCircuit: true };
  }
  const conditions = [...context.conditions, ...(parentURL?.endsWith('.ts') ? ['octobind-source'] : [])];
  return next(specifier, { ...context, conditions });
}

/** @type {import('node:module').LoadHook} */
export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const sourcefile = fileURLToPath(url);
  const { code } = await transform(readFileSync(sourcefile, 'utf8'), {
    loader: 'ts',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    sourcefile,
  });
  return { format: 'module', source: code, shortCircuit: true };
}
