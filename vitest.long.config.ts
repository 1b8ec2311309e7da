import { defineConfig } from 'vitest/config';

/** Whole runs that take half a minute and more each: `npm test` would take too long with them. CI runs them too. */
export default defineConfig({
  test: { include: ['test/long/**/*.test.ts'], pool: 'forks', maxWorkers: 2, testTimeout: 240_000, hookTimeout: 120_000 },
});
