import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { startEmbeddedPostgres } from '../src/db/embedded.ts';
import { migrate } from '../src/db/migrate.ts';
import { startServer } from '../src/server/server.ts';

/*
 * The demo's server: what `npm start` runs, on a database that is thrown away. A process of its own, which start.ts
 * forks. It stops, and takes its folder with it, when the demo says so, or when the demo is gone, however it went.
 */

export type ServerMessage =
  | { readonly kind: 'doing'; readonly text: string }
  | { readonly kind: 'ready'; readonly url: string }
  | { readonly kind: 'failed'; readonly message: string };

const tell = (message: ServerMessage) => process.connected && process.send?.(message);

const undo: (() => Promise<unknown>)[] = [];
const gone = new Promise<void>((resolve) => process.once('disconnect', resolve));
// Ctrl-C reaches the demo, which then stops us in order.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
const stopping = Promise.race([gone, new Promise<void>((resolve) => process.once('SIGTERM', resolve))]);

async function start(jwtSecret: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'shearwater-demo-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  // As root PostgreSQL runs as another user, who has to enter too.
  await chmod(folder, 0o755);
  tell({ kind: 'doing', text: 'making an empty PostgreSQL database' });
  const postgres = await startEmbeddedPostgres({ dataDir: folder, disposable: true });
  undo.push(() => postgres.stop());
  tell({ kind: 'doing', text: 'making the tables' });
  await migrate(postgres.url);
  const server = await startServer({
    databaseUrl: postgres.url,
    databasePoolSize: 10,
    host: '127.0.0.1',
    port: 0,
    auth: { jwtSecret, jwksUrl: undefined, issuer: undefined, audience: undefined },
    allowedOrigins: [],
    log: pino({ level: 'warn', base: null }, pino.destination(2)),
  });
  undo.push(() => server.close());
  tell({ kind: 'ready', url: server.url });
}

process.once('message', async (secret: string) => {
  try {
    await start(secret);
    await stopping;
  } catch (error) {
    tell({ kind: 'failed', message: (error as Error).message });
    process.exitCode = 1;
  } finally {
    for (const step of undo.reverse()) await step();
    if (process.connected) process.disconnect();
    process.removeAllListeners('SIGINT').removeAllListeners('SIGHUP');
  }
});
