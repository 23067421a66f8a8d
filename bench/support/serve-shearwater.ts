import pino from 'pino';
import { NO_LIMITS } from '../../src/server/limits.ts';
import { startServer } from '../../src/server/server.ts';
import { onOrder } from './serve.ts';

onOrder(({ databaseUrl, secret, answerCacheMib = 0 }) =>
  startServer({
    databaseUrl,
    databasePoolSize: 10,
    answerCacheMib,
    host: '127.0.0.1',
    port: 0,
    auth: { jwtSecret: secret, jwksUrl: undefined, issuer: undefined, audience: undefined },
    allowedOrigins: [],
    // Thousands of requests a second and ten thousand sockets with one token are what is measured.
    limits: NO_LIMITS,
    log: pino({ level: 'warn' }, pino.destination(2)),
  }),
);
