import {
  type Attributes,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Context as TraceContext,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { parseTraceparent } from './request-id.ts';

export interface TracingOptions {
  /** Of a collector that takes OTLP over HTTP; traces go to its `/v1/traces`. */
  readonly endpoint: string;
  /** Which share of traces is recorded that no caller has decided about, 0 to 1. */
  readonly ratio: number;
  readonly serviceName: string;
  readonly version: string;
}

const CLOSE_MS = 2_000;

/** A span, and the context that those below it begin in. */
export interface Traced {
  readonly span: Span;
  readonly context: TraceContext;
}

export interface BeginOptions {
  readonly parent: TraceContext | null;
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  readonly links?: Link[];
}

/** Spans of this process, sent to a collector. Who has no Tracing makes no span and loads no SDK. */
export class Tracing {
  readonly #tracer: Tracer;
  readonly close: () => Promise<void>;

  constructor(tracer: Tracer, close: () => Promise<void>) {
    this.#tracer = tracer;
    this.close = close;
  }

  begin(name: string, { parent, kind = SpanKind.INTERNAL, attributes, links }: BeginOptions): Traced {
    const context = parent ?? ROOT_CONTEXT;
    const span = this.#tracer.startSpan(name, { kind, attributes, links }, context);
    return { span, context: trace.setSpan(context, span) };
  }
}

/** Ends a span. What failed on our side is an error; a refusal is an answer like any other. */
export function endSpan(span: Span, outcome: string, failed: boolean): void {
  span.setAttribute('shearwater.outcome', outcome);
  if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

/** The context of a caller's `traceparent`; null where it sent none that is well-formed. */
export function remoteContext(traceparent: string | undefined): TraceContext | null {
  const parsed = parseTraceparent(traceparent);
  return parsed ? trace.setSpanContext(ROOT_CONTEXT, { ...parsed, isRemote: true }) : null;
}

export function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** Loads the SDK, which only those need who trace. What else OTEL_EXPORTER_OTLP_… say, the exporter reads by itself. */
export async function startTracing(options: TracingOptions): Promise<Tracing> {
  const { endpoint, ratio, serviceName, version } = options;
  const [sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]).catch((cause) => {
    throw new Error('Traces need packages that are optional: install without --omit=optional.', { cause });
  });
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` });
  const provider = new sdk.TracerProvider({
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(ratio) }),
    resource: resourceFromAttributes({ 'service.name': serviceName, 'service.version': version }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter })],
  });
  return new Tracing(provider.getTracer('shearwater', version), async () => {
    // What a collector does not take by then is lost rather than waited for.
    const late = new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref());
    await Promise.race([provider.shutdown().catch(() => {}), late]);
  });
}
