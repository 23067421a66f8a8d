import pino from 'pino';
import { startServer } from '../../src/server/server.ts';

/** What startChildServer runs: a server with options that no setting has. */
const { secret, ...options } = JSON.parse(process.argv[2]!) as {
  databaseUrl: string;
  secret: string;
  patienceMs?: number;
};
const server = await startServer({
  databasePoolSize: 5,
  host: '127.0.0.1',
  port: 0,
  auth: { jwtSecret: secret, jwksUrl: undefined, issuer: undefined, audience: undefined },
  allowedOrigins: [],
  log: pino({ level: 'warn' }),
  ...options,
});
process.once('SIGTERM', () => void server.close().then(() => process.exit(0)));
console.log(`listens at ${server.url}`);
