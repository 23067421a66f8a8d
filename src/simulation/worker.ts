import type { SimulationBook } from './book.ts';
import { type BatchResult, BatchRunner } from './engine/batch.ts';
import type { RunSpec } from './engine/spec.ts';

export interface BatchTask {
  /** Of the run: what a thread keeps from one batch to the next. */
  readonly run: string;
  readonly spec: RunSpec;
  readonly book: SimulationBook;
  readonly batch: number;
}

let kept: { readonly run: string; readonly runner: BatchRunner } | null = null;

/** What a thread of the pool does. */
export default function runBatch({ run, spec, book, batch }: BatchTask): BatchResult {
  if (kept?.run !== run) kept = { run, runner: new BatchRunner(spec, book) };
  return kept.runner.run(batch);
}
