import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { findPlace, removePlace } from '../../src/db/embedded/place.ts';
import { startEmbeddedPostgres } from '../../src/db/embedded.ts';
import { migrate } from '../../src/db/migrate.ts';

/**
 * An embedded PostgreSQL of a benchmark's own, as `npm start` runs it, waiting for the disk. A database is prepared
 * once; every measurement gets a fresh copy of it, so that none finds what another left.
 */
export interface Cluster {
  /** Makes the database that is copied. The work must close its connections. */
  prepare(work: (url: string) => Promise<void>): Promise<void>;
  /** A fresh copy; dropped at the end of `work`. */
  withCopy<T>(work: (url: string) => Promise<T>): Promise<T>;
}

export async function withCluster<T>(work: (cluster: Cluster) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'shearwater-bench-'));
  await chmod(dataDir, 0o755);
  const starting = startEmbeddedPostgres({ dataDir });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      // Also one that is only starting.
      const server = await starting.catch(() => undefined);
      await server?.stop();
      await removePlace(await findPlace(dataDir, () => {}));
      await rm(dataDir, { recursive: true, force: true });
    })();
    return closing;
  };
  const interrupt = () => void close().finally(() => process.exit(130));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    return await work(clusterOf((await starting).url));
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await close();
  }
}

function clusterOf(serverUrl: string): Cluster {
  const urlOf = (database: string) => Object.assign(new URL(serverUrl), { pathname: `/${database}` }).href;
  const admin = async (statement: string) => {
    const sql = postgres(serverUrl, { max: 1, fetch_types: false, onnotice: () => {} });
    try {
      await sql.unsafe(statement);
    } finally {
      await sql.end({ timeout: 5 });
    }
  };
  let copies = 0;
  return {
    async prepare(work) {
      await admin('create database prepared');
      await migrate(urlOf('prepared'));
      await work(urlOf('prepared'));
    },
    async withCopy(work) {
      const name = `copy_${++copies}`;
      await admin(`create database ${name} template prepared strategy file_copy`);
      try {
        await admin('checkpoint');
        return await work(urlOf(name));
      } finally {
        await admin(`drop database ${name} with (force)`);
      }
    },
  };
}
