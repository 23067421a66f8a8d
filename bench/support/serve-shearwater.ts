import pino from 'pino';
import { startServer } from '../../src/server/server.ts';
import { onOrder } from './serve.ts';

onOrder(({ databaseUrl, secret }) =>
  startServer({
    databaseUrl,
    databasePoolSize: 10,
    host: '127.0.0.1',
    port: 0,
    auth: { jwtSecret: secret, jwksUrl: undefined, issuer: undefined, audience: undefined },
    allowedOrigins: [],
    log: pino({ level: 'warn' }, pino.destination(2)),
  }),
);
