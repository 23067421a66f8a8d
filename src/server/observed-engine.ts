import {
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
} from 'graphql';
import type { Logger } from 'pino';
import { Engine, type EngineOptions } from '../graphql/engine.ts';
import { allowedLag } from '../graphql/max-lag.ts';
import type { Metrics, OperationKind } from './metrics/metrics.ts';
import type { ObserverOptions } from './observed-mutations.ts';
import type { Replica } from './replica.ts';
import { currentScope, inScope } from './scope.ts';
import { endSpan, type Tracing } from './tracing.ts';

/** The engine, with metrics and spans of what it runs: no transport can run anything past them. */
export class ObservedEngine extends Engine {
  readonly #metrics: Metrics;
  readonly #tracing: Tracing | null;
  readonly #replica: Replica | null;
  readonly #log: Logger;

  constructor(
    schema: GraphQLSchema,
    { metrics, tracing, log }: ObserverOptions,
    { replica, ...options }: EngineOptions & { readonly replica: Replica | null },
  ) {
    super(schema, options);
    this.#metrics = metrics;
    this.#tracing = tracing;
    this.#replica = replica;
    this.#log = log;
  }

  override execute(args: ExecutionArgs): Promise<ExecutionResult> | ExecutionResult {
    return this.#observe(args, () => this.#execute(args));
  }

  override subscribe(args: ExecutionArgs): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    return Promise.resolve(this.#observe(args, () => super.subscribe(args)));
  }

  #execute(args: ExecutionArgs): Promise<ExecutionResult> | ExecutionResult {
    const lag = allowedLag(args);
    if (lag instanceof GraphQLError) return { errors: [lag] };
    if (lag === null || !this.#replica) return super.execute(args);
    return this.#replica.answer(lag, args, (at) => super.execute(at));
  }

  /** A subscription ends for this once it is open, or refused. */
  #observe<T extends object>(args: ExecutionArgs, run: () => T | Promise<T>): T | Promise<T> {
    const began = performance.now();
    const operation = getOperationAST(args.document, args.operationName);
    const kind: OperationKind = operation?.operation ?? 'query';
    const traced = this.#tracing && this.#beginSpan(this.#tracing, kind, operation?.name?.value);
    const done = (result: T | null): void => {
      const outcome = result && !('errors' in result && result.errors) ? 'ok' : 'error';
      const seconds = (performance.now() - began) / 1_000;
      this.#metrics.operation(kind, outcome, seconds);
      if (this.#log.isLevelEnabled('debug'))
        this.#log.debug({ kind, name: operation?.name?.value, outcome, seconds }, 'ran');
      if (traced) endSpan(traced.span, outcome, result === null);
    };
    const result = traced ? inScope(traced.scope, run) : run();
    if (!(result instanceof Promise)) {
      done(result);
      return result;
    }
    return result.then(
      (value) => {
        done(value);
        return value;
      },
      (error) => {
        done(null);
        throw error;
      },
    );
  }

  #beginSpan(tracing: Tracing, kind: OperationKind, name: string | undefined) {
    const scope = currentScope();
    const { span, context } = tracing.begin(name ? `${kind} ${name}` : kind, {
      parent: scope?.trace ?? null,
      attributes: {
        'graphql.operation.type': kind,
        ...(name ? { 'graphql.operation.name': name } : {}),
        ...(scope ? { 'shearwater.request_id': scope.requestId } : {}),
      },
    });
    return { span, scope: { requestId: scope?.requestId ?? '', trace: context } };
  }
}
