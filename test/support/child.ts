import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { WebhookOptions } from '../../src/server/webhooks.ts';
import { eventually, within } from './eventually.ts';
import { type Caller, type Claims, callerOf, SECRET } from './server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A server in a process of its own: it may be killed, and its memory is nobody else's. */
export interface Child {
  readonly pid: number;
  readonly url: string;
  readonly lines: readonly string[];
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  isRunning(): boolean;
  caller(claims: Claims): Promise<Caller>;
  kill(signal?: NodeJS.Signals): void;
  /** Sets how far its clock is ahead of the machine's: only a child server has one that can be moved. */
  moveClock(aheadMs: number): void;
  /** SIGTERM, and SIGKILL for one that does not end. */
  end(): Promise<void>;
}

/** src/main.ts with these settings. */
export function startMain(env: Record<string, string>): Promise<Child> {
  return start([`${ROOT}/src/main.ts`], env);
}

export interface ChildOptions {
  readonly port?: number;
  readonly patienceMs?: number;
  readonly natsUrl?: string;
  readonly holdMs?: number;
  readonly auditMs?: number;
  readonly webhooks?: WebhookOptions;
}

/** A server on a migrated database, with options that no setting has. */
export function startChildServer(
  databaseUrl: string,
  options: ChildOptions = {},
  env: Record<string, string> = {},
): Promise<Child> {
  const script = fileURLToPath(new URL('child-server.ts', import.meta.url));
  return start([script, JSON.stringify({ databaseUrl, secret: SECRET, ...options })], env);
}

async function start(args: readonly string[], env: Record<string, string>): Promise<Child> {
  const { PATH = '', HOME = '' } = process.env;
  const child: ChildProcess = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { PATH, HOME, HOST: '127.0.0.1', PORT: '0', AUTH_JWT_SECRET: SECRET, LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout!, child.stderr!]) {
    createInterface(stream).on('line', (line) => lines.push(line));
  }
  // A test run that is cut short takes its servers with it.
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  let isRunning = true;
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => {
      isRunning = false;
      process.off('exit', kill);
      resolve({ code, signal });
    });
  });
  const url = await eventually(
    'a listening server',
    () => {
      if (!isRunning) throw new Error(`the server ended before it listened:\n${lines.join('\n')}`);
      return /listens at (http:\/\/\S+:\d+)/.exec(lines.join('\n'))?.[1];
    },
    60_000,
  ).catch((error) => {
    child.kill('SIGKILL');
    throw error;
  });
  return {
    pid: child.pid!,
    url,
    lines,
    exited,
    isRunning: () => isRunning,
    caller: (claims) => callerOf(url, claims),
    kill: (signal = 'SIGKILL') => void child.kill(signal),
    moveClock: (aheadMs) => void child.send({ aheadMs }),
    async end() {
      if (!isRunning) return;
      child.kill('SIGTERM');
      await within('the end of the server', exited, 45_000).catch(() => child.kill('SIGKILL'));
      await exited;
    },
  };
}
