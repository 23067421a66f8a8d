import pino from 'pino';
import { systemClock } from '../../src/server/clock.ts';
import { startServer } from '../../src/server/server.ts';
import type { WebhookOptions } from '../../src/server/webhooks.ts';

/** What startChildServer runs: a server with options that no setting has, and a clock that whoever started it may move. */
const { secret, ...options } = JSON.parse(process.argv[2]!) as {
  databaseUrl: string;
  secret: string;
  port?: number;
  patienceMs?: number;
  natsUrl?: string;
  holdMs?: number;
  auditMs?: number;
  webhooks?: WebhookOptions;
};
let aheadMs = 0;
process.on('message', (message: { aheadMs: number }) => {
  aheadMs = message.aheadMs;
});
const clock = {
  now(): string {
    const now = systemClock.now();
    const micros = now.slice(-4, -1);
    return new Date(Date.parse(now) + aheadMs).toISOString().replace('Z', `${micros}Z`);
  },
};
const server = await startServer({
  databasePoolSize: 5,
  host: '127.0.0.1',
  port: 0,
  auth: { jwtSecret: secret, jwksUrl: undefined, issuer: undefined, audience: undefined },
  allowedOrigins: [],
  log: pino({ level: 'warn' }),
  clock,
  ...options,
});
process.once('SIGTERM', () => void server.close().then(() => process.exit(0)));
console.log(`listens at ${server.url}`);
