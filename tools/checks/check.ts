import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Something to judge. `run` rejects with CheckFailed where it does not hold. */
export interface Check {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** What a check found, and what to do about it, for people. */
export class CheckFailed extends Error {
  override name = 'CheckFailed';
}

/** The folder of the project, whatever folder we were started in. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export const inRoot = (...path: string[]): string => join(ROOT, ...path);

export function failIf(problems: readonly string[], advice: string): void {
  if (problems.length > 0) throw new CheckFailed([...problems, advice].join('\n'));
}

/** Runs a program that npm installed, on the Node that runs us. Resolves with what it printed when it exits with 0. */
export async function runTool(name: string, ...args: string[]): Promise<string> {
  const program = inRoot('node_modules', '.bin', name);
  const child = spawn(process.execPath, [program, ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  if (code !== 0) throw new CheckFailed(output || `${name} ended with code ${code}`);
  return output;
}
