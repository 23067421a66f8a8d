import type { ExecutionResult, GraphQLSchema } from 'graphql';
import { allows, mayUsePool, onlyOwner, type Viewer } from '../auth/viewer.ts';
import type { Database } from '../db/database.ts';
import { findable } from '../settlement/locked-pool.ts';
import { type PoolsOf, poolsAskedBy } from './cacheable.ts';
import type { Context } from './context.ts';
import type { Prepared } from './engine.ts';
import { printData, printedResult } from './printed.ts';

/** What is asked: a document that was prepared, one of its operations, and the coerced variables. */
export interface Asked {
  readonly prepared: Prepared;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
}

interface Entry {
  /** Of the pools before the answer was worked out. */
  readonly stamp: string;
  readonly text: string;
}

type Run = () => ExecutionResult | Promise<ExecutionResult>;
export type CacheOutcome = 'hit' | 'miss' | 'not cacheable';

export interface AnswerCacheOptions {
  readonly schema: GraphQLSchema;
  /** The one database whose answers are kept: what a replica answers is late, and never meets them. */
  readonly db: Database;
  readonly maxBytes: number;
  readonly onAnswer?: (outcome: CacheOutcome) => void;
}

/**
 * Answers to queries about pools, each kept as long as its pools stay as they are. An answer is given again only where the pools' rows
 * and sequences are what they were before it was worked out: they only ever go on, so that nothing changed since. One statement asks
 * for that each time, and no clock decides anything.
 */
export class AnswerCache {
  readonly #options: AnswerCacheOptions;
  /** By the question; the most recently used last. */
  readonly #entries = new Map<string, Entry>();
  readonly #plans = new WeakMap<Prepared, Map<string, PoolsOf | null>>();
  #bytes = 0;

  constructor(options: AnswerCacheOptions) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#bytes;
  }

  answer(asked: Asked, context: Context, run: Run): ExecutionResult | Promise<ExecutionResult> {
    const pools = this.#poolsOf(asked, context);
    if (!pools) {
      this.#options.onAnswer?.('not cacheable');
      return run();
    }
    return this.#answer(this.#questionOf(asked, context.viewer!), pools, run);
  }

  async #answer(question: string, pools: readonly string[], run: Run): Promise<ExecutionResult> {
    // Where nobody can say where the pools stand, the query says by itself what is wrong.
    const stamp = await this.#stampOf(pools).catch(() => null);
    const known = this.#entries.get(question);
    if (known && known.stamp === stamp) {
      this.#entries.delete(question);
      this.#entries.set(question, known);
      this.#options.onAnswer?.('hit');
      return printedResult(known.text);
    }
    this.#options.onAnswer?.('miss');
    const result = await run();
    if (stamp === null || result.errors) return result;
    const text = printData(result.data);
    this.#keep(question, { stamp, text });
    return printedResult(text);
  }

  /** The pools that the answer depends on; null where it depends on more, or is none that the viewer may have. */
  #poolsOf({ prepared, operationName, variables }: Asked, { db, viewer }: Context): readonly string[] | null {
    if (db !== this.#options.db || !viewer || !allows(viewer, 'read')) return null;
    const plans = this.#plans.get(prepared) ?? new Map<string, PoolsOf | null>();
    this.#plans.set(prepared, plans);
    const name = operationName ?? '';
    let plan = plans.get(name);
    if (plan === undefined) {
      plan = poolsAskedBy(this.#options.schema, prepared.document, operationName);
      plans.set(name, plan);
    }
    const pools = plan?.(variables) ?? null;
    return pools?.every((pool) => findable(pool) && mayUsePool(viewer, pool)) ? pools : null;
  }

  #questionOf({ prepared, operationName, variables }: Asked, viewer: Viewer): string {
    return JSON.stringify([prepared.number, operationName, variables, onlyOwner(viewer)]);
  }

  /**
   * Where pools stand, null where one is missing, or halted: what is mended then leaves no trace in the pool's row. xmin changes with any
   * update of a pool's row, also one that takes no sequence; the time of the last commit tells histories apart, should a restore bring the
   * same numbers again.
   */
  async #stampOf(pools: readonly string[]): Promise<string | null> {
    const { db } = this.#options;
    const { generation } = db;
    const rows = await db.sql`
      select p.pool_id, p.sequence, p.xmin::text as xmin, p.status, j.committed_at from pools p
      left join journal j on j.pool_id = p.pool_id and j.sequence = p.sequence
      where p.name = any(${pools as string[]}::text[]) order by p.pool_id`;
    if (rows.length < pools.length || rows.some(({ status }) => status !== 'ACTIVE')) return null;
    return JSON.stringify([generation, rows.map((row) => Object.values(row))]);
  }

  #keep(question: string, entry: Entry): void {
    const bytes = sizeOf(question, entry);
    const { maxBytes } = this.#options;
    this.#drop(question);
    if (bytes > maxBytes / 8) return;
    this.#entries.set(question, entry);
    this.#bytes += bytes;
    while (this.#bytes > maxBytes) this.#drop(this.#entries.keys().next().value!);
  }

  #drop(question: string): void {
    const entry = this.#entries.get(question);
    if (!entry) return;
    this.#entries.delete(question);
    this.#bytes -= sizeOf(question, entry);
  }
}

/** What an entry takes beside its objects: as texts of up to two bytes a character. */
const sizeOf = (question: string, { stamp, text }: Entry): number =>
  2 * (question.length + stamp.length + text.length) + 200;
