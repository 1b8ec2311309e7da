import { defineConfig } from 'vitest/config';

/** Checks of Dockerfile, compose, chart and SLURM files with the real tools; `node deploy/fetch-tools.mjs` brings those that Debian does not have. */
export default defineConfig({
  test: { include: ['test/deploy/**/*.test.ts'], pool: 'forks', maxWorkers: 2, testTimeout: 180_000, hookTimeout: 180_000 },
});
