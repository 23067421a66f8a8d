/** `npm run check`: everything that can be judged without running the server. Runs all checks, and fails if one did. */
import { performance } from 'node:perf_hooks';
import { type Check, CheckFailed } from './checks/check.ts';
import { described, referenceInSync, schemaInSync, unbroken } from './checks/contract.ts';
import { migrationsInSync, operationsInSync } from './checks/generated.ts';
import { kernelInSync } from './checks/kernel.ts';
import { style, types } from './checks/source.ts';

const checks: readonly Check[] = [
  types,
  style,
  operationsInSync,
  migrationsInSync,
  kernelInSync,
  schemaInSync,
  referenceInSync,
  described,
  unbroken,
];

/** Runs one check and tells how it went. What is no CheckFailed is told too: a check that breaks has not passed. */
async function passes({ name, run }: Check): Promise<boolean> {
  const start = performance.now();
  const tell = (mark: string) =>
    console.log(`${mark} ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  try {
    await run();
    tell('✓');
    return true;
  } catch (error) {
    tell('✗');
    const detail = error instanceof CheckFailed ? error.message : String((error as Error).stack ?? error);
    console.log(detail.trimEnd().replace(/^(?=.)/gm, '  '));
    return false;
  }
}

let failed = 0;
for (const check of checks) if (!(await passes(check))) failed++;
console.log(failed === 0 ? 'All checks passed.' : `${failed} of ${checks.length} checks failed.`);
process.exitCode = failed === 0 ? 0 : 1;
