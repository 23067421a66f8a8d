import { type ChildProcess, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { within } from '../support/eventually.ts';

const BIN = fileURLToPath(new URL('../../bin/shearwater.js', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line as a process of its own, with nothing in its environment but what a test says. */
export class Cli {
  readonly #env: Record<string, string>;

  /** @param env such as SHEARWATER_URL and SHEARWATER_TOKEN */
  constructor(env: Record<string, string>) {
    this.#env = env;
  }

  start(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
    return spawn(process.execPath, [BIN, ...args], { env: { ...this.#env, ...env } });
  }

  async run(args: readonly string[], env: Record<string, string> = {}, input = ''): Promise<Outcome> {
    const child = this.start(args, env);
    child.stdin!.on('error', () => {}).end(input);
    const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
    const all = Promise.all([exit, text(child.stdout!), text(child.stderr!)]);
    const [code, stdout, stderr] = await within(`shearwater ${args.join(' ')}`, all, 60_000);
    return { code, stdout, stderr };
  }
}
