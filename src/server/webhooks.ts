import type { GraphQLSchema } from 'graphql';
import type { Clock } from '../core/clock.ts';
import type { Database } from '../db/database.ts';
import type { Services } from '../graphql/context.ts';
import { webhookBodies } from '../graphql/webhook-body.ts';
import { WebhookRunner } from '../webhooks/runner.ts';
import type { Metrics } from './metrics/metrics.ts';

export interface WebhookOptions {
  /** Receivers on loopback and in private networks, and over plain http. */
  readonly allowsPrivate?: boolean;
  /** Webhooks that this server delivers to at once; 0 leaves them to others. */
  readonly concurrency?: number;
  /** How long to wait after a first failure, and for an answer. */
  readonly firstRetryMs?: number;
  readonly timeoutMs?: number;
}

export interface StartOptions extends WebhookOptions {
  readonly schema: GraphQLSchema;
  readonly db: Database;
  readonly url: string;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  /** What the notices are read with; asked once a first one is delivered. */
  readonly services: () => Services;
  readonly metrics: () => Metrics;
  readonly onError: (error: unknown, doing: string) => void;
}

/** Begins to deliver to webhooks. */
export function startWebhooks({ schema, services, metrics, ...options }: StartOptions): WebhookRunner {
  let bodyOf: ReturnType<typeof webhookBodies> | null = null;
  return new WebhookRunner({
    ...options,
    policy: { allowsPrivate: options.allowsPrivate ?? false },
    concurrency: options.concurrency ?? 8,
    bodyOf: (webhook, batch) => {
      bodyOf ??= webhookBodies(schema, services());
      return bodyOf(webhook, batch);
    },
    onAttempt: (outcome, seconds, count) => metrics().webhookAttempt(outcome, seconds, count),
  });
}
