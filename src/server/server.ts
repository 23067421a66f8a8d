import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { providerKeys, rememberTokens, tokenVerifier } from '../auth/tokens.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { Clock } from '../core/clock.ts';
import { openDatabase } from '../db/database.ts';
import { Holders } from '../db/holders.ts';
import { Revocations } from '../db/revocations.ts';
import { AnswerCache } from '../graphql/answer-cache.ts';
import type { Services } from '../graphql/context.ts';
import { otherHistory } from '../graphql/errors.ts';
import { PoolDirectory } from '../graphql/pool-directory.ts';
import { schema } from '../graphql/schema.ts';
import { Turns } from '../graphql/turns.ts';
import { Broker } from '../outbox/broker.ts';
import { Hub } from '../outbox/hub.ts';
import { Relay } from '../outbox/relay.ts';
import { Auditor } from '../settlement/auditor.ts';
import { Books } from '../settlement/books.ts';
import { Exposures } from '../settlement/exposures.ts';
import { Halts } from '../settlement/halts.ts';
import { QueueCache } from '../settlement/queue.ts';
import { SimulationRunner } from '../settlement/simulation-runner.ts';
import { StressTests } from '../settlement/stress-test.ts';
import { TotalsCache } from '../settlement/totals.ts';
import { systemClock } from './clock.ts';
import { Connections } from './connections.ts';
import { consoleHttp } from './console-http.ts';
import { drain, UnusedConnections } from './drain.ts';
import { graphqlHttp } from './graphql-http.ts';
import { graphqlWebSocket } from './graphql-websocket.ts';
import { KeyWatch } from './key-watch.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { listen } from './listen.ts';
import { localSession } from './local-session.ts';
import { errorMask } from './mask.ts';
import { DatabaseFigures } from './metrics/figures.ts';
import { Metrics } from './metrics/metrics.ts';
import { ObservedEngine } from './observed-engine.ts';
import { observeMutations } from './observed-mutations.ts';
import { Rates } from './rates.ts';
import { readiness } from './ready.ts';
import { Replica } from './replica.ts';
import { routes } from './routes.ts';
import type { AuthSettings, TracingSettings } from './settings.ts';
import { sheetHttp } from './sheet-http.ts';
import { tracedPass } from './traced-pass.ts';
import { startTracing } from './tracing.ts';
import { Troubles } from './troubles.ts';
import { VERSION } from './version.ts';
import { startWebhooks, type WebhookOptions } from './webhooks.ts';

export interface ServerOptions {
  readonly databaseUrl: string;
  /** A replica of the database, for queries that say how late they may be. */
  readonly readDatabaseUrl?: string | undefined;
  /** A NATS server: it wakes the servers in place of NOTIFY, and carries notices to others. */
  readonly natsUrl?: string | undefined;
  readonly databasePoolSize: number;
  /** Memory for answers to queries that are given again while their pools stay as they are; 0 for none. */
  readonly answerCacheMib?: number;
  readonly simulationThreads?: number | undefined;
  readonly webhooks?: WebhookOptions;
  /** How long after a pool was added up it is added up again; 0 for never. */
  readonly auditMs?: number;
  readonly host: string;
  readonly port: number;
  readonly auth: AuthSettings;
  readonly allowedOrigins: readonly string[];
  readonly log: Logger;
  readonly limits?: Limits;
  /** Proxies of the operator's own that stand before the process. */
  readonly proxyHops?: number;
  /** Tells strangers nothing that they need not know: no introspection, no suggestions, no explorer. */
  readonly isProduction?: boolean;
  /** Signs whoever opens the console on this machine in as an administrator: see local-session.ts. */
  readonly hasLocalAdministrator?: boolean;
  /** Whoever shows it may read /metrics; without one only this machine may. */
  readonly metricsToken?: string | undefined;
  /** How often revocations are read, and how often the provider's keys are while sockets and streams are open. */
  readonly revocationPollMs?: number;
  readonly keyWatchMs?: number;
  /** How long the head of a request may take to arrive, and all of it. */
  readonly headMs?: number;
  readonly requestMs?: number;
  /** How long a subscriber may take nothing while notices wait for it. */
  readonly patienceMs?: number;
  /** How long the process still serves once it says that it is not ready, so that load balancers notice. */
  readonly drainDelayMs?: number;
  /** How long a transaction may stay open while its process does nothing. */
  readonly holdMs?: number;
  /** Tells the time of what is written; the system's where none is given. */
  readonly clock?: Clock;
  /** How often metrics ask the database at most. */
  readonly figuresEveryMs?: number;
  /** Where traces go; left out, nowhere. */
  readonly tracing?: TracingSettings | null;
}

export interface RunningServer {
  readonly url: string;
  /** Lets requests finish, ends subscriptions with a reason, and lets go of the database. */
  close(): Promise<void>;
}

/** Who sends slowly holds a connection, and nothing else, for no longer than this: first the head of a request, then all of it. */
const HEAD_MS = 10_000;
const REQUEST_MS = 60_000;

/** Composes a server on a migrated database and listens. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { log, allowedOrigins, auth, clock = systemClock, holdMs } = options;
  const { limits = DEFAULT_LIMITS, proxyHops = 0, isProduction = false, metricsToken } = options;
  const { error: onError, warn: onTrouble } = new Troubles(log, () => performance.now());
  const broker = options.natsUrl ? new Broker({ url: options.natsUrl, onError: onTrouble }) : null;
  const db = openDatabase(options.databaseUrl, {
    poolSize: options.databasePoolSize,
    holdMs,
    ...(broker ? { announce: (payload) => broker.announce(payload) } : {}),
  });
  const relay = broker ? new Relay({ db, url: options.databaseUrl, broker, onError: onTrouble }) : null;
  const holders = new Holders({
    db,
    holdMs,
    onEnded: (pids) => log.warn({ pids }, 'ended connections whose process was frozen inside a transaction'),
    onError: (error) => onError(error, 'looking for frozen processes'),
  });
  const tracing = options.tracing ? await startTracing({ ...options.tracing, version: VERSION }) : null;
  const hub = new Hub({
    db,
    announcements: broker,
    url: options.databaseUrl,
    onError,
    onAnnounced: () => webhooks.wake(),
    patienceMs: options.patienceMs,
    restored: otherHistory,
    onHandedOver: (committedAt) => metrics.handedOver(committedAt),
    ...(tracing ? { runPass: tracedPass(tracing) } : {}),
  });
  const books = new Books({ db, clock, onError });
  const own = { db, clock, random: randomBytes, books };
  const halts = new Halts({
    ...own,
    onHalt: ({ pool, reason, broken, cause }) => {
      metrics.selfHalt();
      log.error({ pool, broken, err: cause ?? undefined }, reason);
    },
    onError,
  });
  const auditor = new Auditor({ db, halts, everyMs: options.auditMs ?? 0, onError });
  const simulations = new SimulationRunner({ db, clock, threads: options.simulationThreads, onError });
  const webhooks = startWebhooks({
    ...{ ...own, ...options.webhooks, schema, url: options.databaseUrl, onError },
    services: () => services,
    metrics: () => metrics,
  });
  const revocations = new Revocations({
    db,
    onRevoked: () => connections.endRevoked(),
    onError: (error) => onError(error, 'reading which tokens were revoked'),
    pollMs: options.revocationPollMs,
  });
  const isRevoked = (viewer: Viewer): boolean => {
    const known = revocations.isRevoked(viewer);
    if (known === null) throw new Error('which tokens were revoked could not be read yet');
    return known;
  };
  const connections = new Connections(limits, isRevoked);
  let draining = false;
  const metrics = new Metrics({
    sockets: () => sockets.socketCount,
    isDraining: () => draining,
    connections,
    hub,
    db,
    books,
    simulations,
    replicaLagSeconds: () => replica?.lagSeconds ?? null,
    version: VERSION,
    figures: new DatabaseFigures({
      url: options.databaseUrl,
      outboxLagMs: (sql) => hub.lagMs(sql),
      everyMs: options.figuresEveryMs,
    }),
  });
  const services: Services = {
    ...own,
    halts,
    hub,
    pools: new PoolDirectory(db),
    totals: new TotalsCache(db),
    queues: new QueueCache(db),
    exposures: new Exposures({ db, books }),
    turns: new Turns(),
    stressTests: new StressTests({ db, books }),
    simulations,
    revocations,
    webhooks,
    observer: observeMutations({ metrics, tracing, log }),
    onRefusal: (code) => metrics.refusal(code),
  };
  const replica = options.readDatabaseUrl
    ? new Replica({
        url: options.readDatabaseUrl,
        poolSize: options.databasePoolSize,
        primary: db,
        onError: onTrouble,
        onAnswer: (by) => metrics.laggedQuery(by),
      })
    : null;
  const { answerCacheMib = 0 } = options;
  const answers =
    answerCacheMib > 0
      ? new AnswerCache({
          schema,
          db,
          maxBytes: answerCacheMib * 2 ** 20,
          onAnswer: (outcome) => metrics.cachedAnswer(outcome),
        })
      : null;
  const engine = new ObservedEngine(
    schema,
    { metrics, tracing, log },
    { hidesSchema: isProduction, replica, answers },
  );
  const keys = auth.jwksUrl ? providerKeys(auth.jwksUrl) : null;
  const keyWatch = keys && new KeyWatch({ keys, connections, log, everyMs: options.keyWatchMs });
  const verify = rememberTokens(
    tokenVerifier(
      {
        secret: auth.jwtSecret ?? null,
        jwksUrl: auth.jwksUrl ?? null,
        issuer: auth.issuer ?? null,
        audience: auth.audience ?? null,
      },
      keys,
    ),
    isRevoked,
  );
  const mask = errorMask(log, (code) => metrics.error(code));
  const rates = new Rates(limits);
  const shared = { engine, services, verify, mask, allowedOrigins, rates, connections, proxyHops };
  const graphql = graphqlHttp({ ...shared, hasExplorer: !isProduction });
  const sheets = sheetHttp({ db, verify });

  const { headMs = HEAD_MS, requestMs = REQUEST_MS } = options;
  const server = createServer(
    {
      headersTimeout: headMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: Math.min(headMs / 2, 5_000),
    },
    routes({
      ...{ log, metrics, metricsToken, tracing, graphql, sheets },
      ready: readiness(db, () => draining),
      console: consoleHttp(),
      localSession: localSession(options.hasLocalAdministrator ? (auth.jwtSecret ?? null) : null),
      isDraining: () => draining,
    }),
  );
  const unused = new UnusedConnections(server);
  const { unauthenticatedPerAddress } = limits;
  const sockets = graphqlWebSocket({
    ...{ ...shared, server, log, unauthenticatedPerAddress },
    onClose: (code) => metrics.socketClosed(code),
  });
  // Who cannot reach the database yet listens all the same, and lets nobody in until it has.
  await revocations.read().catch((err) => log.error({ err }, 'failed reading which tokens were revoked'));
  await listen(server, options.port, options.host);
  const { address, port, family } = server.address() as AddressInfo;

  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    async close() {
      draining = true;
      if (options.drainDelayMs) await new Promise((resolve) => setTimeout(resolve, options.drainDelayMs));
      await drain({ server, unused, sockets, hub });
      keyWatch?.close();
      await revocations.close();
      await holders.close();
      await auditor.close();
      await simulations.close();
      await webhooks.close();
      await books.close();
      await metrics.close();
      await replica?.close();
      await relay?.close();
      await broker?.close();
      await db.close();
      await tracing?.close();
    },
  };
}
