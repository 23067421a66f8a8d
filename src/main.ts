import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';
import { runCommand } from './commands/report.ts';
import { startEmbeddedPostgres } from './db/embedded.ts';
import { migrate } from './db/migrate.ts';
import { embeddedSecret } from './server/secret.ts';
import { startServer } from './server/server.ts';
import { readSettings } from './server/settings.ts';

/** Lines for people on a terminal, JSON for everything else. */
function openLog(level: string): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return process.stdout.isTTY
    ? pino(options, pretty({ sync: true, translateTime: 'HH:MM:ss' }))
    : pino(options);
}

/** The process: configuration → composition → listen → drain. */
async function main(): Promise<void> {
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
    if (embedded) await migrate(url);
    const { auth } = settings;
    const jwtSecret =
      auth.jwtSecret ?? (embedded && !auth.jwksUrl ? await embeddedSecret(dataDir) : undefined);
    const server = await startServer({
      databaseUrl: url,
      databasePoolSize: settings.databasePoolSize,
      simulationThreads: settings.simulationThreads,
      host: settings.host,
      port: settings.port,
      auth: { ...auth, jwtSecret },
      allowedOrigins: settings.allowedOrigins,
      log,
    });
    log.info(`Shearwater listens at ${server.url}: the API and its explorer are at ${server.url}/graphql`);
    const signal = await stopping;
    log.info(`${signal}: finishing what is under way`);
    await server.close();
  } finally {
    await embedded?.stop();
  }
}

await runCommand(main);
