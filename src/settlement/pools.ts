import { ONE } from '../core/decimal.ts';
import { MAX_ASSET_DECIMALS } from '../core/money.ts';
import { PostingBatch } from '../core/postings.ts';
import { type Path, Refusal } from '../core/refusal.ts';
import type { Waterfall } from '../core/waterfall.ts';
import { checkAmount, checkItems, checkName, checkRate, checkRef } from './check.ts';
import { checkBalance, writeFundEntry, writePostings } from './ledger.ts';
import { quantityText } from './markets.ts';
import { type Committed, inPool, type Runtime } from './transaction.ts';

export interface LossRulesInput {
  readonly waterfall?: Waterfall | null;
  readonly method?: 'PRO_RATA' | null;
  readonly profitBasis?: 'UNREALIZED' | null;
  readonly maxHaircutRate?: string | null;
  readonly fundReserve?: string | null;
  readonly withdrawalsWhileLossOpen?: 'BLOCK' | 'ALLOW' | null;
}

export interface CreatePoolInput {
  readonly name: string;
  readonly asset: string;
  readonly decimals: number;
  readonly rules?: LossRulesInput | null;
}

const MAX_ASSET_BYTES = 32;

/** Creates a pool and answers with its number. It takes no sequence number: the first mutation in it takes 1. */
export async function createPool({ db, clock }: Runtime, input: CreatePoolInput): Promise<number> {
  const at = (...path: string[]): Path => ['input', ...path];
  checkName(input.name, 'The name', at('name'));
  checkName(input.asset, 'The asset', at('asset'), MAX_ASSET_BYTES);
  const { decimals } = input;
  if (decimals < 0 || decimals > MAX_ASSET_DECIMALS) {
    throw new Refusal(
      'INVALID_INPUT',
      `decimals must be between 0 and ${MAX_ASSET_DECIMALS}.`,
      at('decimals'),
    );
  }
  const rules = input.rules ?? {};
  const rate =
    rules.maxHaircutRate == null
      ? ONE
      : checkRate(rules.maxHaircutRate, 'maxHaircutRate', at('rules', 'maxHaircutRate'));
  const reserve =
    rules.fundReserve == null ? 0n : checkAmount(rules.fundReserve, decimals, at('rules', 'fundReserve'));
  if (reserve < 0n)
    throw new Refusal('INVALID_INPUT', 'fundReserve must be at least 0.', at('rules', 'fundReserve'));

  const [row] = await db.sql<{ pool_id: number }[]>`
    insert into pools (name, asset, decimals, waterfall, method, profit_basis, max_haircut_rate, fund_reserve,
                       withdrawals_while_loss_open, created_at)
    values (${input.name}, ${input.asset}, ${decimals}, ${rules.waterfall ?? 'FUND_THEN_SOCIALIZE'},
            ${rules.method ?? 'PRO_RATA'}, ${rules.profitBasis ?? 'UNREALIZED'}, ${quantityText(rate)}, ${reserve.toString()},
            ${rules.withdrawalsWhileLossOpen ?? 'BLOCK'}, ${clock.now()}::timestamptz)
    on conflict (name) do nothing returning pool_id`;
  if (!row) {
    throw new Refusal(
      'ALREADY_EXISTS',
      'A pool of that name exists already: use it, or choose another name.',
      at('name'),
    );
  }
  return row.pool_id;
}

export async function upsertAccounts(
  runtime: Runtime,
  input: { pool: string; accounts: readonly { ref: string; owner: string }[] },
): Promise<Committed> {
  const list: Path = ['input', 'accounts'];
  checkItems(input.accounts, 'accounts', list);
  const owners = new Map<string, string>();
  const otherOwner = (index: number) =>
    new Refusal(
      'INVALID_INPUT',
      'The account belongs to another owner already: an account keeps its owner; use a new ref.',
      [...list, index, 'owner'],
    );
  input.accounts.forEach(({ ref, owner }, index) => {
    checkName(ref, 'The ref', [...list, index, 'ref']);
    checkName(owner, 'The owner', [...list, index, 'owner']);
    if ((owners.get(ref) ?? owner) !== owner) throw otherOwner(index);
    owners.set(ref, owner);
  });

  return inPool(runtime, { mutation: 'upsertAccounts', pool: input.pool, input }, async (tx) => {
    const { sql, pool } = tx;
    const existing = await sql<{ ref: string; owner: string }[]>`
      select ref, owner from accounts where pool_id = ${pool.poolId} and ref = any(${[...owners.keys()]}::text[])`;
    const taken = new Map(existing.map((row) => [row.ref, row.owner]));
    input.accounts.forEach(({ ref, owner }, index) => {
      if ((taken.get(ref) ?? owner) !== owner) throw otherOwner(index);
    });
    const added = [...owners].filter(([ref]) => !taken.has(ref));
    const sequence = await tx.advance({ accountCount: pool.accountCount + added.length });
    if (added.length > 0) {
      await sql`
        insert into accounts (pool_id, account_no, ref, owner)
        select ${pool.poolId}, ${pool.accountCount} + n.ordinal, n.ref, n.owner
        from unnest(${added.map(([ref]) => ref)}::text[], ${added.map(([, owner]) => owner)}::text[])
          with ordinality as n(ref, owner, ordinal)`;
    }
    return { sequence, count: owners.size };
  });
}

export interface ContributeToFundInput {
  readonly pool: string;
  readonly idempotencyKey: string;
  readonly amount: string;
  readonly kind: 'LIQUIDATION_FEE' | 'OPERATOR_CONTRIBUTION';
  readonly ref?: string | null;
}

/** Pays into the insurance fund: an operator from outside, liquidation fees out of clearing, where they were charged. */
export async function contributeToFund(runtime: Runtime, input: ContributeToFundInput): Promise<Committed> {
  const { idempotencyKey, kind } = input;
  checkRef(input.ref, ['input', 'ref']);
  return inPool(
    runtime,
    { mutation: 'contributeToFund', pool: input.pool, idempotencyKey, input },
    async (tx) => {
      const path: Path = ['input', 'amount'];
      const amount = checkAmount(input.amount, tx.pool.decimals, path);
      if (amount <= 0n) throw new Refusal('INVALID_INPUT', 'A contribution is above zero.', path);
      const balanceAfter = tx.pool.fundBalance + amount;
      checkBalance(balanceAfter, path);
      const ref = input.ref ?? null;
      const sequence = await tx.advance({ fundBalance: balanceAfter });
      await writeFundEntry(tx, sequence, { kind, amount, balanceAfter, ref });
      const postings = new PostingBatch();
      postings.ledger('FUND', kind, amount, ref);
      postings.ledger(kind === 'LIQUIDATION_FEE' ? 'CLEARING' : 'OUTSIDE', kind, -amount, ref);
      await writePostings(tx, sequence, postings);
      return { sequence, count: 1 };
    },
  );
}
