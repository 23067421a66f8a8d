import type { z } from 'zod';
import type { Limits } from './limits.ts';
import { FORMS, type LOG_LEVELS } from './setting-forms.ts';
import { unknownSettings } from './unknown-settings.ts';

/** Settings are wrong. The message is one line that names every wrong one, and shows no secret. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code = 'BAD_SETTINGS';
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The name of every setting. */
export const SETTING_NAMES = Object.keys(FORMS);

type Forms = typeof FORMS;
type Name = keyof Forms;
type Values = { [N in Name]: z.output<Forms[N]> };

const DATABASE_NAMES = ['DATABASE_URL', 'DATA_DIR', 'LOG_LEVEL'] as const satisfies readonly Name[];

const CLIENT_NAMES = ['SHEARWATER_URL', 'SHEARWATER_TOKEN'] as const satisfies readonly Name[];

export interface ClientSettings {
  readonly url: string;
  readonly token: string | undefined;
}

export interface DatabaseSettings {
  /** An existing PostgreSQL; the embedded one in `dataDir` when undefined. */
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

export interface AuthSettings {
  /** HS256. Undefined with an embedded database means: the secret in DATA_DIR, unless there is a `jwksUrl`. */
  readonly jwtSecret: string | undefined;
  readonly jwksUrl: string | undefined;
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
}

export interface TracingSettings {
  readonly endpoint: string;
  readonly ratio: number;
  readonly serviceName: string;
}

export interface Settings extends DatabaseSettings {
  /** 0: any free port. */
  readonly port: number;
  readonly host: string;
  /** A replica, for queries that say how late they may be. */
  readonly readDatabaseUrl: string | undefined;
  /** A message broker; undefined for none. */
  readonly natsUrl: string | undefined;
  readonly databasePoolSize: number;
  /** Memory for answers that are given again while their pools stay as they are. */
  readonly answerCacheMib: number;
  /** Threads that run simulations; 0 leaves them to other processes, undefined is one less than there are cores. */
  readonly simulationThreads: number | undefined;
  /** Webhooks that are delivered to at once, 0 for none; and whether to private addresses and over plain http too. */
  readonly webhooks: { readonly concurrency: number; readonly allowsPrivate: boolean };
  /** How long after a pool was added up it is added up again; 0 for never. */
  readonly auditMinutes: number;
  /** Whether the server applies the migrations to DATABASE_URL before it listens; the embedded database always has them. */
  readonly migrateOnStart: boolean;
  /** How long the process still serves once it says that it is not ready. */
  readonly drainDelaySeconds: number;
  /** Where traces go; null for nowhere. */
  readonly tracing: TracingSettings | null;
  readonly auth: AuthSettings;
  /** Origins whose pages may call the API from a browser, besides our own. */
  readonly allowedOrigins: readonly string[];
  readonly limits: Limits;
  /** Proxies of the operator's own that stand before the process. */
  readonly proxyHops: number;
  readonly isProduction: boolean;
  readonly metricsToken: string | undefined;
}

/** The server's settings. Nothing else reads the environment. An empty variable counts as not set. */
export function readSettings(env: Environment = process.env): Settings {
  const faults = unknownSettings(env, Object.keys(FORMS));
  const values = parse(env, Object.keys(FORMS) as Name[], faults);
  if (isSet(env, 'DATABASE_URL') && !isSet(env, 'AUTH_JWT_SECRET') && !isSet(env, 'AUTH_JWKS_URL')) {
    faults.push('DATABASE_URL needs AUTH_JWT_SECRET or AUTH_JWKS_URL beside it, or nobody could sign in');
  }
  refuse(faults);
  return {
    ...databaseSettings(values),
    port: values.PORT,
    host: values.HOST,
    readDatabaseUrl: values.READ_DATABASE_URL,
    natsUrl: values.NATS_URL,
    databasePoolSize: values.DATABASE_POOL_SIZE,
    answerCacheMib: values.ANSWER_CACHE_MIB,
    simulationThreads: values.SIMULATION_THREADS,
    webhooks: {
      concurrency: values.WEBHOOK_CONCURRENCY,
      allowsPrivate: values.WEBHOOK_PRIVATE_ADDRESSES === 'true',
    },
    auditMinutes: values.AUDIT_MINUTES,
    migrateOnStart: values.MIGRATE_ON_START === 'true',
    drainDelaySeconds: values.DRAIN_DELAY,
    tracing: values.OTEL_EXPORTER_OTLP_ENDPOINT
      ? {
          endpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT,
          ratio: values.OTEL_TRACES_SAMPLER_ARG,
          serviceName: values.OTEL_SERVICE_NAME,
        }
      : null,
    auth: {
      jwtSecret: values.AUTH_JWT_SECRET,
      jwksUrl: values.AUTH_JWKS_URL,
      issuer: values.AUTH_ISSUER,
      audience: values.AUTH_AUDIENCE,
    },
    allowedOrigins: values.ALLOWED_ORIGINS,
    limits: {
      traderPoints: values.RATE_LIMIT_TRADER,
      staffPoints: values.RATE_LIMIT_STAFF,
      anonymousPoints: values.RATE_LIMIT_ANONYMOUS,
      connectionsPerSubject: values.MAX_CONNECTIONS_PER_SUBJECT,
      unauthenticatedPerAddress: values.MAX_UNAUTHENTICATED_PER_ADDRESS,
      subscriptions: values.MAX_SUBSCRIPTIONS,
    },
    proxyHops: values.PROXY_HOPS,
    isProduction: values.NODE_ENV === 'production',
    metricsToken: values.METRICS_TOKEN,
  };
}

/** What a command that only works on the database needs: migrating asks for no way to sign in. */
export function readDatabaseSettings(env: Environment = process.env): DatabaseSettings {
  const faults = unknownSettings(env, Object.keys(FORMS));
  const values = parse(env, DATABASE_NAMES, faults);
  refuse(faults);
  return databaseSettings(values);
}

/** What a command that asks a server needs: where it is, and a token, unless there is a secret here to sign one with. */
export function readClientSettings(env: Environment = process.env): ClientSettings {
  const faults = unknownSettings(env, Object.keys(FORMS));
  const values = parse(env, CLIENT_NAMES, faults);
  refuse(faults);
  return { url: values.SHEARWATER_URL, token: values.SHEARWATER_TOKEN };
}

function databaseSettings(values: Pick<Values, (typeof DATABASE_NAMES)[number]>): DatabaseSettings {
  return { databaseUrl: values.DATABASE_URL, dataDir: values.DATA_DIR, logLevel: values.LOG_LEVEL };
}

/** Parses the named settings; what is wrong is added to `faults`, and its value is then missing. */
function parse<N extends Name>(env: Environment, names: readonly N[], faults: string[]): Pick<Values, N> {
  const values: Partial<Record<Name, unknown>> = {};
  for (const name of names) {
    const result = FORMS[name].safeParse(isSet(env, name) ? env[name] : undefined);
    if (result.success) values[name] = result.data;
    else faults.push(`${name} must ${FORMS[name].description}`);
  }
  return values as Pick<Values, N>;
}

function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw new SettingsError(`Wrong settings: ${faults.join('; ')}`);
}

function isSet(env: Environment, name: Name): boolean {
  return (env[name] ?? '') !== '';
}
