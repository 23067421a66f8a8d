import { apportion } from '../core/apportion.ts';
import { AtomColumn } from '../core/atom-column.ts';
import { formatScaled } from '../core/decimal.ts';
import { min } from '../core/money.ts';
import { PostingBatch } from '../core/postings.ts';
import { type Path, Refusal } from '../core/refusal.ts';
import { TIERS, type Tier } from '../core/rules.ts';
import { checkAmount, checkRef } from './check.ts';
import { type GivenBack, giveBack, readStanding, type Standing } from './give-back.ts';
import { checkBalance, creditAccounts, writeFundEntry, writePostings } from './ledger.ts';
import { findable } from './locked-pool.ts';
import { type RulesRow, rulesOf } from './rules.ts';
import { type Committed, inPool, type PoolTransaction, type Runtime } from './transaction.ts';

export interface RecordRecoveryInput {
  readonly pool: string;
  readonly idempotencyKey: string;
  readonly lossEvent: string;
  readonly amount: string;
  readonly ref?: string | null;
}

interface Event {
  readonly sequence: bigint;
  readonly accountNo: number;
  readonly owner: string;
  readonly deficit: bigint;
  readonly recovered: bigint;
  readonly uncovered: bigint;
}

/** What the event's share in one settlement still is, and what of it is paid back now. */
interface Round {
  readonly settlement: bigint;
  readonly left: Record<PaidTier, bigint>;
  readonly paid: Record<PaidTier, bigint>;
}

type PaidTier = Exclude<Tier, 'OWN_COLLATERAL'>;
const PAID_TIERS = TIERS.slice(1) as PaidTier[];

/**
 * Pays back what a bankrupt brought in after its loss was covered, in the reverse order of the waterfall: first what
 * nobody covered, then the haircuts, in proportion to what each still bears of the settlement and up to it, then the
 * other tiers. Of events settled together a recovery repays at most its own event's share.
 */
export async function recordRecovery(runtime: Runtime, input: RecordRecoveryInput): Promise<Committed> {
  const { idempotencyKey } = input;
  checkRef(input.ref, ['input', 'ref']);
  return inPool(
    runtime,
    { mutation: 'recordRecovery', pool: input.pool, idempotencyKey, input },
    async (tx) => {
      const { pool } = tx;
      const path: Path = ['input', 'amount'];
      const amount = checkAmount(input.amount, pool.decimals, path);
      if (amount <= 0n) throw new Refusal('INVALID_INPUT', 'A recovery is above zero.', path);
      const event = await readEvent(tx, input.lossEvent);
      const most = event.deficit - event.recovered;
      if (amount > most) {
        throw new Refusal(
          'INVALID_INPUT',
          `The recovery is above the loss: at most ${formatScaled(most, pool.decimals)} of it can still come back.`,
          path,
        );
      }
      const rounds = await readRounds(tx, event);
      const uncovered = min(amount, event.uncovered);
      const paid = payBack(rounds, await repaymentOrder(tx, rounds), amount - uncovered);
      const fundBalance = pool.fundBalance + paid.INSURANCE_FUND;
      checkBalance(fundBalance, path);

      const sequence = tx.advance({ fundBalance, accounts: uncovered > 0n ? [event.accountNo] : [] });
      const ref = input.ref ?? null;
      writeRecovery(tx, sequence, event, { amount, uncovered, ref, rounds, paid });
      if (paid.INSURANCE_FUND > 0n) {
        writeFundEntry(tx, sequence, {
          kind: 'RECOVERY',
          amount: paid.INSURANCE_FUND,
          balanceAfter: fundBalance,
          ref,
        });
      }
      const count = await giveBack(tx, sequence, await refunds(tx, event, rounds));
      const postings = new PostingBatch();
      if (uncovered > 0n) {
        const balances = await creditAccounts(tx, sequence, [
          { accountNo: event.accountNo, amount: uncovered },
        ]);
        postings.account(event.accountNo, 'RECOVERY', uncovered, balances.get(event.accountNo)!, ref);
      }
      postings.ledger('OUTSIDE', 'RECOVERY', -amount, ref);
      postings.ledger('BEARERS', 'RECOVERY', paid.SOCIALIZATION + paid.OWNER_RECOURSE, ref);
      postings.ledger('FUND', 'RECOVERY', paid.INSURANCE_FUND, ref);
      postings.ledger('OUTSIDE', 'OPERATOR_CAPITAL', paid.OPERATOR_CAPITAL, ref);
      writePostings(tx, sequence, postings);
      tx.notice('RECOVERED', sequence);
      return { sequence, count };
    },
  );
}

async function readEvent({ sql, pool }: PoolTransaction, ref: string): Promise<Event> {
  const [row] = findable(ref)
    ? await sql<Record<string, string>[]>`
        select e.sequence, e.account_no, e.deficit, e.recovered, e.uncovered, a.owner from loss_events e
        join accounts a on a.pool_id = e.pool_id and a.account_no = e.account_no
        where e.pool_id = ${pool.poolId} and e.ref = ${ref}`
    : [];
  if (!row) {
    throw new Refusal('NOT_FOUND', 'There is no loss event of that ref in the pool: mend the ref.', [
      'input',
      'lossEvent',
    ]);
  }
  return {
    sequence: BigInt(row.sequence!),
    accountNo: row.account_no as unknown as number,
    owner: row.owner!,
    deficit: BigInt(row.deficit!),
    recovered: BigInt(row.recovered!),
    uncovered: BigInt(row.uncovered!),
  };
}

/** The event's standing shares, oldest settlement first. */
async function readRounds({ sql, pool }: PoolTransaction, event: Event): Promise<Round[]> {
  const rows = await sql<Record<string, string>[]>`
    select e.sequence, e.recourse - coalesce(r.recourse, 0) as recourse,
           e.operator_capital - coalesce(r.operator_capital, 0) as operator_capital,
           e.fund_draw - coalesce(r.fund_draw, 0) as fund_draw, e.socialized - coalesce(r.socialized, 0) as socialized
    from settlement_events e
    left join lateral (
      select sum(recourse) as recourse, sum(operator_capital) as operator_capital, sum(fund_draw) as fund_draw,
             sum(socialized) as socialized
      from returned_shares r where r.pool_id = e.pool_id and r.event_sequence = e.event_sequence
        and r.settlement_sequence = e.sequence) r on true
    where e.pool_id = ${pool.poolId} and e.event_sequence = ${event.sequence.toString()} order by e.sequence`;
  return rows.map((row) => ({
    settlement: BigInt(row.sequence!),
    left: {
      OWNER_RECOURSE: BigInt(row.recourse!),
      OPERATOR_CAPITAL: BigInt(row.operator_capital!),
      INSURANCE_FUND: BigInt(row.fund_draw!),
      SOCIALIZATION: BigInt(row.socialized!),
    },
    paid: { OWNER_RECOURSE: 0n, OPERATOR_CAPITAL: 0n, INSURANCE_FUND: 0n, SOCIALIZATION: 0n },
  }));
}

/**
 * The tiers as they are repaid: haircuts, then the others of the event's last settlement that still bears something of it, backward, and
 * then any that an earlier one had.
 */
async function repaymentOrder({ sql, pool }: PoolTransaction, rounds: readonly Round[]): Promise<PaidTier[]> {
  const last = rounds.findLast(({ left }) => Object.values(left).some((part) => part > 0n));
  if (!last) return [];
  const [row] = await sql<RulesRow[]>`
    select r.* from settlements s join pool_rules r on r.pool_id = s.pool_id and r.version = s.rules_version
    where s.pool_id = ${pool.poolId} and s.sequence = ${last.settlement.toString()}`;
  const used = (rulesOf(row!).tiers.slice(1) as PaidTier[]).filter((tier) => tier !== 'SOCIALIZATION');
  const others = PAID_TIERS.filter((tier) => tier !== 'SOCIALIZATION' && !used.includes(tier));
  return ['SOCIALIZATION', ...used.toReversed(), ...others.toReversed()];
}

/** Divides a recovery over the tiers, and each tier's part over the rounds in proportion to what they still bear. */
function payBack(
  rounds: readonly Round[],
  order: readonly PaidTier[],
  amount: bigint,
): Record<PaidTier, bigint> {
  const paid = { OWNER_RECOURSE: 0n, OPERATOR_CAPITAL: 0n, INSURANCE_FUND: 0n, SOCIALIZATION: 0n };
  let left = amount;
  for (const tier of order) {
    const shares = AtomColumn.of(rounds.map((round) => round.left[tier]));
    paid[tier] = min(left, shares.sum());
    const parts = apportion(paid[tier], shares);
    for (const [i, round] of rounds.entries()) round.paid[tier] = parts.get(i);
    left -= paid[tier];
  }
  return paid;
}

/** What each haircut gets back: in proportion to what it still bears of what its settlement repays. */
async function refunds(tx: PoolTransaction, event: Event, rounds: readonly Round[]): Promise<GivenBack[]> {
  const given = new Map<Standing, { socialized: bigint; recourse: bigint }>();
  const repay = (
    standing: readonly Standing[],
    kind: 'socialized' | 'recourse',
    paidOf: (round: Round) => bigint,
  ) => {
    for (const round of rounds) {
      const own = standing.filter(({ settlement }) => settlement === round.settlement);
      const shares = apportion(paidOf(round), AtomColumn.of(own.map((item) => item[kind])));
      for (const [i, item] of own.entries()) {
        const sums = given.get(item) ?? { socialized: 0n, recourse: 0n };
        sums[kind] = shares.get(i);
        given.set(item, sums);
      }
    }
  };
  const settlements = (paid: (round: Round) => bigint) =>
    rounds.filter((round) => paid(round) > 0n).map(({ settlement }) => settlement);
  const social = settlements(({ paid }) => paid.SOCIALIZATION);
  const owed = settlements(({ paid }) => paid.OWNER_RECOURSE);
  const all = await readStanding(
    tx,
    [...new Set([...social, ...owed])],
    social.length === 0 ? event.owner : null,
  );
  repay(all, 'socialized', ({ paid }) => paid.SOCIALIZATION);
  const owners = owed.length === 0 ? null : new Set(await ownAccounts(tx, event.owner));
  if (owners)
    repay(
      all.filter(({ accountNo }) => owners.has(accountNo)),
      'recourse',
      ({ paid }) => paid.OWNER_RECOURSE,
    );
  return all.map((standing) => ({ standing, ...(given.get(standing) ?? { socialized: 0n, recourse: 0n }) }));
}

async function ownAccounts({ sql, pool }: PoolTransaction, owner: string): Promise<number[]> {
  const rows = await sql<{ account_no: number }[]>`
    select account_no from accounts where pool_id = ${pool.poolId} and owner = ${owner}`;
  return rows.map((row) => row.account_no);
}

function writeRecovery(
  tx: PoolTransaction,
  sequence: bigint,
  event: Event,
  recovery: {
    readonly amount: bigint;
    readonly uncovered: bigint;
    readonly ref: string | null;
    readonly rounds: readonly Round[];
    readonly paid: Record<PaidTier, bigint>;
  },
): void {
  const { sql, pool, now } = tx;
  const at = sequence.toString();
  const { amount, uncovered, ref, rounds, paid } = recovery;
  tx.write(sql`
    insert into recoveries (pool_id, sequence, event_sequence, amount, uncovered, ref, recorded_at)
    values (${pool.poolId}, ${at}, ${event.sequence.toString()}, ${amount.toString()}, ${uncovered.toString()}, ${ref},
            ${now}::timestamptz)`);
  const repaid = rounds.filter((round) => Object.values(round.paid).some((part) => part > 0n));
  if (repaid.length > 0) {
    const texts = (tier: PaidTier) => repaid.map((round) => round.paid[tier].toString());
    tx.write(sql`
      insert into returned_shares (pool_id, sequence, event_sequence, settlement_sequence, recourse, operator_capital, fund_draw,
                                   socialized)
      select ${pool.poolId}, ${at}::bigint, ${event.sequence.toString()}::bigint, n.* from unnest(
        ${repaid.map(({ settlement }) => settlement.toString())}::bigint[], ${texts('OWNER_RECOURSE')}::numeric[],
        ${texts('OPERATOR_CAPITAL')}::numeric[], ${texts('INSURANCE_FUND')}::numeric[], ${texts('SOCIALIZATION')}::numeric[]) as n`);
  }
  tx.write(sql`
    update loss_events set uncovered = uncovered - ${uncovered.toString()}::numeric,
      recovered = recovered + ${amount.toString()}::numeric,
      recourse = recourse - ${paid.OWNER_RECOURSE.toString()}::numeric,
      operator_capital = operator_capital - ${paid.OPERATOR_CAPITAL.toString()}::numeric,
      fund_draw = fund_draw - ${paid.INSURANCE_FUND.toString()}::numeric,
      socialized = socialized - ${paid.SOCIALIZATION.toString()}::numeric,
      status = case when uncovered = ${uncovered.toString()}::numeric then 'SETTLED' else status end
    where pool_id = ${pool.poolId} and sequence = ${event.sequence.toString()}`);
}
