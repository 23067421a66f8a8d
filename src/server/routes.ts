import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { SpanKind } from '@opentelemetry/api';
import type { Logger } from 'pino';
import type { Metrics } from './metrics/metrics.ts';
import { mayReadMetrics } from './metrics-access.ts';
import { pathOf } from './path.ts';
import { requestIdOf } from './request-id.ts';
import { inScope, type Scope } from './scope.ts';
import { endSpan, remoteContext, type Traced, type Tracing } from './tracing.ts';

type Handler = (req: IncomingMessage, res: ServerResponse, pathname: string) => unknown;

export interface RoutesOptions {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing | null;
  readonly metricsToken: string | undefined;
  readonly graphql: Handler;
  readonly sheets: Handler;
  readonly console: Handler;
  readonly localSession: Handler;
  /** Why the process should get no requests now; null while it should. */
  readonly ready: () => Promise<string | null>;
  readonly isDraining: () => boolean;
}

/** What is asked for by name, and "other": labels of a metric may not be the callers' choice. */
const PATHS = new Set(['/graphql', '/health', '/ready', '/metrics', '/local-session', '/']);

/** What probes ask every few seconds makes no spans. */
const TRACED = new Set(['/graphql', '/sheets']);

/** Takes every request: gives it an id and a place in logs and metrics, and leads it to who answers. */
export function routes(options: RoutesOptions): RequestListener {
  const { log, metrics, metricsToken, tracing, graphql, sheets, ready, isDraining } = options;

  const route = async (req: IncomingMessage, res: ServerResponse, pathname: string): Promise<unknown> => {
    if (pathname === '/graphql') return graphql(req, res, pathname);
    if (pathname.startsWith('/sheets/')) return sheets(req, res, pathname);
    if (pathname === '/health') return text(res, 200, 'alive\n');
    if (pathname === '/ready') {
      const problem = await ready();
      return text(res, problem === null ? 200 : 503, `${problem ?? 'ready'}\n`);
    }
    if (pathname === '/metrics') {
      if (!mayReadMetrics(req, metricsToken))
        return text(res, 403, 'metrics are for METRICS_TOKEN, or for this machine\n');
      return text(res, 200, await metrics.text(), metrics.contentType);
    }
    if (pathname === '/local-session') return options.localSession(req, res, pathname);
    return options.console(req, res, pathname);
  };

  return (req, res) => {
    const pathname = pathOf(req);
    const began = performance.now();
    const path = PATHS.has(pathname) ? pathname : pathname.startsWith('/sheets/') ? '/sheets' : 'other';
    const requestId = requestIdOf(req.headers);
    const traced = tracing && TRACED.has(path) ? beginSpan(tracing, req, path, requestId) : null;
    const scope: Scope = { requestId, trace: traced?.context ?? null };
    res.setHeader('x-request-id', scope.requestId);
    if (isDraining()) res.setHeader('connection', 'close');
    res.once('close', () => {
      const seconds = (performance.now() - began) / 1_000;
      metrics.request(path, res.statusCode, seconds);
      if (traced) {
        traced.span.setAttribute('http.response.status_code', res.statusCode);
        endSpan(traced.span, res.writableFinished ? 'answered' : 'left', res.statusCode >= 500);
      }
      if (!log.isLevelEnabled('debug')) return;
      // The path without its query, which may hold variables.
      const { method } = req;
      const line = { requestId, method, path: pathname, status: res.statusCode, seconds };
      log.debug(line, res.writableFinished ? 'answered' : 'the caller left');
    });
    inScope(scope, () => route(req, res, pathname)).catch((err) => {
      inScope(scope, () => log.error({ err }, 'a request failed'));
      if (!res.headersSent) text(res, 500, 'internal error\n');
      else res.destroy();
    });
  };
}

function beginSpan(tracing: Tracing, req: IncomingMessage, path: string, requestId: string): Traced {
  const { traceparent } = req.headers;
  return tracing.begin(`${req.method} ${path}`, {
    parent: remoteContext(typeof traceparent === 'string' ? traceparent : undefined),
    kind: SpanKind.SERVER,
    attributes: { 'http.request.method': req.method!, 'url.path': path, 'shearwater.request_id': requestId },
  });
}

function text(res: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void {
  res.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' }).end(body);
}
