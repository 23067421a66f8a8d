import { MAX_ASSET_DECIMALS } from '../core/money.ts';
import { PostingBatch } from '../core/postings.ts';
import { type Path, Refusal } from '../core/refusal.ts';
import { inTransaction } from '../db/database.ts';
import { checkAmount, checkItems, checkName, checkRef } from './check.ts';
import { checkBalance, writeFundEntry, writePostings } from './ledger.ts';
import { checkRules, DEFAULT_RULES, type LossRulesInput, ruleColumns } from './rules.ts';
import { type Committed, inPool, type Runtime, type Sql } from './transaction.ts';

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
  const rules = checkRules(DEFAULT_RULES, input.rules ?? {}, decimals, at('rules'));

  return inTransaction(db, 'read committed', async (sql) => {
    const [row] = await sql<{ pool_id: number }[]>`
      insert into pools ${sql({
        name: input.name,
        asset: input.asset,
        decimals,
        ...ruleColumns(rules),
        created_at: clock.now(),
      })} on conflict (name) do nothing returning pool_id`;
    if (!row) {
      throw new Refusal(
        'ALREADY_EXISTS',
        'A pool of that name exists already: use it, or choose another name.',
        at('name'),
      );
    }
    await writeRulesVersion(sql, row.pool_id);
    return row.pool_id;
  });
}

/** Keeps a pool's present rules as a version of their own. */
export async function writeRulesVersion(sql: Sql, poolId: number): Promise<void> {
  await sql`
    insert into pool_rules (pool_id, version, sequence, waterfall, tiers, method, leverage_exponent, max_leverage, profit_basis, scope,
                            overflow, max_haircut_rate, fund_reserve, fund_cap, operator_cap, withdrawals_while_loss_open, since)
    select p.pool_id, p.rules_version, p.sequence, waterfall, tiers, method, leverage_exponent, max_leverage, profit_basis, scope, overflow,
           max_haircut_rate, fund_reserve, fund_cap, operator_cap, withdrawals_while_loss_open, coalesce(j.committed_at, p.created_at)
    from pools p left join journal j on j.pool_id = p.pool_id and j.sequence = p.sequence where p.pool_id = ${poolId}`;
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
