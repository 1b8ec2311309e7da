import { defineConfig } from 'vitest/config';

/** What befalls a run from outside, and runs of many processes; too long for every time. `npm run test:long`, which CI runs, has a short form of it. */
export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    pool: 'forks',
    // One file at a time: each starts many processes of its own.
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
