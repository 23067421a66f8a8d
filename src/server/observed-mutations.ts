import type { Logger } from 'pino';
import type { MutationOutcome, Observed, Observer, Phase } from '../settlement/observer.ts';
import type { Metrics } from './metrics/metrics.ts';
import { currentScope } from './scope.ts';
import { endSpan, type Traced, type Tracing, traceparentOf } from './tracing.ts';

/** Seldom, and of consequence: the log has a line of each that committed. */
const OF_CONSEQUENCE: ReadonlySet<string> = new Set([
  'reportBankruptcy',
  'settleLosses',
  'liquidate',
  'recordRecovery',
  'reverseSettlement',
  'updatePoolRules',
  'haltPool',
  'resumePool',
  'withdrawFromFund',
  'startSession',
]);

export interface ObserverOptions {
  readonly metrics: Metrics;
  readonly tracing: Tracing | null;
  readonly log: Logger;
}

/** Makes metrics, spans and lines of the log of what mutations do. */
export function observeMutations(options: ObserverOptions): Observer {
  return { begin: (mutation, pool) => new ObservedMutation(options, mutation, pool) };
}

class ObservedMutation implements Observed {
  readonly #options: ObserverOptions;
  readonly #mutation: string;
  readonly #pool: string;
  readonly #traced: Traced | null;
  readonly #began = performance.now();
  #phase: { readonly name: Phase; readonly began: number; readonly traced: Traced | null } | null = null;

  constructor(options: ObserverOptions, mutation: string, pool: string) {
    this.#options = options;
    this.#mutation = mutation;
    this.#pool = pool;
    this.#traced = options.tracing?.begin(mutation, { parent: currentScope()?.trace ?? null }) ?? null;
  }

  get traceparent(): string | null {
    return this.#traced && traceparentOf(this.#traced.span);
  }

  enter(name: Phase): void {
    const now = performance.now();
    this.#leave(now);
    const traced = this.#traced && this.#options.tracing!.begin(name, { parent: this.#traced.context });
    this.#phase = { name, began: now, traced };
  }

  end(outcome: MutationOutcome, count = 0): void {
    const now = performance.now();
    this.#leave(now);
    const seconds = (now - this.#began) / 1_000;
    const { metrics, log } = this.#options;
    metrics.mutation(this.#mutation, outcome, seconds, count);
    if (this.#traced) {
      const { span } = this.#traced;
      // Of a pool that is there: what a caller merely claims is not told.
      if (outcome === 'committed')
        span.setAttributes({ 'shearwater.pool': this.#pool, 'shearwater.count': count });
      endSpan(span, outcome, outcome === 'failed');
    }
    if (outcome === 'committed' && OF_CONSEQUENCE.has(this.#mutation))
      log.info({ mutation: this.#mutation, pool: this.#pool, count, seconds }, 'committed');
  }

  #leave(now: number): void {
    if (!this.#phase) return;
    const { name, began, traced } = this.#phase;
    this.#phase = null;
    this.#options.metrics.phase(this.#mutation, name, (now - began) / 1_000);
    traced?.span.end();
  }
}
