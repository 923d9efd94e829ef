import js from '@eslint/js';
import jsxA11y from 'eslint-plugin-jsx-a11y';
import hooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/* Few rules, none off. Layers are dependency-cruiser's work (.dependency-cruiser.cjs). */
export default tseslint.config(
  { ignores: ['out/**', 'release/**', 'node_modules/**', 'src/shared/api/generated/**', 'test-results/**'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { project: ['./tsconfig.node.json', './tsconfig.web.json'], tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['src/{renderer,web}/**/*.tsx', 'src/{renderer,web}/**/*.ts'],
    plugins: { 'react-hooks': hooks, 'jsx-a11y': jsxA11y },
    rules: { ...hooks.configs.recommended.rules, ...jsxA11y.configs.recommended.rules },
  },
  {
    // The compiler's rule names this library because its functions answer differently each time. We do not use the compiler, and only this file calls it.
    files: ['src/renderer/ui/virtual-rows.ts'],
    rules: { 'react-hooks/incompatible-library': 'off' },
  },
  {
    files: ['scripts/**/*.mjs', '*.js', '*.cjs', '.dependency-cruiser.cjs', 'bench/**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', Buffer: 'readonly', URL: 'readonly', setTimeout: 'readonly', clearTimeout: 'readonly', module: 'writable', require: 'readonly', fetch: 'readonly', AbortController: 'readonly', AbortSignal: 'readonly', performance: 'readonly', setInterval: 'readonly', clearInterval: 'readonly' } },
  },
);
