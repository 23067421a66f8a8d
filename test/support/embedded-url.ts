import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findPostmaster, type Postmaster } from '../../src/db/embedded/postmaster.ts';

export const postmasterOf = (dataDir: string): Promise<Postmaster | undefined> =>
  findPostmaster(join(dataDir, 'postgres'));

/** The address of the PostgreSQL that runs on a DATA_DIR, for a test that looks behind the server. */
export async function embeddedUrl(dataDir: string): Promise<string> {
  const postmaster = await postmasterOf(dataDir);
  if (!postmaster) throw new Error(`no PostgreSQL runs on ${dataDir}`);
  const password = (await readFile(join(dataDir, 'postgres-password'), 'utf8')).trim();
  return `postgres://shearwater:${password}@127.0.0.1:${postmaster.port}/shearwater`;
}
