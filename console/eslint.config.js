import javascript from '@eslint/js';
import accessibility from 'eslint-plugin-jsx-a11y';
import hooks from 'eslint-plugin-react-hooks';
import typescript from 'typescript-eslint';

export default typescript.config(
  { ignores: ['dist', 'source/generated', 'test-results'] },
  javascript.configs.recommended,
  ...typescript.configs.strictTypeChecked,
  { languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['*.js'] } } } },
  accessibility.flatConfigs.recommended,
  hooks.configs.flat['recommended-latest'],
  {
    rules: {
      // The house's limits, as in the Rust sources; a component's JSX counts, hence more lines a function.
      'max-lines': ['error', 500],
      'max-lines-per-function': ['error', 120],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // The virtual list hands out functions that the compiler of React cannot memoise; we don't use it.
      'react-hooks/incompatible-library': 'off',
      // A select's value is a number of the enum's own.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      // What scrolls must be reachable by keyboard (axe: scrollable-region-focusable).
      'jsx-a11y/no-noninteractive-tabindex': 'off',
      // Rows of a table, not of a grid: their links are what takes the focus.
      'jsx-a11y/interactive-supports-focus': 'off',
    },
  },
  { files: ['tests/**'], rules: { 'max-lines-per-function': 'off' } },
  {
    files: ['*.js'],
    ...typescript.configs.disableTypeChecked,
    languageOptions: { globals: { console: 'readonly', process: 'readonly' } },
  },
);
