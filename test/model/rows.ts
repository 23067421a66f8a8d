import { expect } from 'vitest';
import { toJson } from '../../src/core/proof/format.ts';
import { verifyProof } from '../../src/core/proof/verify-proof.ts';
import { verifySheet } from '../../src/core/proof/verify-sheet.ts';
import { haircutRow } from '../../src/db/rows.ts';
import { sha256 } from '../../src/settlement/commitment.ts';
import { storedValue } from '../../src/settlement/positions.ts';
import { readProofs } from '../../src/settlement/proofs.ts';
import { quantity } from '../../src/settlement/quantity.ts';
import { openSheet, sheetNdjson } from '../../src/settlement/sheet.ts';
import type { PoolUnderTest } from '../support/venue.ts';

/** What the rows say, in the shapes of the model. */

type Row = Record<string, string>;

const big = (text: string | null | undefined): bigint | null => (text == null ? null : BigInt(text));
const bigs = <Name extends string>(row: Row, names: Record<Name, string>) =>
  Object.fromEntries(Object.entries<string>(names).map(([name, column]) => [name, big(row[column])]));

const SHARE = {
  recourse: 'recourse',
  operatorCapital: 'operator_capital',
  fundDraw: 'fund_draw',
  socialized: 'socialized',
};

/** The picture that the model has of itself. */
export async function pictureOf(pool: PoolUnderTest) {
  const { sql } = pool.venue;
  const id = await pool.poolId();
  const [[row], accounts, positions, events, lost] = await Promise.all([
    sql<Row[]>`
      select *, trim_scale(max_leverage)::text as leverage, trim_scale(max_haircut_rate)::text as rate,
             trim_scale(liquidation_fee_rate)::text as fee_rate, trim_scale(liquidator_share)::text as share
      from pools where pool_id = ${id}`,
    sql<Row[]>`select *, trim_scale(max_haircut_rate)::text as cap from account_state where pool_id = ${id}`,
    sql<Row[]>`
      select a.ref, m.symbol, s.size, s.cost from positions s join accounts a using (pool_id, account_no)
      join markets m using (pool_id, market_no) where s.pool_id = ${id}`,
    sql<Row[]>`select * from loss_events where pool_id = ${id}`,
    sql<Row[]>`
      select e.ref, m.symbol, l.loss from loss_event_markets l join loss_events e using (pool_id, sequence)
      join markets m using (pool_id, market_no) where l.pool_id = ${id}`,
  ]);
  const byRef = <T>(rows: readonly Row[], say: (row: Row) => T) =>
    Object.fromEntries(rows.map((row) => [row.ref, say(row)]));
  const own = (rows: readonly Row[], { ref }: Row) => rows.filter((other) => other.ref === ref);
  return {
    ...bigs(row!, { sequence: 'sequence', session: 'session_sequence', fund: 'fund_balance' }),
    status: row!.status,
    rulesVersion: row!.rules_version,
    rules: {
      ...bigs(row!, { fundReserve: 'fund_reserve', fundCap: 'fund_cap', operatorCap: 'operator_cap' }),
      tiers: row!.tiers!.slice(1, -1).split(','),
      method: row!.method,
      leverageExponent: row!.leverage_exponent,
      maxLeverage: row!.leverage,
      profitBasis: row!.profit_basis,
      scope: row!.scope,
      overflow: row!.overflow,
      maxHaircutRate: row!.rate,
      withdrawals: row!.withdrawals_while_loss_open,
      positionSource: row!.position_source,
      liquidationOrder: row!.liquidation_order,
      liquidationFeeRate: row!.fee_rate,
      liquidatorShare: row!.share,
      liquidatorAccount: row!.liquidator_account,
    },
    accounts: byRef(accounts, (a) => ({
      ...bigs(a, { balance: 'balance', unrealized: 'unrealized', borne: 'borne', realized: 'realized' }),
      status: a.status,
      owner: a.owner,
      gain: a.status === 'ACTIVE' ? big(a.gain) : null,
      cap: a.cap,
      lastNotice: big(a.last_notice_sequence),
    })),
    positions: byRef(accounts, (a) =>
      Object.fromEntries(
        own(positions, a).map((p) => [p.symbol, { size: quantity(p.size!), cost: storedValue(p.cost!) }]),
      ),
    ),
    events: byRef(events, (e) => ({
      ...bigs(e, { ...SHARE, deficit: 'deficit', uncovered: 'uncovered', recovered: 'recovered' }),
      status: e.status,
      rounds: e.rounds,
      standing: e.standing,
      lost: Object.fromEntries(own(lost, e).map((l) => [l.symbol, big(l.loss)])),
    })),
  };
}

interface At {
  readonly poolId: number;
  readonly sequence: bigint;
}

/** The rows of haircuts at a sequence, in their order. */
export async function noticesOf({ venue }: PoolUnderTest, { poolId, sequence }: At) {
  const rows = await venue.sql<Row[]>`
    select h.*, coalesce(recourse, 0) as of_owner, a.ref from haircuts h join accounts a using (pool_id, account_no)
    where h.pool_id = ${poolId} and h.sequence = ${sequence.toString()} order by h.ordinal`;
  return rows.map((h) => ({
    ...bigs(h, {
      restores: 'restores',
      amount: 'amount',
      recourse: 'of_owner',
      previous: 'previous_sequence',
    }),
    ...bigs(h, { balance: 'balance_after', borne: 'borne_after', realized: 'realized_after' }),
    account: h.ref,
    claim: h.restores === null ? bigs(h, { w: 'profit', cap: 'cap' }) : null,
  }));
}

/** A settlement with its events' shares, in byte order of their refs. */
export async function settlementOf({ venue }: PoolUnderTest, { poolId, sequence }: At) {
  const [row] = await venue.sql<Row[]>`
    select * from settlements where pool_id = ${poolId} and sequence = ${sequence.toString()}`;
  const shares = await venue.sql<Row[]>`
    select s.*, e.ref from settlement_events s join loss_events e on e.pool_id = s.pool_id and e.sequence = s.event_sequence
    where s.pool_id = ${poolId} and s.sequence = ${sequence.toString()} order by e.ref`;
  return {
    ...bigs(row!, { ...SHARE, deficit: 'deficit', residual: 'residual', uncovered: 'uncovered' }),
    ...bigs(row!, { capacity: 'haircut_capacity', profitTotal: 'profit_total' }),
    rulesVersion: row!.rules_version,
    shares: shares.map((s) => ({ ref: s.ref, ...bigs(s, { ...SHARE, uncovered: 'uncovered' }) })),
  };
}

/** What a commit returned of whose share in which settlement, oldest settlement first. */
export async function returnedAt({ venue }: PoolUnderTest, { poolId, sequence }: At) {
  const rows = await venue.sql<Row[]>`
    select r.*, e.ref from returned_shares r join loss_events e on e.pool_id = r.pool_id and e.sequence = r.event_sequence
    where r.pool_id = ${poolId} and r.sequence = ${sequence.toString()} order by settlement_sequence, e.ref`;
  return rows.map((r) => ({ event: r.ref, ...bigs(r, { settlement: 'settlement_sequence', ...SHARE }) }));
}

/** The fills of a commit, in their order. */
export async function fillsOf({ venue }: PoolUnderTest, { poolId, sequence }: At) {
  const rows = await venue.sql<Row[]>`
    select f.*, a.ref, m.symbol from fills f join accounts a using (pool_id, account_no) join markets m using (pool_id, market_no)
    where f.pool_id = ${poolId} and f.sequence = ${sequence.toString()} order by f.ordinal`;
  return rows.map((f) => ({
    ...{
      trade: f.trade,
      account: f.ref,
      symbol: f.symbol,
      size: quantity(f.size!),
      price: quantity(f.price!),
    },
    ...bigs(f, { fee: 'fee', realized: 'realized' }),
  }));
}

/** A liquidation, with what it closed in its order. */
export async function liquidationOf({ venue }: PoolUnderTest, { poolId, sequence }: At) {
  const [row] = await venue.sql<Row[]>`
    select l.*, trim_scale(fee_rate)::text as rate, a.ref as account, t.ref as takeover, f.ref as liquidator, e.ref as event
    from liquidations l join accounts a using (pool_id, account_no)
    join accounts t on t.pool_id = l.pool_id and t.account_no = l.takeover_account_no
    left join accounts f on f.pool_id = l.pool_id and f.account_no = l.liquidator_account_no
    left join loss_events e on e.pool_id = l.pool_id and e.sequence = l.loss_sequence
    where l.pool_id = ${poolId} and l.sequence = ${sequence.toString()}`;
  const closes = await venue.sql<Row[]>`
    select c.*, m.symbol from liquidation_closes c join markets m using (pool_id, market_no)
    where c.pool_id = ${poolId} and c.sequence = ${sequence.toString()} order by c.ordinal`;
  const { account, takeover, liquidator, event, rate: feeRate } = row!;
  return {
    ...{ account, takeover, liquidator, event, feeRate },
    ...bigs(row!, { fee: 'fee', fundFee: 'fund_fee', liquidatorFee: 'liquidator_fee', realized: 'realized' }),
    ...bigs(row!, { equityBefore: 'equity_before', equityAfter: 'equity_after' }),
    healthBefore: row!.health_before,
    healthAfter: row!.health_after,
    closes: closes.map((c) => ({
      symbol: c.symbol!,
      size: quantity(c.size!),
      price: quantity(c.price!),
      realized: BigInt(c.realized!),
    })),
  };
}

/** Verifies every proof of a settlement and its sheet as whoever was given only these texts. */
export async function verifySettlement(
  pool: PoolUnderTest,
  decimals: number,
  { poolId, sequence }: At,
): Promise<void> {
  const { db } = pool.venue;
  const rows = await db.sql`
    select * from haircut_notice where pool_id = ${poolId} and sequence = ${sequence.toString()} order by ordinal`;
  const haircuts = rows.map(haircutRow);
  const name = { name: pool.name, decimals };
  for (const [i, proof] of (await readProofs(db, haircuts, () => name)).entries()) {
    const { accountRef, amount } = haircuts[i]!;
    expect(proof!.proof).toMatchObject({ account: accountRef, amount });
    expect(verifyProof(JSON.parse(toJson(proof!.proof)), sha256)).toMatchObject({ ok: true });
  }
  const sheet = await openSheet(db, { poolId, ...name }, sequence);
  expect(sheet === null).toBe(haircuts.length === 0);
  if (!sheet) return;
  const lines = [];
  for await (const line of sheetNdjson(sheet)) lines.push(line.trimEnd());
  expect(await verifySheet(lines, sha256)).toMatchObject({ ok: true });
}
