import { type Link, SpanKind, trace } from '@opentelemetry/api';
import { endSpan, remoteContext, type Tracing } from './tracing.ts';

/**
 * Puts the delivery of notices below the commit that they are of, whichever process made it: its NOTIFY says where it stood.
 * Further commits of the same pass are linked to it.
 */
export const tracedPass =
  (tracing: Tracing) =>
  async (traceparents: readonly string[], pass: () => Promise<void>): Promise<void> => {
    const contexts = traceparents.map(remoteContext).filter((context) => context !== null);
    // Without a NOTIFY of somebody who traces there is nothing that a span would belong to.
    const [parent, ...others] = contexts;
    if (!parent) return pass();
    const links: Link[] = others.map((context) => ({ context: trace.getSpanContext(context)! }));
    const { span } = tracing.begin('deliver notices', { parent, kind: SpanKind.CONSUMER, links });
    try {
      await pass();
      endSpan(span, 'ok', false);
    } catch (error) {
      endSpan(span, 'failed', true);
      throw error;
    }
  };
