import { chown, mkdtemp, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runAs } from './account.ts';
import type { Binaries } from './binaries.ts';
import { codeOf, EmbeddedPostgresError } from './error.ts';
import { type Place, statIfThere } from './place.ts';
import { isAlive } from './postmaster.ts';

export const SUPERUSER = 'shearwater';

const DRAFT = 'postgres.init-';

/** Whether the place holds a data directory that initdb finished. */
export async function isInitialised(place: Place): Promise<boolean> {
  return (await statIfThere(join(place.data, 'PG_VERSION'))) !== undefined;
}

/**
 * Makes the data directory, whole or not at all: initdb works on a draft beside it, which is renamed when it is
 * done. Of several processes that do this at once, one wins and the others drop their drafts.
 */
export async function initialise(place: Place, binaries: Binaries, durable: boolean): Promise<void> {
  await removeLeftDrafts(place.folder);
  const draft = await mkdtemp(join(place.folder, `${DRAFT}${process.pid}-`));
  const passwordFile = `${draft}.password`;
  try {
    await writeFile(passwordFile, `${place.password}\n`, { mode: 0o600, flag: 'wx' });
    if (place.account) {
      const { uid, gid } = place.account;
      await chown(draft, uid, gid);
      await chown(passwordFile, uid, gid);
    }
    // C.UTF-8 of PostgreSQL's own: the same order on every system, so no index breaks with a new libc.
    await runAs(place.account, binaries.initdb, [
      `--pgdata=${draft}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--data-checksums',
      '--no-instructions',
      ...(durable ? [] : ['--no-sync']),
    ]);
    await rename(draft, place.data);
    if (durable) await syncFolder(place.folder);
  } catch (error) {
    if ((await isInitialised(place)) && (codeOf(error) === 'ENOTEMPTY' || codeOf(error) === 'EEXIST')) return;
    const reason = (error as { stderr?: string }).stderr?.trim() || (error as Error).message;
    throw new EmbeddedPostgresError('START_FAILED', `No database could be made in ${place.data}: ${reason}`, {
      cause: error,
    });
  } finally {
    await rm(passwordFile, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

/** Drafts of processes that were killed while initdb ran. */
async function removeLeftDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = Number(name.match(/^postgres\.init-(\d+)-/)?.[1]);
    if (pid && !isAlive(pid)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** A rename survives a power failure once its folder is on disk. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
