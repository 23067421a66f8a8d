import { type Path, Refusal } from '../core/refusal.ts';
import { type OpenLoss, type SettlementOutcome, settlingJointly } from '../core/settlement.ts';
import type { Steps } from '../core/steps.ts';
import { indexByAccount, type PoolBearers } from './bearers.ts';
import { checkItems } from './check.ts';
import { inSteps } from './in-steps.ts';
import { findable, type LockedPool } from './locked-pool.ts';
import type { Sql } from './transaction.ts';

/** A loss event that is still to be covered, at the deficit that its next settlement starts from. */
export interface OpenEvent {
  readonly ref: string;
  readonly deficit: bigint;
  /** What fund and operator paid for it before, net of what was given back. */
  readonly fundPaid: bigint;
  readonly operatorPaid: bigint;
  /** Where it is stored; null for a what-if. */
  readonly stored: StoredEvent | null;
}

export interface StoredEvent {
  readonly sequence: bigint;
  readonly accountNo: number;
  /** How many settlements it has been part of. */
  readonly rounds: number;
}

/** A loss event as the core settles it. */
export type Loss = OpenEvent & OpenLoss;
export type Outcome = SettlementOutcome<Loss>;

interface EventRow {
  ref: string;
  sequence: string;
  account_no: number;
  uncovered: string;
  fund_draw: string;
  operator_capital: string;
  rounds: number;
  status: string;
}

const listPath: Path = ['input', 'lossEvents'];

/** The shape of `lossEvents`, before anything is read. Null means all that are open. */
export function checkEventRefs(refs: readonly string[] | null | undefined): readonly string[] | null {
  if (refs == null) return null;
  if (refs.length === 0) {
    throw new Refusal(
      'NOTHING_TO_SETTLE',
      'The list names no loss event: leave it out to settle all that are open.',
      listPath,
    );
  }
  checkItems(refs, 'loss events', listPath);
  const seen = new Set<string>();
  refs.forEach((ref, index) => {
    if (seen.has(ref)) {
      throw new Refusal('INVALID_INPUT', 'The list names this loss event twice: keep one.', [
        ...listPath,
        index,
      ]);
    }
    seen.add(ref);
  });
  return refs;
}

/** The open events of a pool, or those named: OPEN and PARTIALLY_COVERED ones may be, in any order. */
export async function readEvents(
  sql: Sql,
  poolId: number,
  refs: readonly string[] | null,
): Promise<OpenEvent[]> {
  const columns = sql`ref, sequence, account_no, uncovered, fund_draw, operator_capital, rounds, status`;
  const rows = refs
    ? await sql<EventRow[]>`
        select ${columns} from loss_events where pool_id = ${poolId} and ref = any(${refs.filter(findable)}::text[])`
    : await sql<EventRow[]>`
        select ${columns} from loss_events where pool_id = ${poolId} and status = 'OPEN'`;
  const byRef = new Map(rows.map((row) => [row.ref, row]));
  refs?.forEach((ref, index) => {
    const status = byRef.get(ref)?.status;
    if (status === undefined) {
      throw new Refusal(
        'NOT_FOUND',
        'There is no loss event of that ref in the pool: mend the ref, or report the bankruptcy first.',
        [...listPath, index],
      );
    }
    if (status === 'SETTLED') {
      throw new Refusal('LOSS_ALREADY_SETTLED', 'This loss event is covered in full: leave it out.', [
        ...listPath,
        index,
      ]);
    }
  });
  return rows.map((row) => ({
    ref: row.ref,
    deficit: BigInt(row.uncovered),
    fundPaid: BigInt(row.fund_draw),
    operatorPaid: BigInt(row.operator_capital),
    stored: { sequence: BigInt(row.sequence), accountNo: row.account_no, rounds: row.rounds },
  }));
}

/** What settling some losses takes, read at one moment. */
export interface SettlementBook {
  readonly bearers: PoolBearers;
  readonly losses: readonly Loss[];
  /** By number, in the order of symbols; empty where losses are the whole pool's. */
  readonly symbols: ReadonlyMap<number, string>;
}

export async function readBook(
  sql: Sql,
  pool: LockedPool,
  events: readonly OpenEvent[],
  bearers: PoolBearers,
): Promise<SettlementBook> {
  const stored = events.flatMap((event) => (event.stored ? [event.stored] : []));
  const byMarket = pool.rules.scope === 'MARKET';
  const owners = pool.rules.tiers.includes('OWNER_RECOURSE')
    ? await readOwners(sql, pool, stored, bearers)
    : new Map<number, Loss['owner']>();
  const markets = byMarket
    ? await sql<{ market_no: number; symbol: string }[]>`
        select market_no, symbol from markets where pool_id = ${pool.poolId} order by symbol`
    : [];
  const marketLosses = byMarket ? await readMarketLosses(sql, pool, stored) : new Map();
  const losses = events.map((event) => ({
    ...event,
    owner: (event.stored && owners.get(event.stored.accountNo)) ?? null,
    marketLosses: (event.stored && marketLosses.get(event.stored.sequence)) ?? [],
  }));
  return { bearers, losses, symbols: new Map(markets.map((row) => [row.market_no, row.symbol])) };
}

/** The other accounts in profit of each bankrupt's owner, by the bankrupt's account number. */
async function readOwners(
  sql: Sql,
  pool: LockedPool,
  events: readonly StoredEvent[],
  bearers: PoolBearers,
): Promise<Map<number, Loss['owner']>> {
  const bankrupts = await sql<{ account_no: number; owner: string }[]>`
    select account_no, owner from accounts
    where pool_id = ${pool.poolId} and account_no = any(${events.map((event) => event.accountNo)}::int[])`;
  // Each owner's once, of however many bankrupts: an omnibus may have a hundred thousand accounts, and hundreds that failed.
  const rows = await sql<{ account_no: number; owner: string }[]>`
    select account_no, owner from accounts
    where pool_id = ${pool.poolId} and owner = any(${[...new Set(bankrupts.map(({ owner }) => owner))]}::text[])`;
  const index = indexByAccount(bearers.accountNos);
  const accountsOf = new Map(bankrupts.map(({ owner }) => [owner, [] as number[]]));
  for (const { account_no, owner } of rows) {
    const bearer = index.get(account_no);
    if (bearer !== undefined) accountsOf.get(owner)!.push(bearer);
  }
  for (const accounts of accountsOf.values()) accounts.sort((a, b) => a - b);
  return new Map(
    bankrupts.map(({ account_no, owner }) => [account_no, { name: owner, accounts: accountsOf.get(owner)! }]),
  );
}

/**
 * By what each event is divided over markets: what the bankrupt lost in which; once winners of markets bore of it and the rest
 * stayed uncovered, what each market's did not bear in the last settlement that stands.
 */
async function readMarketLosses(sql: Sql, pool: LockedPool, events: readonly StoredEvent[]) {
  const rows = await sql<{ sequence: string; market_no: number; loss: string }[]>`
    with last as (
      select s.event_sequence, max(s.sequence) as sequence from settlement_event_markets s
      left join reversals r on r.pool_id = s.pool_id and r.settlement_sequence = s.sequence
      where s.pool_id = ${pool.poolId} and s.event_sequence = any(${events.map(({ sequence }) => sequence.toString())}::bigint[])
        and r.sequence is null
      group by s.event_sequence)
    select l.sequence, l.market_no, case when t.sequence is null then l.loss else coalesce(s.loss - s.socialized, 0) end as loss
    from loss_event_markets l
    join markets m on m.pool_id = l.pool_id and m.market_no = l.market_no
    left join last t on t.event_sequence = l.sequence
    left join settlement_event_markets s on s.pool_id = l.pool_id and s.sequence = t.sequence
      and s.event_sequence = l.sequence and s.market_no = l.market_no
    where l.pool_id = ${pool.poolId} and l.sequence = any(${events.map(({ sequence }) => sequence.toString())}::bigint[])
    order by m.symbol`;
  const losses = new Map<bigint, { marketNo: number; loss: bigint }[]>();
  for (const row of rows) {
    const sequence = BigInt(row.sequence);
    const line = { marketNo: row.market_no, loss: BigInt(row.loss) };
    if (line.loss === 0n) continue;
    losses.set(sequence, [...(losses.get(sequence) ?? []), line]);
  }
  return losses;
}

/** Runs the core over a book, under the pool's rules or others. */
export function settlingBook(
  { bearers, losses, symbols }: SettlementBook,
  pool: LockedPool,
  rules: LockedPool['rules'],
): Steps<Outcome> {
  return settlingJointly({
    rules,
    fundBalance: pool.fundBalance,
    losses,
    bearers,
    marketOrder: [...symbols.keys()],
  });
}

/** What settling these losses would do now: the one computation behind settleLosses and previewSettlement. */
export async function computeSettlement(
  sql: Sql,
  pool: LockedPool,
  events: readonly OpenEvent[],
  bearers: PoolBearers,
): Promise<{ book: SettlementBook; outcome: Outcome }> {
  const book = await readBook(sql, pool, events, bearers);
  return { book, outcome: await inSteps(settlingBook(book, pool, pool.rules)) };
}
