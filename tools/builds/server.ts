import { copyFile } from 'node:fs/promises';
import { inRoot, runTool } from '../checks/check.ts';

/**
 * The server and the command line as JavaScript, for the package: Node runs no TypeScript under node_modules. dist/ mirrors src/, so that
 * what a file finds beside itself it finds in both.
 */
export async function buildServer(): Promise<void> {
  // What types say is judged by `npm run check`.
  await runTool('tsc', '--project', 'tsconfig.build.json', '--noCheck');
  await copyFile(
    inRoot('src', 'simulation', 'kernel', 'kernel.wasm'),
    inRoot('dist', 'simulation', 'kernel', 'kernel.wasm'),
  );
}
