import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/**
 * `npm run test:debian`: the tests that need programs which npm does not bring: PostgreSQL's tools, a message broker,
 * promtool. They are required and not optional: a test that skips itself because a program is missing hides a hole.
 */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['test/debian/**/*.test.ts'],
    exclude: [],
    globalSetup: ['test/debian/programs.ts', 'test/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
