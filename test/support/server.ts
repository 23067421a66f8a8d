import { type Client, createClient } from 'graphql-ws';
import { SignJWT } from 'jose';
import pino from 'pino';
import WebSocket from 'ws';
import type { Role } from '../../src/auth/viewer.ts';
import { type RunningServer, type ServerOptions, startServer } from '../../src/server/server.ts';
import { createTestDatabase } from './postgres.ts';

/** A secret for tests: long enough for HS256, and nowhere else. */
export const SECRET = 'a secret that is only for tests, 0123456789';

export interface Claims {
  readonly sub?: string;
  readonly roles?: readonly Role[];
  readonly pools?: readonly string[];
  /** Seconds from now. */
  readonly expiresIn?: number;
}

/** A bearer token as an identity provider would sign it. */
export function signToken({
  sub = 'someone',
  roles = [],
  pools,
  expiresIn = 3_600,
}: Claims): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  return new SignJWT({ roles, ...(pools ? { pools } : {}) })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setIssuedAt(now)
    .setExpirationTime(now + expiresIn)
    .sign(new TextEncoder().encode(SECRET));
}

export type Answer = {
  // biome-ignore lint/suspicious/noExplicitAny: a test says by its assertions what it expects of an answer.
  data?: any;
  errors?: { message: string; path?: unknown[]; extensions: { code: string } }[];
};

export interface Caller {
  readonly token: string;
  (query: string, variables?: Record<string, unknown>): Promise<Answer>;
}

export async function callerOf(url: string, claims: Claims): Promise<Caller> {
  const token = await signToken(claims);
  const call = (query: string, variables?: Record<string, unknown>) => post(url, { query, variables }, token);
  return Object.assign(call, { token });
}

export async function post(url: string, body: unknown, token: string | null): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
  });
  return (await response.json()) as Answer;
}

export interface TestServer extends RunningServer {
  readonly databaseUrl: string;
  caller(claims: Claims): Promise<Caller>;
  /** A graphql-ws client that tries once; the token is asked for at each connect. */
  socket(token: string | (() => string), options?: { retries?: number }): Client;
}

export const admin: Claims = { sub: 'root', roles: ['ADMIN'] };
export const integrator: Claims = { sub: 'venue', roles: ['INTEGRATOR'] };
export const trader = (sub: string): Claims => ({ sub, roles: ['TRADER'] });

/** A server of this process on a database of its own, with real sockets. */
export async function startTestServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const database = options.databaseUrl ? null : await createTestDatabase();
  const databaseUrl = options.databaseUrl ?? database!.url;
  const server = await startServer({
    databaseUrl,
    databasePoolSize: 5,
    host: '127.0.0.1',
    port: 0,
    auth: { jwtSecret: SECRET, jwksUrl: undefined, issuer: undefined, audience: undefined },
    allowedOrigins: [],
    log: pino({ level: 'silent' }),
    ...options,
  });
  return {
    url: server.url,
    databaseUrl,
    caller: (claims) => callerOf(server.url, claims),
    socket: (token, { retries = 0 } = {}) =>
      createClient({
        url: `${server.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        retryAttempts: retries,
        shouldRetry: () => true,
        retryWait: () => new Promise((resolve) => setTimeout(resolve, 100)),
        connectionParams: () => ({ authorization: `Bearer ${typeof token === 'string' ? token : token()}` }),
      }),
    async close() {
      await server.close();
      await database?.drop();
    },
  };
}
