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
    },
  },
  { files: ['tests/**'], rules: { 'max-lines-per-function': 'off' } },
  { files: ['*.js'], ...typescript.configs.disableTypeChecked },
);
