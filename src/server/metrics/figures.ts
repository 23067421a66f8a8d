import postgres from 'postgres';
import { connectionOptions } from '../../db/database.ts';
import { afterSequence } from '../../outbox/notice.ts';

/** Of which pools there are figures by name: those with open or uncovered losses, then halted ones, then the largest funds. */
export const POOLS_SHOWN = 100;
const ASSETS_SHOWN = 50;

/** What pools come to, in units of the asset, rounded to a double: for graphs, while the ledger is exact. */
export interface PoolFigures {
  readonly asset: string;
  /** Null for all pools of an asset together. */
  readonly pool: string | null;
  readonly pools: number;
  readonly halted: number;
  readonly fund: number;
  readonly openDeficit: number;
  readonly uncovered: number;
  readonly openLosses: number;
  /** Of the oldest loss that no settlement has touched, in seconds; 0 where there is none. */
  readonly oldestOpenLoss: number;
}

export interface Figures {
  readonly pools: readonly PoolFigures[];
  readonly simulations: { readonly queued: number; readonly running: number };
  readonly webhooks: {
    readonly healthy: number;
    readonly failing: number;
    readonly disabled: number;
    /** For how long the oldest notice waits for one that does not fail to take it, in seconds; 0 where none waits. */
    readonly lag: number;
  };
  /** For how long the oldest notice waits for this process to read it, in seconds. */
  readonly outboxLag: number;
  /** How long the asking took, in seconds. */
  readonly took: number;
}

export interface FiguresOptions {
  readonly url: string;
  readonly outboxLagMs: (sql: postgres.Sql) => Promise<number>;
  readonly everyMs?: number;
  readonly timeoutMs?: number;
  readonly poolsShown?: number;
}

/**
 * What the database says, asked at most once in a while however often it is wanted, over a connection of its own: a scrape does
 * not wait behind requests, and answers without these figures where the database does not.
 */
export class DatabaseFigures {
  readonly #options: FiguresOptions;
  readonly #everyMs: number;
  readonly #timeoutMs: number;
  #client: postgres.Sql | null = null;
  #last: { readonly at: number; readonly figures: Figures | null } | null = null;
  #reading: Promise<Figures | null> | null = null;

  constructor(options: FiguresOptions) {
    this.#options = options;
    this.#everyMs = options.everyMs ?? 5_000;
    this.#timeoutMs = options.timeoutMs ?? 2_000;
  }

  /** Null where the database did not answer in time. */
  async read(): Promise<Figures | null> {
    if (this.#last && performance.now() - this.#last.at < this.#everyMs) return this.#last.figures;
    this.#reading ??= this.#ask().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async close(): Promise<void> {
    await this.#client?.end({ timeout: 1 });
  }

  async #ask(): Promise<Figures | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, this.#timeoutMs, null);
    });
    const figures = await Promise.race([this.#query().catch(() => null), late]);
    clearTimeout(timer);
    if (!figures) {
      // A connection that does not answer may never do so again.
      void this.#client?.end({ timeout: 0 });
      this.#client = null;
    }
    this.#last = { at: performance.now(), figures };
    return figures;
  }

  async #query(): Promise<Figures> {
    const options = connectionOptions();
    this.#client ??= postgres(this.#options.url, {
      ...options,
      connection: { ...options.connection, statement_timeout: this.#timeoutMs },
      max: 1,
      idle_timeout: 60,
      connect_timeout: Math.ceil(this.#timeoutMs / 1_000),
    });
    const sql = this.#client;
    const began = performance.now();
    const [pools, [simulations], [webhooks], outboxLagMs] = await Promise.all([
      readPools(sql, this.#options.poolsShown ?? POOLS_SHOWN),
      sql<{ queued: number; running: number }[]>`
        select count(*) filter (where status = 'QUEUED')::int as queued, count(*) filter (where status = 'RUNNING')::int as running
        from simulations where status in ('QUEUED', 'RUNNING')`,
      readWebhooks(sql),
      this.#options.outboxLagMs(sql),
    ]);
    const took = (performance.now() - began) / 1_000;
    return { pools, simulations: simulations!, webhooks: webhooks!, outboxLag: outboxLagMs / 1_000, took };
  }
}

/** A webhook that stands within a sequence has yet to take notices of that very sequence. */
function readWebhooks(sql: postgres.Sql): Promise<Figures['webhooks'][]> {
  const whole = afterSequence(0n).ordinal;
  return sql<Figures['webhooks'][]>`
    select count(*) filter (where enabled and failures = 0)::int as healthy,
      count(*) filter (where enabled and failures > 0)::int as failing, count(*) filter (where not enabled)::int as disabled,
      greatest(0, extract(epoch from clock_timestamp() - min(n.since)))::float8 as lag
    from webhooks w left join lateral (
      select case w.stream
        when 'MARGIN_ALERTS' then (select a.raised_at from margin_alerts a
          where a.pool_id = w.pool_id and a.alert_no >= w.sequence + (w.ordinal >= ${whole}::int)::int order by a.alert_no limit 1)
        else (select o.committed_at from outbox o
          where o.pool_id = w.pool_id and o.sequence >= w.sequence + (w.ordinal >= ${whole}::int)::int order by o.sequence limit 1)
        end as since) n on w.enabled and w.failures = 0`;
}

/** Sums by asset, and the pools that are shown by name, in one pass: each pool's losses are found by an index. */
function readPools(sql: postgres.Sql, shown: number): Promise<PoolFigures[]> {
  return sql<PoolFigures[]>`
    with figures as materialized (
      select p.asset, p.name, (p.status = 'HALTED')::int as halted, p.fund_balance / 10 ^ p.decimals::numeric as fund,
        coalesce(l.open, 0) / 10 ^ p.decimals::numeric as open, coalesce(l.uncovered, 0) / 10 ^ p.decimals::numeric as uncovered,
        l.losses, extract(epoch from clock_timestamp() - l.oldest) as age
      from pools p cross join lateral (
        select sum(e.uncovered) filter (where e.status = 'OPEN') as open,
          sum(e.uncovered) filter (where e.status = 'PARTIALLY_COVERED') as uncovered,
          count(*) filter (where e.status = 'OPEN') as losses, min(e.opened_at) filter (where e.status = 'OPEN') as oldest
        from loss_events e where e.pool_id = p.pool_id and e.status in ('OPEN', 'PARTIALLY_COVERED')) as l)
    (select asset, null as pool, count(*)::int as pools, sum(halted)::int as halted, sum(fund)::float8 as fund,
       sum(open)::float8 as "openDeficit", sum(uncovered)::float8 as uncovered, sum(losses)::int as "openLosses",
       greatest(0, max(age))::float8 as "oldestOpenLoss"
     from figures group by asset order by count(*) desc, asset limit ${ASSETS_SHOWN})
    union all
    (select asset, name, 1, halted, fund::float8, open::float8, uncovered::float8, losses::int, greatest(0, age)::float8
     from figures order by (open + uncovered > 0) desc, halted desc, open + uncovered desc, fund desc, name limit ${shown})`;
}
