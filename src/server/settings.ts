import { z } from 'zod';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { unknownSettings } from './unknown-settings.ts';
import { isHttpUrl, isOrigin, isSafeUrl } from './urls.ts';

export const MIN_SECRET_BYTES = 32;
const MIN_METRICS_TOKEN_BYTES = 16;

/** Settings are wrong. The message is one line that names every wrong one, and shows no secret. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code = 'BAD_SETTINGS';
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** A number written in decimal digits, and nothing else: not `0x10`, `1e3` or a blank. */
const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .refine((value) => value >= min && value <= max);

const MOST = 999_999_999;
const limit = (of: keyof Limits) =>
  must(`be a number from 0 (no limit) to ${MOST}`, whole(0, MOST).default(DEFAULT_LIMITS[of]));

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Each setting's form, and how a wrong one is explained: "PORT must be …". */
const FORMS = {
  PORT: must('be a number from 0 (any free port) to 65535', whole(0, 65_535).default(4000)),
  HOST: must(
    'be a host name or an address',
    z
      .string()
      .regex(/^[\w.:-]+$/)
      .default('127.0.0.1'),
  ),
  DATABASE_URL: must(
    'begin with postgres:// or postgresql:// and name a server',
    z
      .string()
      .regex(/^postgres(ql)?:\/\/\S+$/)
      .optional(),
  ),
  NATS_URL: must(
    'begin with nats:// or tls:// and name a NATS server',
    z
      .string()
      .regex(/^(nats|tls):\/\/\S+$/)
      .refine(URL.canParse)
      .optional(),
  ),
  READ_DATABASE_URL: must(
    'begin with postgres:// or postgresql:// and name a replica of DATABASE_URL',
    z
      .string()
      .regex(/^postgres(ql)?:\/\/\S+$/)
      .optional(),
  ),
  DATABASE_POOL_SIZE: must('be a number from 2 to 100', whole(2, 100).default(10)),
  ANSWER_CACHE_MIB: must('be a number from 0 (none) to 4096', whole(0, 4_096).default(0)),
  SIMULATION_THREADS: must('be a number from 0 (none) to 64', whole(0, 64).optional()),
  WEBHOOK_CONCURRENCY: must('be a number from 0 (none) to 64', whole(0, 64).default(8)),
  WEBHOOK_PRIVATE_ADDRESSES: must('be true or false', z.enum(['true', 'false']).default('false')),
  AUDIT_MINUTES: must('be a number from 0 (never) to 10080', whole(0, 10_080).default(60)),
  MIGRATE_ON_START: must('be true or false', z.enum(['true', 'false']).default('false')),
  DRAIN_DELAY: must('be a number of seconds from 0 to 600', whole(0, 600).default(0)),
  DATA_DIR: must(
    'be a folder',
    z
      .string()
      .regex(/^[^\0]+$/)
      .default('.data'),
  ),
  AUTH_JWT_SECRET: must(
    `have at least ${MIN_SECRET_BYTES} bytes`,
    z
      .string()
      .refine((secret) => Buffer.byteLength(secret) >= MIN_SECRET_BYTES)
      .optional(),
  ),
  AUTH_JWKS_URL: must(
    'be an https URL, or an http URL on the loopback',
    z.string().refine(isSafeUrl).optional(),
  ),
  AUTH_ISSUER: must('be text', z.string().optional()),
  AUTH_AUDIENCE: must('be text', z.string().optional()),
  NODE_ENV: must('be text', z.string().default('development')),
  PROXY_HOPS: must('be a number of proxies from 0 to 9', whole(0, 9).default(0)),
  RATE_LIMIT_TRADER: limit('traderPoints'),
  RATE_LIMIT_STAFF: limit('staffPoints'),
  RATE_LIMIT_ANONYMOUS: limit('anonymousPoints'),
  MAX_CONNECTIONS_PER_SUBJECT: limit('connectionsPerSubject'),
  MAX_UNAUTHENTICATED_PER_ADDRESS: limit('unauthenticatedPerAddress'),
  MAX_SUBSCRIPTIONS: limit('subscriptions'),
  METRICS_TOKEN: must(
    `have at least ${MIN_METRICS_TOKEN_BYTES} bytes`,
    z
      .string()
      .refine((token) => Buffer.byteLength(token) >= MIN_METRICS_TOKEN_BYTES)
      .optional(),
  ),
  LOG_LEVEL: must(`be one of ${LOG_LEVELS.join(', ')}`, z.enum(LOG_LEVELS).default('info')),
  OTEL_EXPORTER_OTLP_ENDPOINT: must(
    'be the http or https URL of a collector that takes OTLP over HTTP',
    z.string().refine(isHttpUrl).optional(),
  ),
  OTEL_SERVICE_NAME: must('be text', z.string().default('shearwater')),
  OTEL_TRACES_SAMPLER_ARG: must(
    'be a share from 0 to 1',
    z
      .string()
      .regex(/^(0(\.\d{1,9})?|1(\.0{1,9})?)$/)
      .transform(Number)
      .default(1),
  ),
  ALLOWED_ORIGINS: must(
    'be origins such as https://app.example.com, separated by commas',
    z
      .string()
      .transform(splitList)
      .refine((origins) => origins.every(isOrigin))
      .default([]),
  ),
  SHEARWATER_URL: must(
    'be the http or https URL of a server',
    z.string().refine(isHttpUrl).default('http://127.0.0.1:4000'),
  ),
  SHEARWATER_TOKEN: must('be a bearer token', z.string().regex(/^\S+$/).optional()),
};

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

function must<Form extends z.ZodType>(duty: string, form: Form): Form {
  return form.describe(duty);
}

function isSet(env: Environment, name: Name): boolean {
  return (env[name] ?? '') !== '';
}

function splitList(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}
