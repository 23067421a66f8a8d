import { randomUUID } from 'node:crypto';
import { link, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runAs } from './account.ts';
import { codeOf, EmbeddedPostgresError } from './error.ts';
import { readIfThere } from './write-once.ts';

const FAST_SHUTDOWN_MS = 60_000;
const IMMEDIATE_SHUTDOWN_MS = 10_000;

/** A running PostgreSQL server, as its postmaster.pid describes it. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly status: 'starting' | 'stopping' | 'ready';
}

/**
 * The server that runs on a data directory, or undefined. The number in postmaster.pid alone proves nothing: after a
 * reboot, and in a container after every restart, it may be another process's; so that process must be a postgres
 * with this data directory among its arguments.
 */
export async function findPostmaster(data: string): Promise<Postmaster | undefined> {
  const text = await readIfThere(pidFile(data));
  if (text === undefined) return undefined;
  const [pid, dataDirectory, , port, , , , status] = text.split('\n');
  if (!dataDirectory || !(await isPostmaster(Number(pid), dataDirectory))) return undefined;
  if (dataDirectory !== data) {
    throw new EmbeddedPostgresError(
      'DATA_UNUSABLE',
      `${data} was moved or copied while PostgreSQL (process ${pid}) ran on it as ${dataDirectory}: stop that process first, or remove ${pidFile(data)} from a copy.`,
    );
  }
  const word = status?.trim();
  return {
    pid: Number(pid),
    port: Number(port),
    status: word === 'ready' || word === 'stopping' ? word : 'starting',
  };
}

/**
 * Removes a postmaster.pid whose process is certainly not PostgreSQL. PostgreSQL itself overlooks one whose process
 * is gone, but refuses to start when the number now belongs to anything else of the same user. Orphaned backends
 * stay protected against: it finds their shared memory by the data directory.
 */
export async function clearStalePidFile(data: string): Promise<void> {
  const text = await readIfThere(pidFile(data));
  if (text === undefined) return;
  const command = await commandOf(Number.parseInt(text, 10));
  if (command === undefined || command.includes('postgres')) return;
  const aside = `${pidFile(data)}.${randomUUID()}`;
  try {
    await rename(pidFile(data), aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  // Another process may have started a server since we looked: its file goes back.
  if ((await readFile(aside, 'utf8')) !== text) await link(aside, pidFile(data));
  await unlink(aside);
}

/** Stops a server: fast, with a checkpoint; if that takes too long immediately, which its log makes good. */
export async function stopPostmaster(data: string, pid: number): Promise<void> {
  const rounds = [
    { signal: 'SIGINT', limit: FAST_SHUTDOWN_MS },
    { signal: 'SIGQUIT', limit: IMMEDIATE_SHUTDOWN_MS },
  ] as const;
  for (const { signal, limit } of rounds) {
    if (!(await isPostmaster(pid, data))) return;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (codeOf(error) !== 'ESRCH') throw error;
    }
    for (const end = Date.now() + limit; Date.now() < end; await sleep(20)) {
      if (!(await isPostmaster(pid, data))) return;
    }
  }
  throw new EmbeddedPostgresError(
    'STOP_FAILED',
    `PostgreSQL (process ${pid}) on ${data} did not stop: kill it.`,
  );
}

/** Whether there is a process with this number, whatever it is. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

function pidFile(data: string): string {
  return join(data, 'postmaster.pid');
}

/** Whether this process is PostgreSQL and runs on `data`. A zombie does not: not every container reaps orphans. */
export async function isPostmaster(pid: number, data: string): Promise<boolean> {
  const command = await commandOf(pid);
  return command?.includes(data) ?? false;
}

/** The command line of a process; empty for a zombie on Linux, undefined for none or when we may not know. */
async function commandOf(pid: number): Promise<string | undefined> {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  try {
    if (process.platform === 'linux') return await readFile(`/proc/${pid}/cmdline`, 'utf8');
    return (await runAs(null, 'ps', ['-ww', '-o', 'args=', '-p', String(pid)])).stdout;
  } catch {
    return undefined;
  }
}
