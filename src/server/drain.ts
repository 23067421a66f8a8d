import type { Server } from 'node:http';
import { codedError } from '../graphql/errors.ts';
import type { Hub } from '../outbox/hub.ts';

/** Sockets and streams that are closed a second: ten thousand clients come back over five seconds, and a few at once. */
export const CLOSED_PER_SECOND = 2_000;

/** How long requests under way may take before their connections are cut. */
const GRACE_MS = 30_000;

export interface DrainOptions {
  readonly server: Server;
  readonly sockets: { close(perSecond: number): Promise<void> };
  readonly hub: Pick<Hub, 'close'>;
}

/**
 * Takes no more connections, lets requests finish, and ends sockets and streams with a reason to come back to another server.
 */
export async function drain({ server, sockets, hub }: DrainOptions): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  // Sockets first: their clients take a closed socket for a reason to reconnect, and an ended stream for the end.
  await sockets.close(CLOSED_PER_SECOND);
  const reason = 'The server is shutting down: reconnect and resume after the last cursor.';
  await hub.close(codedError('RATE_LIMITED', reason), CLOSED_PER_SECOND);
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await closed;
  clearTimeout(late);
}
