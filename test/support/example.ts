import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { inRoot } from '../../tools/checks/check.ts';
import { eventually } from './eventually.ts';
import type { Elsewhere } from './installed.ts';

/** A folder of examples/, copied to where only the packed client is, and its program run there by plain Node. */
export class Example {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async copy(name: string, { path }: Elsewhere, as: string): Promise<Example> {
    const folder = join(path, as);
    await mkdir(folder);
    await cp(inRoot(`examples/${name}`), folder, { recursive: true });
    return new Example(folder);
  }

  run(args: readonly string[], env: Record<string, string>): Program {
    return new Program(this.path, args, env);
  }
}

export class Program {
  #output = '';
  readonly #child: ChildProcess;
  readonly exited: Promise<number | NodeJS.Signals>;

  constructor(cwd: string, args: readonly string[], env: Record<string, string>) {
    const { PATH = '' } = process.env;
    this.#child = spawn(process.execPath, ['main.ts', ...args], { cwd, env: { PATH, ...env } });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on('data', (chunk) => {
        this.#output += chunk;
      });
    }
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => resolve(signal ?? code!));
    });
  }

  get output(): string {
    return this.#output;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** SIGTERM, after which it must end by itself. */
  async end(): Promise<number | NodeJS.Signals> {
    this.#child.kill('SIGTERM');
    return this.exited;
  }

  /** Waits for a state that it brings about, and shows what it said where it does not. */
  async until(what: string, ask: () => unknown): Promise<void> {
    await eventually(what, async () => Boolean(await ask())).catch((error: Error) => {
      throw new Error(`${error.message}. It said:\n${this.#output}`);
    });
  }
}
