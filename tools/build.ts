/**
 * `npm run build`, which `npm ci` runs too: what browsers and other packages need compiled. The server of a clone runs from its source. Whoever
 * needs one of them alone names it: `npm run build console`.
 */
import { performance } from 'node:perf_hooks';
import { buildClient } from './builds/client.ts';
import { buildConsole } from './builds/console.ts';
import { buildServer } from './builds/server.ts';

const builds: Readonly<Record<string, () => Promise<void>>> = {
  console: buildConsole,
  client: () => buildClient(),
  server: buildServer,
};

const named = process.argv.slice(2);
for (const name of named.length > 0 ? named : Object.keys(builds)) {
  const build = Object.hasOwn(builds, name) ? builds[name]! : null;
  if (!build) throw new Error(`There is nothing called ${name} to build: ${Object.keys(builds).join(', ')}`);
  const start = performance.now();
  await build();
  console.log(`built the ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
}
