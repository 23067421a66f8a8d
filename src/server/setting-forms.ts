import { z } from 'zod';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { isHttpUrl, isOrigin, isSafeUrl } from './urls.ts';

export const MIN_SECRET_BYTES = 32;
const MIN_METRICS_TOKEN_BYTES = 16;

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

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Each setting's form, and how a wrong one is explained: "PORT must be …". */
export const FORMS = {
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

function must<Form extends z.ZodType>(duty: string, form: Form): Form {
  return form.describe(duty);
}

function splitList(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}
