import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['services/**/*.test.ts', 'test/**/*.test.ts'],
    // Suites of their own: npm run test:long, test:faults and test:deploy.
    exclude: ['test/long/**', 'test/faults/**', 'test/deploy/**'],
    // Native database handles and signal handlers want processes of their own.
    pool: 'forks',
    // Much of the time goes by waiting for processes that tests start; one worker a core, not one less.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
