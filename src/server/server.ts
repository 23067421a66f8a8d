import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { rememberTokens, tokenVerifier } from '../auth/tokens.ts';
import { openDatabase } from '../db/database.ts';
import { migrationsCurrent } from '../db/migrate.ts';
import type { Services } from '../graphql/context.ts';
import { Engine } from '../graphql/engine.ts';
import { codedError, otherHistory } from '../graphql/errors.ts';
import { PoolDirectory } from '../graphql/pool-directory.ts';
import { schema } from '../graphql/schema.ts';
import { Hub } from '../outbox/hub.ts';
import { Books } from '../settlement/books.ts';
import { Exposures } from '../settlement/exposures.ts';
import { QueueCache } from '../settlement/queue.ts';
import { SimulationRunner } from '../settlement/simulation-runner.ts';
import { StressTests } from '../settlement/stress-test.ts';
import { TotalsCache } from '../settlement/totals.ts';
import { systemClock } from './clock.ts';
import { graphqlHttp } from './graphql-http.ts';
import { graphqlWebSocket } from './graphql-websocket.ts';
import { Metrics } from './metrics.ts';
import { pathOf } from './path.ts';
import type { AuthSettings } from './settings.ts';
import { sheetHttp } from './sheet-http.ts';

export interface ServerOptions {
  readonly databaseUrl: string;
  readonly databasePoolSize: number;
  readonly simulationThreads?: number | undefined;
  readonly host: string;
  readonly port: number;
  readonly auth: AuthSettings;
  readonly allowedOrigins: readonly string[];
  readonly log: Logger;
  /** How long a subscriber may take nothing while notices wait for it. */
  readonly patienceMs?: number;
}

export interface RunningServer {
  readonly url: string;
  /** Lets requests finish, ends subscriptions with a reason, and lets go of the database. */
  close(): Promise<void>;
}

const DRAIN_MS = 30_000;

/** Composes a server on a migrated database and listens. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { log, allowedOrigins, auth } = options;
  const db = openDatabase(options.databaseUrl, { poolSize: options.databasePoolSize });
  const hub = new Hub({
    db,
    url: options.databaseUrl,
    onError: (err, doing) => log.error({ err }, `failed ${doing}`),
    patienceMs: options.patienceMs,
    restored: otherHistory,
  });
  const books = new Books({
    db,
    clock: systemClock,
    onError: (err, doing) => log.error({ err }, `failed ${doing}`),
  });
  const simulations = new SimulationRunner({
    db,
    clock: systemClock,
    threads: options.simulationThreads,
    onError: (err, doing) => log.error({ err }, `failed ${doing}`),
  });
  const services: Services = {
    db,
    hub,
    clock: systemClock,
    random: randomBytes,
    pools: new PoolDirectory(db),
    totals: new TotalsCache(db),
    queues: new QueueCache(db),
    books,
    exposures: new Exposures({ db, books }),
    stressTests: new StressTests({ db, books }),
    simulations,
  };
  const engine = new Engine(schema);
  const verify = rememberTokens(
    tokenVerifier({
      secret: auth.jwtSecret ?? null,
      jwksUrl: auth.jwksUrl ?? null,
      issuer: auth.issuer ?? null,
      audience: auth.audience ?? null,
    }),
  );
  const serve = graphqlHttp({ engine, services, verify, log, allowedOrigins });
  const sheets = sheetHttp({ db, verify });
  const metrics = new Metrics({ sockets: () => sockets.socketCount, subscribers: () => hub.subscriberCount });
  let draining = false;

  const ready = async (): Promise<string | null> => {
    if (draining) return 'draining';
    try {
      return (await migrationsCurrent(db.sql)) ? null : 'the migrations are not current: run npm run migrate';
    } catch {
      return 'the database cannot be reached';
    }
  };

  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const pathname = pathOf(req);
    const began = performance.now();
    res.once('close', () => {
      const path = PATHS.has(pathname) ? pathname : pathname.startsWith('/sheets/') ? '/sheets' : 'other';
      metrics.observeRequest(path, res.statusCode, (performance.now() - began) / 1_000);
    });
    if (draining) res.setHeader('connection', 'close');
    if (pathname === '/graphql') return serve(req, res);
    if (pathname.startsWith('/sheets/')) return sheets(req, res, pathname);
    if (pathname === '/health') return text(res, 200, 'alive\n');
    if (pathname === '/ready') {
      const problem = await ready();
      return text(res, problem === null ? 200 : 503, `${problem ?? 'ready'}\n`);
    }
    if (pathname === '/metrics') {
      if (!isLoopback(req.socket.remoteAddress)) return text(res, 403, 'metrics are served on loopback\n');
      return text(res, 200, await metrics.registry.metrics(), metrics.registry.contentType);
    }
    if (pathname === '/') {
      res.writeHead(302, { location: '/graphql' }).end();
      return;
    }
    text(res, 404, 'not found: the API is at /graphql\n');
  };

  const server = createServer((req, res) => {
    handle(req, res).catch((err) => {
      log.error({ err }, 'a request failed');
      if (!res.headersSent) text(res, 500, 'internal error\n');
      else res.destroy();
    });
  });
  server.requestTimeout = 120_000;
  const sockets = graphqlWebSocket({ server, engine, services, verify, log, allowedOrigins });
  await listen(server, options.port, options.host);
  const { address, port, family } = server.address() as AddressInfo;

  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    async close() {
      draining = true;
      const closed = new Promise((resolve) => server.close(resolve));
      // Sockets first: their clients take a closed socket for a reason to reconnect, and an ended stream for the end.
      await sockets.close();
      await hub.close(
        codedError(
          'RATE_LIMITED',
          'The server is shutting down: reconnect and resume after the last cursor.',
        ),
      );
      server.closeIdleConnections();
      const late = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
      await closed;
      clearTimeout(late);
      await simulations.close();
      await books.close();
      await db.close();
    },
  };
}

const PATHS = new Set(['/graphql', '/health', '/ready', '/metrics', '/']);

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function text(res: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void {
  res.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' }).end(body);
}

const isLoopback = (address: string | undefined): boolean =>
  address === '::1' || /^(::ffff:)?127\./.test(address ?? '');
