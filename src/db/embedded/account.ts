import { execFile } from 'node:child_process';
import type { Stats } from 'node:fs';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './error.ts';

const execute = promisify(execFile);

/** A user of the operating system other than ourselves. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Fresh from the command line and nothing else: our own environment holds secrets, and PG* variables steer PostgreSQL. */
const CLEAN_ENVIRONMENT = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' };

/** How to spawn a program of PostgreSQL. In `/`, because the account may not enter the folder that we run in. */
export function spawnOptions(account: Account | null) {
  return { cwd: '/', env: CLEAN_ENVIRONMENT, ...account };
}

/** Runs a program to its end as `account` (ourselves when null); rejects when it cannot be run or fails. */
export function runAs(account: Account | null, file: string, args: readonly string[]) {
  return execute(file, args, { ...spawnOptions(account), encoding: 'utf8' });
}

/** Whether the account may enter a folder. Asked of the operating system, which knows about parents and ACLs. */
export async function mayEnter(account: Account | null, folder: string): Promise<boolean> {
  try {
    await runAs(account, 'test', ['-x', folder]);
    return true;
  } catch {
    return false;
  }
}

/**
 * The user that PostgreSQL runs as: null for ourselves, or, as PostgreSQL refuses to run as root, the owner of the
 * data that exist, else `postgres` where there is such a user, else `nobody`.
 */
export async function postgresAccount(folder: string, existing: Stats | undefined): Promise<Account | null> {
  const self = process.getuid?.();
  if (self !== 0) {
    if (existing && existing.uid !== self) {
      const owner = `user ${existing.uid}, and this process runs as user ${self}`;
      throw new EmbeddedPostgresError(
        'DATA_UNUSABLE',
        `The database in ${folder} belongs to ${owner}: start Shearwater as that user or as root.`,
      );
    }
    return null;
  }
  if (existing?.uid === 0) {
    throw new EmbeddedPostgresError(
      'DATA_UNUSABLE',
      `The database in ${folder} belongs to root, and PostgreSQL does not run as root: give it to another user with chown -R.`,
    );
  }
  if (existing) return { uid: existing.uid, gid: existing.gid };
  const account = (await lookUp('postgres')) ?? (await lookUp('nobody'));
  if (account) return account;
  throw new EmbeddedPostgresError(
    'START_FAILED',
    'PostgreSQL does not run as root, and there is no user postgres or nobody: start Shearwater as another user, or set DATABASE_URL to a PostgreSQL 15 or newer.',
  );
}

async function lookUp(name: string): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all([runAs(null, 'id', ['-u', name]), runAs(null, 'id', ['-g', name])]);
    // macOS prints nobody's -2 as 4294967294; Node takes the signed number.
    return { uid: Number(uid.stdout) | 0, gid: Number(gid.stdout) | 0 };
  } catch {
    return undefined;
  }
}
