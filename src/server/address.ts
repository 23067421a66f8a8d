import type { IncomingMessage } from 'node:http';

/** Headers by which a proxy says for whom it asks. */
const FORWARDED = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'via',
];

export const isForwarded = ({ headers }: IncomingMessage): boolean =>
  FORWARDED.some((name) => headers[name] !== undefined);

export const isLoopback = (address: string | undefined): boolean =>
  address === '::1' || /^(::ffff:)?127\./.test(address ?? '');

/**
 * Where a request comes from, to count by. Behind so many proxies of the operator's own it is what the outermost of them wrote
 * into X-Forwarded-For; what stands before that is the caller's invention. Of IPv6 the network counts: a customer has all of one.
 */
export function addressOf({ socket, headers }: IncomingMessage, proxyHops: number): string {
  const direct = socket.remoteAddress ?? '';
  const named = String(headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((part) => part.trim());
  const address = proxyHops === 0 ? direct : named.at(-proxyHops) || direct;
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '').slice(0, 64);
  return plain.includes(':') ? network(plain) : plain;
}

/** The first 64 bits, as four groups. */
function network(address: string): string {
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after.length);
  return [...groups, ...Array<string>(missing).fill('0'), ...after].slice(0, 4).join(':');
}
