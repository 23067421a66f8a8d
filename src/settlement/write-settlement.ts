import { haircutLines } from '../core/haircut-lines.ts';
import { PostingBatch } from '../core/postings.ts';
import { afterHaircut } from '../core/profit.ts';
import type { Part } from '../core/socialize.ts';
import type { PoolBearers } from './bearers.ts';
import { type Commitment, CommitmentBuilder, leafChunks } from './commitment.ts';
import type { Outcome, SettlementBook } from './compute.ts';
import { copyIn, inChunks } from './copy.ts';
import { creditAccounts, writeFundEntry, writePostings } from './ledger.ts';
import { quantityText } from './quantity.ts';
import type { PoolTransaction } from './transaction.ts';

const SEED_BYTES = 32;

/** Writes everything that a settlement comes to, under its sequence. */
export async function writeSettlement(
  tx: PoolTransaction,
  sequence: bigint,
  { bearers, symbols }: SettlementBook,
  outcome: Outcome,
  staleMarksReason: string | null,
): Promise<void> {
  writeOutcome(tx, sequence, outcome, staleMarksReason);
  if (outcome.fundDraw > 0n) {
    const balanceAfter = tx.pool.fundBalance - outcome.fundDraw;
    writeFundEntry(tx, sequence, {
      kind: 'LOSS_DRAW',
      amount: -outcome.fundDraw,
      balanceAfter,
      ref: null,
    });
  }
  await creditBankrupts(tx, sequence, outcome);
  if (outcome.haircutCount === 0) return;
  writeParts(tx, sequence, outcome.parts);
  const seed = tx.random(SEED_BYTES);
  const builder = new CommitmentBuilder(tx.pool, sequence, bearers, outcome, symbols, seed);
  const commitment = await writeHaircuts(tx, sequence, bearers, outcome, builder);
  await writeCommitment(tx, sequence, commitment, seed);
}

function writeOutcome(
  tx: PoolTransaction,
  at: bigint,
  outcome: Outcome,
  staleMarksReason: string | null,
): void {
  const { sql, pool, now } = tx;
  const sequence = at.toString();
  const { rules } = pool;
  tx.write(sql`
    insert into settlements (pool_id, sequence, rules_version, waterfall, method, profit_basis, max_haircut_rate, deficit, recourse,
                             operator_capital, fund_draw, residual, profit_total, haircut_capacity, socialized, uncovered,
                             haircut_count, stale_marks_reason, settled_at)
    select pool_id, ${sequence}::bigint, rules_version, waterfall, ${rules.method}, ${rules.profitBasis},
           ${quantityText(rules.maxHaircutRate)}::numeric, ${outcome.deficit.toString()}::numeric, ${outcome.recourse.toString()}::numeric,
           ${outcome.operatorCapital.toString()}::numeric, ${outcome.fundDraw.toString()}::numeric,
           ${outcome.residual.toString()}::numeric, ${outcome.profitTotal.toString()}::numeric, ${outcome.capacity.toString()}::numeric,
           ${outcome.socialized.toString()}::numeric, ${outcome.uncovered.toString()}::numeric, ${outcome.haircutCount}::int,
           ${staleMarksReason}::text, ${now}::timestamptz
    from pools where pool_id = ${pool.poolId}`);
  const { shares } = outcome;
  const texts = (amount: (share: (typeof shares)[number]) => bigint) =>
    shares.map((share) => amount(share).toString());
  const rounds = shares.map(({ loss }) => loss.stored!);
  tx.write(sql`
    insert into settlement_events (pool_id, sequence, event_sequence, round, deficit, recourse, operator_capital, fund_draw, socialized,
                                   uncovered)
    select ${pool.poolId}, ${sequence}::bigint, n.* from unnest(
      ${rounds.map((event) => event.sequence.toString())}::bigint[], ${rounds.map((event) => event.rounds + 1)}::int[],
      ${texts(({ loss }) => loss.deficit)}::numeric[], ${texts((s) => s.recourse)}::numeric[],
      ${texts((s) => s.operatorCapital)}::numeric[], ${texts((s) => s.fundDraw)}::numeric[],
      ${texts((s) => s.socialized)}::numeric[], ${texts((s) => s.uncovered)}::numeric[]) as n`);
  const markets = shares.flatMap(({ loss, markets }) =>
    markets.map((share) => ({ event: loss.stored!.sequence, ...share })),
  );
  if (markets.length > 0) {
    tx.write(sql`
      insert into settlement_event_markets (pool_id, sequence, event_sequence, market_no, loss, socialized)
      select ${pool.poolId}, ${sequence}::bigint, n.* from unnest(
        ${markets.map(({ event }) => event.toString())}::bigint[], ${markets.map(({ marketNo }) => marketNo)}::int[],
        ${markets.map(({ loss }) => loss.toString())}::numeric[],
        ${markets.map(({ socialized }) => socialized.toString())}::numeric[]) as n`);
  }
  tx.write(sql`
    update loss_events e set recourse = e.recourse + r.recourse, operator_capital = e.operator_capital + r.operator_capital,
      fund_draw = e.fund_draw + r.fund_draw, socialized = e.socialized + r.socialized, uncovered = r.uncovered, rounds = r.round,
      standing = e.standing + 1, status = case when r.uncovered = 0 then 'SETTLED' else 'PARTIALLY_COVERED' end
    from settlement_events r where r.pool_id = ${pool.poolId} and r.sequence = ${sequence}
      and e.pool_id = r.pool_id and e.sequence = r.event_sequence`);
  tx.write(sql`
    insert into settlement_marks (pool_id, sequence, market_no, price)
    select pool_id, ${sequence}::bigint, market_no, mark_price from markets
    where pool_id = ${pool.poolId} and mark_price is not null`);
}

/** Credits each bankrupt with its share, against the fund and the bearers: its balance ends at minus what stayed uncovered. */
async function creditBankrupts(tx: PoolTransaction, sequence: bigint, outcome: Outcome): Promise<void> {
  const covered = outcome.shares
    .map(({ loss, uncovered }) => ({ loss, amount: loss.deficit - uncovered }))
    .filter(({ amount }) => amount > 0n);
  const postings = new PostingBatch();
  const credits = covered.map(({ loss, amount }) => ({ accountNo: loss.stored!.accountNo, amount }));
  const balances = await creditAccounts(tx, sequence, credits);
  for (const { loss, amount } of covered) {
    const { accountNo } = loss.stored!;
    postings.account(accountNo, 'LOSS_COVER', amount, balances.get(accountNo)!, loss.ref);
  }
  postings.ledger('OUTSIDE', 'OPERATOR_CAPITAL', -outcome.operatorCapital);
  postings.ledger('FUND', 'LOSS_DRAW', -outcome.fundDraw);
  postings.ledger('BEARERS', 'HAIRCUT', -outcome.recourse - outcome.socialized);
  writePostings(tx, sequence, postings);
}

function writeParts(tx: PoolTransaction, sequence: bigint, parts: readonly Part[]): void {
  const { sql, pool } = tx;
  const fraction = ({ numerator, denominator }: { numerator: bigint; denominator: bigint }) =>
    `${numerator}/${denominator}`;
  tx.write(sql`
    insert into settlement_parts (pool_id, sequence, part, scope, market_no, method, loss, profit_total, capacity, phase, level,
                                  last_remainder)
    select ${pool.poolId}, ${sequence.toString()}::bigint, n.part, n.scope, n.market_no, n.method, n.loss, n.profit_total, n.capacity,
           n.phase, n.level, n.last_remainder
    from unnest(${parts.map((part) => part.scope)}::text[], ${parts.map((part) => part.marketNo)}::int[],
                ${parts.map((part) => part.figures.method)}::text[], ${parts.map((part) => part.loss.toString())}::numeric[],
                ${parts.map((part) => part.profitTotal.toString())}::numeric[],
                ${parts.map((part) => part.capacity.toString())}::numeric[], ${parts.map((part) => part.figures.phase)}::int[],
                ${parts.map((part) => fraction(part.figures.level))}::text[],
                ${parts.map((part) => fraction(part.figures.lastRemainder))}::text[])
      with ordinality as n(scope, market_no, method, loss, profit_total, capacity, phase, level, last_remainder, part)`);
}

async function writeCommitment(
  tx: PoolTransaction,
  sequence: bigint,
  commitment: Commitment,
  seed: Uint8Array,
): Promise<void> {
  const { sql, pool } = tx;
  const at = sequence.toString();
  tx.write(sql`
    with seed as (insert into settlement_seeds (pool_id, sequence, seed) values (${pool.poolId}, ${at}, ${Buffer.from(seed)}))
    insert into settlement_roots (pool_id, sequence, root, tree) values (${pool.poolId}, ${at}, ${commitment.root}, ${commitment.tree})`);
  await copyIn(
    await sql`copy settlement_leaves (pool_id, sequence, chunk, first, hash, sum, leaves) from stdin`.writable(),
    leafChunks(pool.poolId, sequence, commitment),
  );
}

/**
 * Appends the haircuts by COPY. The rows carry the new heads, so no account is updated. What the settlement commits to is
 * built meanwhile: hashing takes this process nearly as long as the rows take PostgreSQL.
 */
async function writeHaircuts(
  { sql, pool }: PoolTransaction,
  sequence: bigint,
  bearers: PoolBearers,
  outcome: Outcome,
  builder: CommitmentBuilder,
): Promise<Commitment> {
  const copy = await sql`
    copy haircuts (pool_id, sequence, ordinal, account_no, previous_sequence, profit, cap, weight, recourse, amount,
                   balance_after, borne_after, realized_after) from stdin`.writable();
  const commitment = await copyIn(
    copy,
    inChunks(haircutRows(pool.poolId, sequence, bearers, outcome, builder)),
    () => builder.finish(),
  );
  if (isWholePool(outcome.parts)) return commitment;
  const parts = await sql`
    copy haircut_parts (pool_id, sequence, ordinal, part, amount, profit, cap, weight) from stdin`.writable();
  await copyIn(parts, inChunks(partRows(pool.poolId, sequence, outcome)));
  return commitment;
}

/** One part over the whole pool: a haircut's row says all of it. Otherwise parts have rows of their own. */
const isWholePool = (parts: readonly Pick<Part, 'scope'>[]): boolean =>
  parts.length === 1 && parts[0]!.scope === 'POOL';

function* haircutRows(
  poolId: number,
  sequence: bigint,
  bearers: PoolBearers,
  outcome: Outcome,
  builder: CommitmentBuilder,
): Generator<string> {
  const { profits, caps } = outcome;
  const whole = isWholePool(outcome.parts);
  let ordinal = 0;
  for (const line of haircutLines(outcome)) {
    const { index, amount, parts } = line;
    ordinal++;
    const profit = profits.get(index);
    const previous = bearers.previousSequences.get(index);
    const burden = afterHaircut(
      { borne: bearers.borne.get(index), realized: bearers.realized.get(index) },
      amount,
    );
    const recourse = parts
      .filter(({ part }) => outcome.parts[part - 1]!.scope === 'RECOURSE')
      .reduce((sum, part) => sum + part.amount, 0n);
    // A weight that is the profit is not kept.
    const weight = whole && parts[0]!.weight !== profit ? parts[0]!.weight : NULL;
    yield `${poolId}\t${sequence}\t${ordinal}\t${bearers.accountNos[index]}\t${previous === 0n ? NULL : previous}\t` +
      `${profit}\t${caps.get(index)}\t${weight}\t${recourse || NULL}\t${amount}\t${bearers.balances.get(index) - amount}\t` +
      `${burden.borne}\t${burden.realized}\n`;
    builder.add(line);
  }
}

function* partRows(poolId: number, sequence: bigint, outcome: Outcome): Generator<string> {
  let ordinal = 0;
  for (const { parts } of haircutLines(outcome)) {
    ordinal++;
    for (const { part, amount, profit, cap, weight } of parts) {
      yield `${poolId}\t${sequence}\t${ordinal}\t${part}\t${amount}\t${profit}\t${cap}\t${weight}\n`;
    }
  }
}

const NULL = '\\N';
