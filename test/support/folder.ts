import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPostmaster, isAlive, stopPostmaster } from '../../src/db/embedded/postmaster.ts';

const PREFIX = 'shearwater-test-';

/**
 * A new folder for a DATA_DIR. Every user may enter it, because as root PostgreSQL runs as another one. Its name has
 * the process of the test run in it, so that the next run can tell that this one is over.
 */
export async function newDataFolder(runPid: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${runPid}-`));
  await chmod(folder, 0o755);
  return folder;
}

/** Stops the server in a folder, if there is one still, and removes the folder. */
export async function removeDataFolder(folder: string): Promise<void> {
  const data = join(folder, 'postgres');
  const postmaster = await findPostmaster(data);
  if (postmaster) await stopPostmaster(data, postmaster.pid);
  await rm(folder, { recursive: true, force: true });
}

/** Stops the servers of a run in the little time that an exiting process has; folders may stay for the next run. */
export function abandonRun(runPid: number): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(`${PREFIX}${runPid}-`))) {
    const folder = join(tmpdir(), name);
    try {
      process.kill(
        Number.parseInt(readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8'), 10),
        'SIGQUIT',
      );
    } catch {
      // No server runs there.
    }
    try {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    } catch {
      // A worker or a dying server still writes there.
    }
  }
}

/** Removes the folders, and stops the servers, of test runs that were killed before their teardown. */
export async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : Number.NaN;
    if (pid && !isAlive(pid)) await removeDataFolder(join(tmpdir(), name));
  }
}
