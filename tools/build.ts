/** `npm run build`, which `npm ci` runs too: what browsers and other packages need compiled. The server runs from its source. */
import { performance } from 'node:perf_hooks';
import { buildConsole } from './builds/console.ts';

interface Build {
  readonly name: string;
  run(): Promise<void>;
}

const builds: readonly Build[] = [{ name: 'the console', run: buildConsole }];

for (const { name, run } of builds) {
  const start = performance.now();
  await run();
  console.log(`built ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
}
