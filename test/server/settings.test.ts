import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  readDatabaseSettings,
  readSettings,
  SETTING_NAMES,
  SettingsError,
} from '../../src/server/settings.ts';

const SECRET = 'a secret that is long enough to sign with';

describe('readSettings', () => {
  test('has a default for everything', () => {
    expect(readSettings({})).toEqual({
      port: 4000,
      host: '127.0.0.1',
      databaseUrl: undefined,
      dataDir: '.data',
      databasePoolSize: 10,
      answerCacheMib: 0,
      simulationThreads: undefined,
      auditMinutes: 60,
      webhooks: { concurrency: 8, allowsPrivate: false },
      migrateOnStart: false,
      drainDelaySeconds: 0,
      tracing: null,
      logLevel: 'info',
      auth: { jwtSecret: undefined, jwksUrl: undefined, issuer: undefined, audience: undefined },
      allowedOrigins: [],
      limits: {
        traderPoints: 500,
        staffPoints: 20_000,
        anonymousPoints: 100,
        connectionsPerSubject: 250,
        unauthenticatedPerAddress: 1_000,
        subscriptions: 50_000,
      },
      proxyHops: 0,
      isProduction: false,
      metricsToken: undefined,
    });
  });

  test('reads every setting', () => {
    const env = {
      PORT: '0',
      HOST: '::1',
      DATABASE_URL: 'postgresql://me:secret@db.example.com/risk',
      DATABASE_POOL_SIZE: '100',
      ANSWER_CACHE_MIB: '64',
      SIMULATION_THREADS: '3',
      AUDIT_MINUTES: '0',
      WEBHOOK_CONCURRENCY: '2',
      WEBHOOK_PRIVATE_ADDRESSES: 'true',
      MIGRATE_ON_START: 'true',
      DRAIN_DELAY: '15',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      OTEL_SERVICE_NAME: 'venue-risk',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
      DATA_DIR: '/srv/shearwater',
      AUTH_JWT_SECRET: SECRET,
      AUTH_JWKS_URL: 'https://id.example.com/jwks.json',
      AUTH_ISSUER: 'https://id.example.com',
      AUTH_AUDIENCE: 'shearwater',
      LOG_LEVEL: 'warn',
      ALLOWED_ORIGINS: 'https://app.example.com, http://localhost:5173',
      NODE_ENV: 'production',
      PROXY_HOPS: '1',
      RATE_LIMIT_TRADER: '7',
      RATE_LIMIT_STAFF: '0',
      RATE_LIMIT_ANONYMOUS: '8',
      MAX_CONNECTIONS_PER_SUBJECT: '9',
      MAX_UNAUTHENTICATED_PER_ADDRESS: '10',
      MAX_SUBSCRIPTIONS: '11',
      METRICS_TOKEN: 'sixteen bytes of it',
      HOME: '/home/me',
    };
    expect(readSettings(env)).toEqual({
      port: 0,
      host: '::1',
      databaseUrl: 'postgresql://me:secret@db.example.com/risk',
      dataDir: '/srv/shearwater',
      databasePoolSize: 100,
      answerCacheMib: 64,
      simulationThreads: 3,
      auditMinutes: 0,
      webhooks: { concurrency: 2, allowsPrivate: true },
      migrateOnStart: true,
      drainDelaySeconds: 15,
      tracing: { endpoint: 'http://collector:4318', ratio: 0.25, serviceName: 'venue-risk' },
      logLevel: 'warn',
      auth: {
        jwtSecret: SECRET,
        jwksUrl: 'https://id.example.com/jwks.json',
        issuer: 'https://id.example.com',
        audience: 'shearwater',
      },
      allowedOrigins: ['https://app.example.com', 'http://localhost:5173'],
      limits: {
        traderPoints: 7,
        staffPoints: 0,
        anonymousPoints: 8,
        connectionsPerSubject: 9,
        unauthenticatedPerAddress: 10,
        subscriptions: 11,
      },
      proxyHops: 1,
      isProduction: true,
      metricsToken: 'sixteen bytes of it',
    });
  });

  test('takes an empty variable for one that is not set', () => {
    expect(readSettings({ PORT: '', DATABASE_URL: '', AUTH_JWT_SECRET: '' })).toEqual(readSettings({}));
  });

  test.each([
    ['PORT', '-1'],
    ['PORT', '65536'],
    ['PORT', '0x10'],
    ['PORT', ' 80'],
    ['PORT', '80.5'],
    ['HOST', 'http://localhost'],
    ['DATABASE_URL', 'mysql://localhost/risk'],
    ['DATABASE_URL', 'postgres://'],
    ['DATABASE_POOL_SIZE', '1'],
    ['DATABASE_POOL_SIZE', '101'],
    ['ANSWER_CACHE_MIB', '4097'],
    ['MIGRATE_ON_START', 'yes'],
    ['DRAIN_DELAY', '5s'],
    ['DRAIN_DELAY', '601'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.5'],
    ['AUTH_JWT_SECRET', 'é'.repeat(15)],
    ['AUTH_JWKS_URL', 'http://id.example.com/jwks.json'],
    ['AUTH_JWKS_URL', 'http://127.0.0.1.example.com/jwks.json'],
    ['AUTH_JWKS_URL', 'id.example.com'],
    ['LOG_LEVEL', 'verbose'],
    ['PROXY_HOPS', 'all'],
    ['RATE_LIMIT_TRADER', '-1'],
    ['RATE_LIMIT_STAFF', '1e6'],
    ['MAX_SUBSCRIPTIONS', 'none'],
    ['METRICS_TOKEN', 'short'],
    ['ALLOWED_ORIGINS', '*'],
    ['ALLOWED_ORIGINS', 'https://app.example.com/'],
    ['ALLOWED_ORIGINS', 'https://app.example.com,'],
  ])('refuses %s=%s', (name, value) => {
    expect(() => readSettings({ AUTH_JWT_SECRET: SECRET, [name]: value })).toThrow(
      `Wrong settings: ${name} must `,
    );
  });

  test.each(['http://localhost:9000/jwks', 'http://127.0.0.1:9000/jwks', 'http://[::1]:9000/jwks'])(
    'accepts keys from the loopback: %s',
    (url) => {
      expect(readSettings({ AUTH_JWKS_URL: url }).auth.jwksUrl).toBe(url);
    },
  );

  test('counts the bytes of the secret, not its letters', () => {
    const secret = 'é'.repeat(16);
    expect(readSettings({ AUTH_JWT_SECRET: secret }).auth.jwtSecret).toBe(secret);
  });

  test('names all that is wrong in one line and shows no secret', () => {
    const message = messageOf(() =>
      readSettings({
        PORT: 'http',
        AUTH_JWT_SECRET: 'hunter2',
        LOG_LEVEL: 'loud',
        DATABASE_URL: 'mysql://me:hunter2@db',
      }),
    );
    expect(message).toBe(
      'Wrong settings: PORT must be a number from 0 (any free port) to 65535; ' +
        'DATABASE_URL must begin with postgres:// or postgresql:// and name a server; ' +
        'AUTH_JWT_SECRET must have at least 32 bytes; ' +
        'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent',
    );
  });

  test('refuses what looks like a setting and is none', () => {
    expect(messageOf(() => readSettings({ AUTH_JWT_SECRETT: SECRET }))).toBe(
      'Wrong settings: unknown setting AUTH_JWT_SECRETT; did you mean AUTH_JWT_SECRET?',
    );
    expect(messageOf(() => readSettings({ SHEARWATER_PORT: '80' }))).toContain('did you mean PORT?');
    expect(messageOf(() => readSettings({ SHEARWATER_COLOUR: 'grey' }))).toBe(
      'Wrong settings: unknown setting SHEARWATER_COLOUR',
    );
  });

  test('refuses a database of its own without a way to sign in', () => {
    const env = { DATABASE_URL: 'postgres://localhost/risk' };
    expect(messageOf(() => readSettings(env))).toBe(
      'Wrong settings: DATABASE_URL needs AUTH_JWT_SECRET or AUTH_JWKS_URL beside it, or nobody could sign in',
    );
    expect(readSettings({ ...env, AUTH_JWT_SECRET: SECRET }).databaseUrl).toBe(env.DATABASE_URL);
    expect(readSettings({ ...env, AUTH_JWKS_URL: 'https://id.example.com/jwks' }).databaseUrl).toBe(
      env.DATABASE_URL,
    );
  });
});

test('docs/operation.md describes every setting', () => {
  const page = readFileSync(new URL('../../docs/operation.md', import.meta.url), 'utf8');
  const table = page.split('## Settings')[1]!.split('\n## ')[0]!;
  const cells = table.split('\n').map((line) => line.split(' | ')[0]!);
  const described = cells.flatMap((cell) => [...cell.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name));
  expect(described.toSorted()).toEqual([...SETTING_NAMES].toSorted());
});

describe('readDatabaseSettings', () => {
  test('asks for no way to sign in', () => {
    expect(readDatabaseSettings({ DATABASE_URL: 'postgres://localhost/risk' })).toEqual({
      databaseUrl: 'postgres://localhost/risk',
      dataDir: '.data',
      logLevel: 'info',
    });
  });

  test('refuses wrong and unknown settings too', () => {
    expect(messageOf(() => readDatabaseSettings({ LOG_LEVEL: 'loud', AUTH_SECRET: SECRET }))).toMatch(
      /^Wrong settings: unknown setting AUTH_SECRET.*; LOG_LEVEL must be one of/,
    );
  });
});

function messageOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}
