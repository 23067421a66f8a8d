import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // One PostgreSQL with one migrated template for the whole run; each test file clones what it needs.
    globalSetup: ['test/support/global-setup.ts'],
    // Processes, because tests exercise signals, worker threads and process-wide state that threads would share.
    pool: 'forks',
    // The workers share the machine with PostgreSQL and the servers they test; more only makes timings waver.
    maxWorkers: 2,
    // Room for a test that starts processes of its own on a busy machine.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ['default'],
  },
});
