import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { RefusalCode } from '../../core/refusal.ts';
import type { CacheOutcome } from '../../graphql/answer-cache.ts';
import type { ErrorExtensionCode } from '../../graphql/errors.ts';
import type { MutationOutcome, Phase } from '../../settlement/observer.ts';
import { databaseGauges } from './database-gauges.ts';
import type { DatabaseFigures } from './figures.ts';
import { type ProcessSources, processGauges } from './process-gauges.ts';

/** Seconds, of what takes milliseconds, and of what may take a minute. */
const REQUEST_BUCKETS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60];
const MUTATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Of WebSocket, of graphql-transport-ws, and ours. */
const CLOSE_CODES: ReadonlySet<number> = new Set([
  1000, 1001, 1005, 1006, 1009, 1013, 4400, 4401, 4403, 4406, 4408, 4409, 4429, 4500,
]);

export type OperationKind = 'query' | 'mutation' | 'subscription';

export interface MetricsOptions extends ProcessSources {
  /** Asks the database; a scrape tells of what it last said. */
  readonly figures: DatabaseFigures;
}

/** Prometheus metrics of this process, and of the database as it sees it. docs/operation.md says what each means. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #figures: DatabaseFigures;
  readonly #showFigures: ReturnType<typeof databaseGauges>;
  readonly #showProcess: () => void;
  readonly #requests: Histogram;
  readonly #operations: Histogram;
  readonly #subscriptions: Counter;
  readonly #refusals: Counter;
  readonly #errors: Counter;
  readonly #mutations: Histogram;
  readonly #waits: Histogram;
  readonly #phases: Histogram;
  readonly #haircuts: Counter;
  readonly #selfHalts: Counter;
  readonly #closes: Counter;
  readonly #delays: Histogram;
  readonly #lagged: Counter;
  readonly #cached: Counter;
  readonly #webhookAttempts: Histogram;
  readonly #webhookNotices: Counter;

  constructor({ figures, ...sources }: MetricsOptions) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#figures = figures;
    this.#showFigures = databaseGauges(registers);
    this.#showProcess = processGauges(registers, sources);
    const histogram = (name: string, help: string, labelNames: string[], buckets = MUTATION_BUCKETS) =>
      new Histogram({ name: `shearwater_${name}`, help, labelNames, buckets, registers });
    const counter = (name: string, help: string, labelNames: string[] = []) =>
      new Counter({ name: `shearwater_${name}`, help, labelNames, registers });
    this.#requests = histogram(
      'http_request_seconds',
      'Time from request to the end of its response, by path and status.',
      ['path', 'status'],
      REQUEST_BUCKETS,
    );
    this.#operations = histogram(
      'operation_seconds',
      'Time that queries and mutations ran, on every transport; outcome is ok or error.',
      ['kind', 'outcome'],
      REQUEST_BUCKETS,
    );
    this.#subscriptions = counter('subscriptions_total', 'Subscriptions asked for; outcome is ok or error.', [
      'outcome',
    ]);
    this.#refusals = counter('refusals_total', 'Typed refusals, by code.', ['code']);
    this.#errors = counter('errors_total', 'Errors that callers were shown, by their code.', ['code']);
    this.#mutations = histogram(
      'mutation_seconds',
      'Time that mutations of a pool took, settleLosses among them; outcome is committed, replayed, refused or failed.',
      ['mutation', 'outcome'],
    );
    this.#waits = histogram(
      'mutation_wait_seconds',
      'Time that mutations waited for their turn in this process, a connection, or a pool that another process holds.',
      ['for'],
    );
    this.#phases = histogram('settlement_phase_seconds', 'Time of each phase of a settlement.', ['phase']);
    this.#haircuts = counter('haircuts_total', 'Haircuts that settlements of this process took.');
    this.#closes = counter('sockets_closed_total', 'WebSockets that closed, by close code.', ['code']);
    this.#selfHalts = counter(
      'self_halts_total',
      'Pools that this server halted because their sums did not hold.',
    );
    this.#lagged = counter(
      'lagged_queries_total',
      'Queries that said how late they may be, by what answered them.',
      ['by'],
    );
    this.#cached = counter(
      'cached_answers_total',
      'Queries while answers are kept (ANSWER_CACHE_MIB), by whether one was there.',
      ['outcome'],
    );
    this.#webhookAttempts = histogram(
      'webhook_attempt_seconds',
      'Time that attempts to deliver to a webhook took; outcome is delivered, failed or gone.',
      ['outcome'],
    );
    this.#webhookNotices = counter('webhook_notices_total', 'Notices that webhooks took.');
    this.#delays = histogram(
      'notice_delay_seconds',
      'Time from a commit until its notices were handed to the subscribers of this process.',
      [],
    );
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Answers whether or not the database does. */
  async text(): Promise<string> {
    this.#showFigures(await this.#figures.read());
    this.#showProcess();
    return this.#registry.metrics();
  }

  request(path: string, status: number, seconds: number): void {
    this.#requests.observe({ path, status }, seconds);
  }

  operation(kind: OperationKind, outcome: 'ok' | 'error', seconds: number): void {
    if (kind === 'subscription') this.#subscriptions.inc({ outcome });
    else this.#operations.observe({ kind, outcome }, seconds);
  }

  refusal(code: RefusalCode): void {
    this.#refusals.inc({ code });
  }

  error(code: ErrorExtensionCode): void {
    this.#errors.inc({ code });
  }

  mutation(mutation: string, outcome: MutationOutcome, seconds: number, count: number): void {
    this.#mutations.observe({ mutation, outcome }, seconds);
    if (mutation === 'settleLosses' && outcome === 'committed') this.#haircuts.inc(count);
  }

  phase(mutation: string, phase: Phase, seconds: number): void {
    if (phase === 'turn') this.#waits.observe({ for: 'turn' }, seconds);
    else if (phase === 'connect') this.#waits.observe({ for: 'connection' }, seconds);
    else if (phase === 'lock') this.#waits.observe({ for: 'pool' }, seconds);
    if (mutation === 'settleLosses') this.#phases.observe({ phase }, seconds);
  }

  /** @param code as it was sent or received: clients may send any, so that only those we know are labels */
  socketClosed(code: number): void {
    this.#closes.inc({ code: CLOSE_CODES.has(code) ? String(code) : 'other' });
  }

  selfHalt(): void {
    this.#selfHalts.inc();
  }

  laggedQuery(by: string): void {
    this.#lagged.inc({ by });
  }

  cachedAnswer(outcome: CacheOutcome): void {
    this.#cached.inc({ outcome });
  }

  webhookAttempt(outcome: string, seconds: number, count: number): void {
    this.#webhookAttempts.observe({ outcome }, seconds);
    if (outcome === 'delivered') this.#webhookNotices.inc(count);
  }

  /** @param committedAt when the commit was made, by the clock of the process that made it */
  handedOver(committedAt: string): void {
    this.#delays.observe(Math.max(0, Date.now() - Date.parse(committedAt)) / 1_000);
  }

  async close(): Promise<void> {
    await this.#figures.close();
  }
}
