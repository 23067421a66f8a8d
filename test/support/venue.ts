import { randomBytes } from 'node:crypto';
import type postgres from 'postgres';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';
import { Refusal } from '../../src/core/refusal.ts';
import { type Database, inTransaction, openDatabase } from '../../src/db/database.ts';
import { applyUpdates } from '../../src/settlement/apply-updates.ts';
import { type ReportBankruptcyInput, reportBankruptcy } from '../../src/settlement/bankruptcy.ts';
import { Books } from '../../src/settlement/books.ts';
import { contributeToFund } from '../../src/settlement/fund.ts';
import { type Halt, Halts } from '../../src/settlement/halts.ts';
import { lockedPool, type PoolRow } from '../../src/settlement/locked-pool.ts';
import { upsertMarkets } from '../../src/settlement/markets.ts';
import { publishMarks } from '../../src/settlement/marks.ts';
import { createPool, upsertAccounts } from '../../src/settlement/pools.ts';
import { type PositionInput, upsertPositions } from '../../src/settlement/positions.ts';
import { haltPool, updatePoolRules } from '../../src/settlement/rule-changes.ts';
import type { LossRulesInput } from '../../src/settlement/rules.ts';
import { settleLosses } from '../../src/settlement/settle.ts';
import type { Committed, Runtime } from '../../src/settlement/transaction.ts';
import { postTransfers, type TransferInput } from '../../src/settlement/transfers.ts';
import { checkInvariants } from './invariants.ts';
import { createTestDatabase, type TestDatabase } from './postgres.ts';

/** A clock that a test winds: one second further at each look. */
export class TestClock implements Clock {
  #time = Date.parse('2025-10-10T21:00:00Z');

  now(): string {
    this.#time += 1000;
    return this.at(0);
  }

  /** That many seconds from the last look. */
  at(seconds: number): string {
    return new Date(this.#time + seconds * 1000).toISOString().replace('Z', '000Z');
  }
}

export interface Venue {
  readonly sql: postgres.Sql;
  readonly db: Database;
  readonly url: string;
  readonly clock: TestClock;
  readonly runtime: Runtime;
  /** Pools that halted themselves: none, but where a test breaks sums, and takes them out. */
  readonly halts: Halt[];
}

/** A database of the test file's own, opened before its tests and checked against every invariant after them. */
export function venueForThisFile(options: { poolSize?: number } = {}): Venue {
  const venue = { clock: new TestClock(), halts: [] as Halt[] } as unknown as {
    -readonly [K in keyof Venue]: Venue[K];
  };
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    venue.url = database.url;
    venue.db = openDatabase(database.url, options);
    venue.sql = venue.db.sql;
    const own = { db: venue.db, clock: venue.clock, random: randomBytes, books: new Books() };
    const halts = new Halts({ ...own, onHalt: (halt) => venue.halts.push(halt), onError: () => {} });
    venue.runtime = { ...own, halts };
  });
  afterAll(async () => {
    const broken = venue.sql ? await checkInvariants(venue.sql) : [];
    await venue.db?.close();
    await database?.drop();
    expect(broken).toEqual([]);
    expect(venue.halts).toEqual([]);
  });
  return venue;
}

export interface RefusalSeen {
  readonly code: string;
  readonly path: readonly (string | number)[] | null;
}

/** The refusal that a call ends with; anything else, success included, is thrown. */
export async function refusalOf(call: Promise<unknown>): Promise<RefusalSeen> {
  const error = await call.then(
    (value) =>
      new Error(
        `not refused, but answered ${JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}` : v))}`,
      ),
    (error: unknown) => error,
  );
  if (!(error instanceof Refusal)) throw error;
  // A refusal is for people too: it ends as a sentence and shows nothing of the inside.
  expect(error.message).toMatch(/^\S.*\.$/s);
  expect(error.message).not.toMatch(/pool_id|account_no|constraint|\brelation|::|select /);
  return { code: error.code, path: error.path };
}

let serial = 0;
/** A key, a name or a ref that nothing else has. */
export const fresh = (word: string): string => `${word}-${++serial}`;

export interface AccountState {
  readonly status: string;
  readonly balance: bigint;
  readonly unrealized: bigint;
  readonly borne: bigint;
  readonly realized: bigint;
}

/** The market in which `profit` books: at a mark of 1 and an entry of 0, the size is the profit. */
export const PROFIT_MARKET = 'PNL';

/** One pool, spoken to as a venue does, in few words. Amounts are whole units unless they are text. */
export class PoolUnderTest {
  readonly name: string;
  readonly venue: Venue;
  readonly #accounts = new Set<string>();

  constructor(venue: Venue, name: string) {
    this.venue = venue;
    this.name = name;
  }

  static async create(
    venue: Venue,
    options: { decimals?: number; rules?: LossRulesInput } = {},
  ): Promise<PoolUnderTest> {
    const pool = new PoolUnderTest(venue, fresh('pool'));
    await createPool(venue.runtime, {
      name: pool.name,
      asset: 'USDC',
      decimals: options.decimals ?? 0,
      rules: options.rules ?? null,
    });
    await pool.market(PROFIT_MARKET);
    await pool.mark(PROFIT_MARKET, '1');
    return pool;
  }

  market(symbol: string, contractSize = '1', initialMarginRate = '0.1'): Promise<Committed> {
    const market = { symbol, contractSize, initialMarginRate, maintenanceMarginRate: '0' };
    return upsertMarkets(this.venue.runtime, { pool: this.name, markets: [market] });
  }

  mark(market: string, price: string, asOf?: string): Promise<Committed> {
    return publishMarks(this.venue.runtime, {
      pool: this.name,
      marks: [{ market, price, ...(asOf ? { asOf } : {}) }],
    });
  }

  async accounts(...refs: string[]): Promise<void> {
    const missing = refs.filter((ref) => !this.#accounts.has(ref));
    if (missing.length === 0) return;
    const accounts = missing.map((ref) => ({ ref, owner: ref }));
    await upsertAccounts(this.venue.runtime, { pool: this.name, accounts });
    for (const ref of missing) this.#accounts.add(ref);
  }

  /** Accounts by ref, each of the owner named. */
  async ownedAccounts(owners: Record<string, string>): Promise<void> {
    const accounts = Object.entries(owners).map(([ref, owner]) => ({ ref, owner }));
    await upsertAccounts(this.venue.runtime, { pool: this.name, accounts });
    for (const { ref } of accounts) this.#accounts.add(ref);
  }

  halt(): Promise<Committed> {
    return haltPool(this.venue.runtime, { pool: this.name, idempotencyKey: fresh('key'), reason: 'a test' });
  }

  rules(rules: LossRulesInput): Promise<Committed> {
    return updatePoolRules(this.venue.runtime, { pool: this.name, idempotencyKey: fresh('key'), rules });
  }

  transfers(transfers: readonly TransferInput[], idempotencyKey = fresh('key')): Promise<Committed> {
    return postTransfers(this.venue.runtime, { pool: this.name, idempotencyKey, transfers });
  }

  async transfer(account: string, kind: TransferInput['kind'], amount: number | string): Promise<Committed> {
    await this.accounts(account);
    return this.transfers([{ account, kind, amount: String(amount) }]);
  }

  positions(positions: readonly PositionInput[]): Promise<Committed> {
    return upsertPositions(this.venue.runtime, { pool: this.name, positions });
  }

  async position(
    account: string,
    market: string,
    size: number | string,
    entryPrice: number | string,
    asOf?: string,
  ) {
    await this.accounts(account);
    const line = { account, market, size: String(size), entryPrice: String(entryPrice) };
    return this.positions([asOf ? { ...line, asOf } : line]);
  }

  /** Accounts with an unrealized profit, each its own. */
  async profits(profits: Record<string, number | bigint>): Promise<void> {
    await this.accounts(...Object.keys(profits));
    await this.positions(
      Object.entries(profits).map(([account, size]) => ({
        account,
        market: PROFIT_MARKET,
        size: String(size),
        entryPrice: '0',
      })),
    );
  }

  update(
    input: Omit<Parameters<typeof applyUpdates>[1], 'pool' | 'idempotencyKey'>,
    idempotencyKey = fresh('key'),
  ) {
    return applyUpdates(this.venue.runtime, { pool: this.name, idempotencyKey, ...input });
  }

  fund(amount: number | string): Promise<Committed> {
    const input = {
      pool: this.name,
      idempotencyKey: fresh('key'),
      amount: String(amount),
      kind: 'OPERATOR_CONTRIBUTION' as const,
    };
    return contributeToFund(this.venue.runtime, input);
  }

  report(
    input: Omit<ReportBankruptcyInput, 'pool' | 'idempotencyKey'>,
    idempotencyKey = fresh('key'),
  ): Promise<Committed> {
    return reportBankruptcy(this.venue.runtime, { pool: this.name, idempotencyKey, ...input });
  }

  /** A loss event of that deficit: an account that realized it, and owns nothing else. */
  async loss(ref: string, deficit: number | bigint | string): Promise<void> {
    await this.transfer(`bankrupt-of-${ref}`, 'REALIZED_PNL', `-${deficit}`);
    await this.report({ ref, account: `bankrupt-of-${ref}` });
  }

  settle(lossEvents?: readonly string[], idempotencyKey = fresh('key')): Promise<Committed> {
    return settleLosses(this.venue.runtime, {
      pool: this.name,
      idempotencyKey,
      ...(lossEvents ? { lossEvents } : {}),
    });
  }

  // ── what the rows say ─────────────────────────────────────────────────────────────────────────────────────────

  /** Has the process keep this pool in memory, so that settlements no longer scan. */
  remember(): Promise<void> {
    const { db, runtime } = this.venue;
    return inTransaction(db, 'repeatable read read only', async (sql) => {
      const [row] = await sql<PoolRow[]>`select * from pools where name = ${this.name}`;
      await runtime.books.with(sql, lockedPool(row!), false, () => {});
    });
  }

  async poolId(): Promise<number> {
    const [row] = await this.venue.sql`select pool_id from pools where name = ${this.name}`;
    return row!.pool_id;
  }

  async sequence(): Promise<bigint> {
    const [row] = await this.venue.sql`select sequence from pools where name = ${this.name}`;
    return BigInt(row!.sequence);
  }

  async fundBalance(): Promise<bigint> {
    const [row] = await this.venue.sql`select fund_balance from pools where name = ${this.name}`;
    return BigInt(row!.fund_balance);
  }

  async account(ref: string): Promise<AccountState> {
    const [row] = await this.venue.sql`
      select * from account_state where pool_id = ${await this.poolId()} and ref = ${ref}`;
    const big = (name: string) => BigInt(row![name]);
    return {
      status: row!.status,
      balance: big('balance'),
      unrealized: big('unrealized'),
      borne: big('borne'),
      realized: big('realized'),
    };
  }

  async position1(account: string, market: string): Promise<{ size: string; cost: string } | null> {
    const [row] = await this.venue.sql`
      select trim_scale(s.size)::text as size, trim_scale(s.cost)::text as cost from positions s
      join accounts a using (pool_id, account_no) join markets m using (pool_id, market_no)
      where s.pool_id = ${await this.poolId()} and a.ref = ${account} and m.symbol = ${market}`;
    return row ? { size: row.size, cost: row.cost } : null;
  }

  /** The settlement at a sequence, with its haircuts by account. */
  async settlement({ sequence }: Committed) {
    const poolId = await this.poolId();
    const [row] = await this.venue.sql`
      select * from settlements where pool_id = ${poolId} and sequence = ${sequence.toString()}`;
    const haircuts = await this.venue.sql`
      select a.ref, h.amount, h.profit, h.cap from haircuts h join accounts a using (pool_id, account_no)
      where h.pool_id = ${poolId} and h.sequence = ${sequence.toString()} order by h.ordinal`;
    const big = (name: string) => BigInt(row![name]);
    return {
      deficit: big('deficit'),
      draw: big('fund_draw'),
      socialized: big('socialized'),
      uncovered: big('uncovered'),
      capacity: big('haircut_capacity'),
      profitTotal: big('profit_total'),
      /** What each bore it with, as its row says. */
      claims: Object.fromEntries(haircuts.map((h) => [h.ref, { w: BigInt(h.profit), cap: BigInt(h.cap) }])),
      haircuts: Object.fromEntries(haircuts.map((h) => [h.ref, BigInt(h.amount)])) as Record<string, bigint>,
    };
  }

  async event(ref: string) {
    const [row] = await this.venue.sql`
      select * from loss_events where pool_id = ${await this.poolId()} and ref = ${ref}`;
    const big = (name: string) => BigInt(row![name]);
    return {
      status: row!.status as string,
      deficit: big('deficit'),
      draw: big('fund_draw'),
      socialized: big('socialized'),
      uncovered: big('uncovered'),
      rounds: row!.rounds as number,
    };
  }
}
