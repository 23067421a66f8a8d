import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Account, mayEnter, postgresAccount } from './account.ts';
import { codeOf, EmbeddedPostgresError } from './error.ts';
import { readIfThere, writeOnce } from './write-once.ts';

/** Where root keeps what another user must be able to reach. Not under /tmp, which is swept while servers run. */
const SHARED_FOLDER = '/var/lib/shearwater';

/** Where one database lives, and who runs it. Everything is found from DATA_DIR. */
export interface Place {
  /** DATA_DIR, with symbolic links resolved. */
  readonly home: string;
  /** DATA_DIR, or the folder that DATA_DIR/postgres-place names. */
  readonly folder: string;
  /** PostgreSQL's data directory. */
  readonly data: string;
  readonly log: string;
  readonly account: Account | null;
  /** Where copies of the programs go when they cannot be used where npm put them. */
  readonly staging: string;
  readonly password: string;
}

/**
 * Finds or chooses the place of DATA_DIR's database. It is DATA_DIR itself, unless we are root and the user that
 * PostgreSQL runs as cannot enter it: then a folder under /var/lib/shearwater, noted in DATA_DIR/postgres-place.
 */
export async function findPlace(dataDir: string, log: (line: string) => void): Promise<Place> {
  await mkdir(dataDir, { recursive: true, mode: 0o755 });
  const home = await realpath(dataDir);
  let folder = (await readIfThere(pointerOf(home)))?.trim() ?? home;
  if (!(await statIfThere(folder))) {
    throw new EmbeddedPostgresError(
      'DATA_UNUSABLE',
      `${pointerOf(home)} says that the database is in ${folder}, which is not there: bring that folder back, or remove the file to begin with an empty database.`,
    );
  }
  const existing = await statIfThere(join(folder, 'postgres'));
  const account = await postgresAccount(folder, existing);
  if (!(await mayEnter(account, folder))) {
    if (existing || folder !== home || !account) {
      throw new EmbeddedPostgresError(
        'DATA_UNUSABLE',
        `PostgreSQL runs as user ${account?.uid ?? process.getuid?.()}, who cannot enter ${folder}: allow it with chmod a+x on that folder and on those above it.`,
      );
    }
    folder = await elsewhere(home);
  }
  if (folder !== home) log(`the database of ${home} is in ${folder}, which user ${account?.uid} can enter`);
  return {
    home,
    folder,
    account,
    data: join(folder, 'postgres'),
    log: join(folder, 'postgres.log'),
    staging: account ? SHARED_FOLDER : home,
    // In DATA_DIR, so that whoever removes DATA_DIR loses the old database and never meets half of it.
    password: (await writeOnce(passwordOf(home), `${randomBytes(24).toString('base64url')}\n`)).trim(),
  };
}

/** Removes the database and what belongs to it. The server must be stopped. */
export async function removePlace(place: Place): Promise<void> {
  const paths = [place.data, place.log, passwordOf(place.home)];
  if (place.folder !== place.home) paths.push(place.folder, pointerOf(place.home));
  for (const path of paths) await rm(path, { recursive: true, force: true });
}

export function pointerOf(home: string): string {
  return join(home, 'postgres-place');
}

export function passwordOf(home: string): string {
  return join(home, 'postgres-password');
}

/** A new folder that everybody may enter and nobody may list; its `data-dir` tells a person whose it is. */
async function elsewhere(home: string): Promise<string> {
  await mkdir(SHARED_FOLDER, { recursive: true, mode: 0o755 });
  // With a random end: a DATA_DIR that was removed and made again begins empty, and must not find the old data.
  const hash = createHash('sha256').update(home).digest('hex').slice(0, 12);
  const folder = await mkdtemp(join(SHARED_FOLDER, `${hash}-`));
  await chmod(folder, 0o711);
  await writeOnce(join(folder, 'data-dir'), `${home}\n`);
  const chosen = (await writeOnce(pointerOf(home), `${folder}\n`)).trim();
  // Another process on the same DATA_DIR chose first.
  if (basename(chosen) !== basename(folder)) await rm(folder, { recursive: true });
  return chosen;
}

export async function statIfThere(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
