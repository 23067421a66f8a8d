import { randomBytes } from 'node:crypto';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/db/embedded.ts';
import { migrate } from '../../src/db/migrate.ts';
import { abandonRun, newDataFolder, removeDataFolder, removeLeftovers } from './folder.ts';
import { type TestServer, urlOfDatabase, withAdmin } from './postgres.ts';

/** Before all tests: a server and a migrated template. What is returned runs after them, failed or not. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const undo: (() => Promise<void>)[] = [];
  const teardown = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  // Vitest exits 1 ms after SIGINT and SIGTERM, without a teardown.
  const abandon = () => abandonRun(process.pid);
  process.once('exit', abandon);
  undo.push(async () => void process.off('exit', abandon));
  try {
    const url = process.env.TEST_DATABASE_URL || (await startServer(undo));
    const prefix = `shearwater_test_${randomBytes(5).toString('hex')}`;
    const server: TestServer = { url, prefix, template: `${prefix}_template` };
    undo.push(() => dropAll(server));
    await makeTemplate(server);
    project.provide('postgres', server);
    return teardown;
  } catch (error) {
    await teardown();
    throw error;
  }
}

async function startServer(undo: (() => Promise<void>)[]): Promise<string> {
  await removeLeftovers();
  const folder = await newDataFolder(process.pid);
  undo.push(() => removeDataFolder(folder));
  const server = await startEmbeddedPostgres({ dataDir: folder, disposable: true });
  undo.push(() => server.stop());
  return server.url;
}

async function makeTemplate({ url, template }: TestServer): Promise<void> {
  await withAdmin(url, (sql) => sql`create database ${sql(template)}`);
  await migrate(urlOfDatabase(url, template));
}

/** Also what tests left behind: a server that TEST_DATABASE_URL names outlives us. */
async function dropAll({ url, prefix }: TestServer): Promise<void> {
  await withAdmin(url, async (sql) => {
    const rows = await sql`select datname from pg_database where starts_with(datname, ${prefix})`;
    for (const { datname } of rows) await sql`drop database ${sql(datname)} with (force)`;
  });
}
