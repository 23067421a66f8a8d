import { defineConfig } from 'vitest/config';
import base, { LONG } from './vitest.config.ts';

/** `npm run test:long`: the tests that play whole days, or let everything fail for a while. They need npm, and curl for README.md's shell. */
export default defineConfig({
  ...base,
  test: { ...base.test, include: [...LONG], exclude: [] },
});
