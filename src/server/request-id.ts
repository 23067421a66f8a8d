import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const REQUEST_ID = /^[\w.:@/+=-]{1,128}$/;
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-|$)/;
const MAX_OPERATION_ID = 64;

/** The fields of a W3C trace context's `traceparent`; null where it is none. */
export function parseTraceparent(
  header: string | undefined,
): { readonly traceId: string; readonly spanId: string; readonly traceFlags: number } | null {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(header ?? '') ?? [];
  return flags === undefined
    ? null
    : { traceId: traceId!, spanId: spanId!, traceFlags: Number.parseInt(flags, 16) };
}

/** What the caller calls its request by, where that is well-formed; its trace's id; or else an id of our own. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const own = headers['x-request-id'];
  if (typeof own === 'string' && REQUEST_ID.test(own)) return own;
  const traceparent = headers.traceparent;
  return parseTraceparent(typeof traceparent === 'string' ? traceparent : undefined)?.traceId ?? randomUUID();
}

/** An operation on a socket, by the id that the client gave it. */
export const operationIdOf = (socketId: string, id: string): string =>
  `${socketId}/${id.slice(0, MAX_OPERATION_ID)}`;
