import type { Logger } from 'pino';
import { type ProviderKeys, readKeyIds } from '../auth/tokens.ts';
import { unauthenticated } from '../graphql/errors.ts';
import type { Connections } from './connections.ts';

export interface KeyWatchOptions {
  readonly keys: ProviderKeys;
  readonly connections: Connections;
  readonly log: Logger;
  readonly everyMs?: number | undefined;
}

const EVERY_MS = 60_000;

/**
 * Ends sockets and streams whose token was signed by a key that the provider publishes no more: it may have been stolen. While
 * the provider cannot be asked they stay: that it is away says nothing of its keys.
 */
export class KeyWatch {
  readonly #timer: NodeJS.Timeout;

  constructor({ keys, connections, log, everyMs = EVERY_MS }: KeyWatchOptions) {
    const look = async () => {
      if (!connections.some(({ keyId }) => keyId !== null)) return;
      const published = await readKeyIds(keys);
      connections.endWhere(
        ({ keyId }) => keyId !== null && !published.has(keyId),
        unauthenticated('The key that signed the token was withdrawn: sign in again.'),
      );
    };
    this.#timer = setInterval(
      () => look().catch((err) => log.warn({ err }, "failed reading the provider's keys")),
      everyMs,
    );
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
