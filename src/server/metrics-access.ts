import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isForwarded, isLoopback } from './address.ts';

/**
 * Who may read /metrics: whoever shows METRICS_TOKEN where one is set, and else this machine alone. What comes through a proxy on
 * the same machine comes from the loopback too, so a request that was forwarded is nobody's.
 */
export function mayReadMetrics(req: IncomingMessage, token: string | undefined): boolean {
  if (token !== undefined) return isSame(req.headers.authorization ?? '', `Bearer ${token}`);
  return isLoopback(req.socket.remoteAddress) && !isForwarded(req);
}

/** Compares in a time that does not depend on where two texts differ, nor on how long they are. */
export function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', expected, 'buffer'));
}
