import { defineConfig } from 'vitest/config';

/** `npm run test:long`: so that `npm test` stays under five minutes on a small machine. */
export const LONG = [
  // Thousands of steps, paths, rows or notices.
  'test/model/closed-system.test.ts',
  'test/outbox/{hub,volume}.test.ts',
  'test/settlement/{proofs,simulations}.test.ts',
  'test/simulation/closed-forms.test.ts',
  'test/simulation/kernel/kernels.test.ts',
  'test/simulation/engine/{digits,errors,one-long,one-market}.test.ts',
  // Time passes, and servers or databases start and stop.
  'test/db/{dumps,job-queue}.test.ts',
  'test/faults/{frozen,hostile,start}.test.ts',
  'test/server/alerts.test.ts',
  'test/webhooks/deliveries.test.ts',
  'test/demo/**/*.test.ts',
  'test/campaign/**/*.test.ts',
  // Each command is a process.
  'test/commands/{asking,cli,docs,doctor,package,token,verify}.test.ts',
  'test/db/embedded.test.ts',
  'test/faults/drain.test.ts',
  'test/faults/three-servers.test.ts',
  'test/faults/exit.test.ts',
  'test/client/{faults,package}.test.ts',
  'test/docs/{shell,typescript}.test.ts',
  'test/examples/**/*.test.ts',
  'test/webhooks/{crash,tls}.test.ts',
];

export default defineConfig({
  // Vite would choose graphql's development build for our files while its users in node_modules get Node's choice: two
  // copies, and one does not know the other's types. So resolve as Node does.
  ssr: { resolve: { conditions: ['node', 'module-sync', 'default'] } },
  resolve: { conditions: ['node', 'module-sync', 'default'] },
  test: {
    include: ['test/**/*.test.ts'],
    // They need programs that npm does not bring: npm run test:debian, npm run test:browser.
    exclude: ['test/debian/**', 'test/browser/**', ...LONG],
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
