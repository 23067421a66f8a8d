import { codeOf } from '../db/embedded/error.ts';
import { startEmbeddedPostgres } from '../db/embedded.ts';
import { migrate } from '../db/migrate.ts';
import { opensSignedIn } from '../server/local-session.ts';
import { openLog } from '../server/log.ts';
import { embeddedSecret } from '../server/secret.ts';
import { type RunningServer, type ServerOptions, startServer } from '../server/server.ts';
import { readSettings } from '../server/settings.ts';
import { defineCommand, EXIT, type ExitCode } from './kit/command.ts';
import { reachingDatabase } from './kit/errors.ts';

const EXIT_MS = 500;

export const serve = defineCommand({
  name: 'serve',
  words: [],
  summary: 'runs the server',
  about: `Without settings it listens at http://127.0.0.1:4000, with a PostgreSQL of its own in ./.data, and whoever
opens it in a browser on this machine is its administrator. Settings are variables of the environment:
PORT and HOST, DATABASE_URL with AUTH_JWT_SECRET or AUTH_JWKS_URL for a PostgreSQL of yours, and others
(docs/operation.md). SIGTERM and Ctrl-C finish what is under way first.`,
  options: {},
  examples: [
    ['serve', 'a server to try things on'],
    ['doctor', 'says whether what it needs is there, and whether it runs well'],
  ],
  run: serveUntilStopped,
});

/** What to do where the address cannot be listened at. */
const LISTEN_ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there, perhaps a Shearwater: stop it, or set PORT to another port',
  EADDRNOTAVAIL: 'that is no address of this machine: set HOST to one that is',
  ENOTFOUND: 'nobody knows that name: set HOST to an address of this machine',
  EACCES: 'ports below 1024 are for root: set PORT to a higher one',
};

async function listening(options: ServerOptions): Promise<RunningServer> {
  try {
    return await startServer(options);
  } catch (error) {
    const advice = LISTEN_ADVICE[codeOf(error) ?? ''];
    if (advice === undefined) throw error;
    throw new Error(`Cannot listen at ${options.host}:${options.port}: ${advice}.`);
  }
}

/** The process: configuration → composition → listen → drain. */
async function serveUntilStopped(): Promise<ExitCode> {
  const settings = readSettings();
  const log = openLog(settings.logLevel);

  // Told before anything is started, so that a signal during the start is not lost.
  const stopping = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });

  const { databaseUrl, dataDir } = settings;
  const embedded =
    databaseUrl === undefined
      ? await startEmbeddedPostgres({ dataDir, log: (line) => log.info(line) })
      : null;
  try {
    const url = databaseUrl ?? embedded!.url;
    if (embedded || settings.migrateOnStart) {
      const applied = await reachingDatabase(() =>
        migrate(url, undefined, () => log.info('another server migrates: waiting for it')),
      );
      log.info(
        { applied },
        applied.length > 0 ? 'migrated the database' : 'the database has every migration',
      );
    }
    const { auth } = settings;
    const hasLocalAdministrator = opensSignedIn(settings);
    const jwtSecret =
      auth.jwtSecret ?? (embedded && !auth.jwksUrl ? await embeddedSecret(dataDir) : undefined);
    const server = await listening({
      databaseUrl: url,
      readDatabaseUrl: settings.readDatabaseUrl,
      natsUrl: settings.natsUrl,
      databasePoolSize: settings.databasePoolSize,
      answerCacheMib: settings.answerCacheMib,
      simulationThreads: settings.simulationThreads,
      webhooks: settings.webhooks,
      auditMs: settings.auditMinutes * 60_000,
      host: settings.host,
      port: settings.port,
      auth: { ...auth, jwtSecret },
      allowedOrigins: settings.allowedOrigins,
      tracing: settings.tracing,
      limits: settings.limits,
      proxyHops: settings.proxyHops,
      hasLocalAdministrator,
      isProduction: settings.isProduction,
      metricsToken: settings.metricsToken,
      drainDelayMs: settings.drainDelaySeconds * 1_000,
      log,
    });
    log.info(
      `Shearwater listens at ${server.url}: the console is there, the API and its explorer at ${server.url}/graphql`,
    );
    if (hasLocalAdministrator) log.info('whoever opens the console on this machine is its administrator');
    const signal = await stopping;
    log.info({ drainDelaySeconds: settings.drainDelaySeconds }, `${signal}: finishing what is under way`);
    await server.close();
    log.info('everything is finished');
  } finally {
    await embedded?.stop();
    // A connection to the database that broke just then may still hold a timer or a socket: nobody waits for it.
    setTimeout(() => process.exit(), EXIT_MS).unref();
  }
  return EXIT.FINE;
}
