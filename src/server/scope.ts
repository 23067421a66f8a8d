import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context as TraceContext } from '@opentelemetry/api';

/** The request or operation that something is done for. Log lines carry its id, and spans begin below its span. */
export interface Scope {
  readonly requestId: string;
  /** Null while nobody traces. */
  readonly trace: TraceContext | null;
}

const scopes = new AsyncLocalStorage<Scope>();

export const inScope = <T>(scope: Scope, work: () => T): T => scopes.run(scope, work);
export const currentScope = (): Scope | undefined => scopes.getStore();
