import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { installedPackage } from '../../db/embedded/binaries.ts';
import { readSettings, type Settings } from '../../server/settings.ts';
import { VERSION } from '../../server/version.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const MAJOR = 24;
const GIB = 2 ** 30;
const LITTLE_GIB = 5;
const TOO_LITTLE_GIB = 1;

/** What stands on this machine: Shearwater itself, its settings, and room for its data. */
export async function* checkMachine(): AsyncGenerator<Finding> {
  const { node } = process.versions;
  if (Number(node.split('.')[0]) === MAJOR) yield ok('node', `${node}, Shearwater ${VERSION}`);
  else
    yield warn(
      'node',
      node,
      `Shearwater is tested on Node ${MAJOR}: call it by npx shearwater, which uses that`,
    );
  const settings = settingsOrFault();
  if (typeof settings === 'string') {
    yield fail('settings', settings, 'mend the environment: docs/operation.md has every setting');
    return;
  }
  yield ok(
    'settings',
    settings.databaseUrl ? 'of a database of yours' : `of an embedded database, in ${settings.dataDir}`,
  );
  if (settings.databaseUrl) return;
  yield embedded();
  yield await disk(settings.dataDir);
}

export function settingsOrFault(): Settings | string {
  try {
    return readSettings();
  } catch (error) {
    return (error as Error).message;
  }
}

function embedded(): Finding {
  try {
    return ok('embedded', `PostgreSQL ${installedPackage().version}, from npm`);
  } catch (error) {
    return fail(
      'embedded',
      (error as Error).message,
      'set DATABASE_URL, or install again with optional packages',
    );
  }
}

async function disk(dataDir: string): Promise<Finding> {
  const folder = await nearest(resolve(dataDir));
  try {
    await access(folder, constants.W_OK);
  } catch {
    return fail('disk', `${folder} cannot be written`, 'set DATA_DIR to a folder of yours');
  }
  const { bavail, bsize } = await statfs(folder);
  const free = (bavail * bsize) / GIB;
  const detail = `${free.toFixed(1)} GiB free in ${folder}`;
  const advice =
    'make room, or set DATA_DIR to a folder on another disk: PostgreSQL stops where the disk is full';
  if (free < TOO_LITTLE_GIB) return fail('disk', detail, advice);
  return free < LITTLE_GIB ? warn('disk', detail, advice) : ok('disk', detail);
}

/** The folder, or the nearest above it that is there. */
async function nearest(folder: string): Promise<string> {
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  return isThere || dirname(folder) === folder ? folder : nearest(dirname(folder));
}
