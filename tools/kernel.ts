/** `npm run kernel`: compiles the simulation kernel to the WebAssembly that is committed and runs. */
import { writeFile } from 'node:fs/promises';
import { CheckFailed, inRoot } from './checks/check.ts';
import { compileKernel, KERNEL } from './checks/kernel.ts';

try {
  await writeFile(inRoot(KERNEL), await compileKernel());
} catch (error) {
  if (!(error instanceof CheckFailed)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
