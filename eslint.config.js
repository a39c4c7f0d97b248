// @ts-check
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['build/', 'node_modules/', '.octobind/'] },
  js.configs.recommended,
  {
    files: ['{host,test,bench,tools,examples}/**/*.ts', '*.config.ts'],
    ignores: ['test/firmware/**'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      eqeqeq: 'error',
    },
  },
  {
    // node:test itself awaits its tests.
    files: ['examples/**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        { allowForKnownSafeCalls: [{ from: 'package', package: 'node:test', name: 'test' }] },
      ],
    },
  },
  {
    // AssemblyScript parses as TypeScript, but its types are not TypeScript's: syntax rules alone.
    files: ['assembly/**/*.ts', 'test/firmware/**/*.ts'],
    extends: [...tseslint.configs.strict],
    languageOptions: {
      globals: Object.fromEntries(
        'word rom romFile min max load store memory changetype i8 u8 i16 u16 i32 u32 i64 u64 isize usize bool f64 v128 select unchecked assert ctz clz popcnt rotl rotr bswap offsetof sizeof describe it test expect beforeEach beforeAll afterEach __heap_base StaticArray trace'
          .split(' ')
          .map((name) => [name, 'readonly']),
      ),
    },
    // Enumerators that are sizes may well be equal.
    rules: {
      '@typescript-eslint/no-duplicate-enum-values': 'off',
      'no-undef': 'error',
      'no-loss-of-precision': 'off',
      eqeqeq: 'off',
    },
  },
  {
    files: ['**/*.mjs', '*.js'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        WebAssembly: 'readonly',
        performance: 'readonly',
        AbortSignal: 'readonly',
      },
    },
  },
);
