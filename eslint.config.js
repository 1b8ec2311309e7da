import tseslint from 'typescript-eslint';

/** Files that may read the environment. */
const ENVIRONMENT = ['services/*/config.ts', 'test/**', '**/*.test.ts', 'bench/**'];

export default tseslint.config(
  { ignores: ['services/gen/**', 'node_modules/**', 'runs/**', '**/*.mjs', '.dependency-cruiser.cjs'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['eslint.config.js'] }, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'max-lines': ['error', { max: 500 }],
      'no-console': 'error',
      eqeqeq: 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only; a method is the one exception.' },
        { selector: "MemberExpression[object.name='process'][property.name='env']", message: 'Only config.ts reads the environment.' },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-array-sort-compare': ['error', { ignoreStringArrays: true }],
      // Generated service interfaces are written as methods but never use `this`.
      '@typescript-eslint/unbound-method': 'off',
      // An async function without await is how a direct implementation fits an interface of promises.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    // Matchers such as expect.any are typed as any.
    files: ['**/*.test.ts'],
    rules: { '@typescript-eslint/no-unsafe-assignment': 'off', '@typescript-eslint/no-unsafe-member-access': 'off' },
  },
  { files: ['bench/**', 'test/support/**'], rules: { 'no-console': 'off' } },
  {
    files: [...ENVIRONMENT, 'services/agent/methods/*/method.ts', '*.config.ts', 'eslint.config.js'],
    rules: { 'no-restricted-syntax': 'off' },
  },
);
