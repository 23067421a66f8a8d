/** How a mutation ended. A replay answered what its key had answered before. */
export type MutationOutcome = 'committed' | 'replayed' | 'refused' | 'failed';

/**
 * What a mutation is at, one after the other: waiting for its turn among those of this process, for a connection, for the pool's
 * lock, then its work and the commit. A settlement's work is to read, to allocate, to write, and to append the notice.
 */
export type Phase =
  | 'turn'
  | 'connect'
  | 'lock'
  | 'work'
  | 'read'
  | 'allocate'
  | 'write'
  | 'notice'
  | 'commit';

/** One mutation under way. */
export interface Observed {
  /** What was done until now is over, and this begins. */
  enter(phase: Phase): void;
  /** Where the mutation stands in a distributed trace, by W3C Trace Context; null while nobody traces. */
  readonly traceparent: string | null;
  /** @param count what it committed, in its own items: a settlement's are haircuts */
  end(outcome: MutationOutcome, count?: number): void;
}

/** Is told what mutations do while they do it. What becomes of it, metrics or traces, is not this room's business. */
export interface Observer {
  begin(mutation: string, pool: string): Observed;
}

const NOBODY: Observed = { enter() {}, traceparent: null, end() {} };

export const UNOBSERVED: Observer = { begin: () => NOBODY };
