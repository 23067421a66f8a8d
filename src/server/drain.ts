import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { codedError } from '../graphql/errors.ts';
import type { Hub } from '../outbox/hub.ts';

/** Sockets and streams that are closed a second: ten thousand clients come back over five seconds, and a few at once. */
export const CLOSED_PER_SECOND = 2_000;

/** How long requests under way may take before their connections are cut. */
const GRACE_MS = 30_000;

/** A request whose head has not come this long after the last connection was taken is not waited for. */
const HEAD_MS = 1_000;

/**
 * The connections of a server that carry no request. What Node calls idle leaves out those that never sent a whole head, which browsers and
 * balancers open in advance, and its limits on slow heads end with server.close().
 */
export class UnusedConnections {
  readonly #requests = new Map<Socket, number>();

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#requests.set(socket, 0);
      socket.once('close', () => this.#requests.delete(socket));
    });
    server.on('request', ({ socket }, response) => {
      this.#count(socket, 1);
      response.once('close', () => this.#count(socket, -1));
    });
    server.on('upgrade', ({ socket }) => this.#requests.delete(socket));
  }

  close(): void {
    for (const [socket, requests] of this.#requests) if (requests === 0) socket.destroy();
  }

  #count(socket: Socket, by: number): void {
    const requests = this.#requests.get(socket);
    if (requests !== undefined) this.#requests.set(socket, requests + by);
  }
}

export interface DrainOptions {
  readonly server: Server;
  readonly unused: UnusedConnections;
  readonly sockets: { close(perSecond: number): Promise<void> };
  readonly hub: Pick<Hub, 'close'>;
}

/**
 * Takes no more connections, lets requests finish, and ends sockets and streams with a reason to come back to another server.
 */
export async function drain({ server, unused, sockets, hub }: DrainOptions): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  // Sockets first: their clients take a closed socket for a reason to reconnect, and an ended stream for the end.
  await sockets.close(CLOSED_PER_SECOND);
  const reason = 'The server is shutting down: reconnect and resume after the last cursor.';
  await hub.close(codedError('RATE_LIMITED', reason), CLOSED_PER_SECOND);
  // Again and again: a stream that ends, or a request that began before the drain, leaves its connection open.
  const round = setInterval(() => unused.close(), HEAD_MS);
  const late = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await closed;
  clearInterval(round);
  clearTimeout(late);
}
