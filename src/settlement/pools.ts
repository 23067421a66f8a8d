import { MAX_ASSET_DECIMALS } from '../core/money.ts';
import { type Path, Refusal } from '../core/refusal.ts';
import { inTransaction } from '../db/database.ts';
import { checkItems, checkName } from './check.ts';
import { knownMarket, readMarkets } from './markets.ts';
import { checkRules, DEFAULT_RULES, type LossRulesInput, ruleNames, ruleValues } from './rules.ts';
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
      insert into pools (name, asset, decimals, ${ruleNames(sql)}, created_at)
      select ${input.name}, ${input.asset}, ${decimals}, ${ruleValues(sql, rules)}, ${clock.now()}::timestamptz
      on conflict (name) do nothing returning pool_id`;
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
    insert into pool_rules (pool_id, version, sequence, ${ruleNames(sql)}, since)
    select p.pool_id, p.rules_version, p.sequence, ${ruleNames(sql)}, coalesce(j.committed_at, p.created_at)
    from pools p left join journal j on j.pool_id = p.pool_id and j.sequence = p.sequence where p.pool_id = ${poolId}`;
}

export interface AccountInput {
  readonly ref: string;
  readonly owner: string;
  readonly isolatedMarket?: string | null;
}

export async function upsertAccounts(
  runtime: Runtime,
  input: { pool: string; accounts: readonly AccountInput[] },
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
  const otherMode = (index: number) =>
    new Refusal(
      'INVALID_INPUT',
      'The account has another margin mode already: an account keeps it; use a new ref.',
      [...list, index, 'isolatedMarket'],
    );
  input.accounts.forEach(({ ref, owner }, index) => {
    checkName(ref, 'The ref', [...list, index, 'ref']);
    checkName(owner, 'The owner', [...list, index, 'owner']);
    if ((owners.get(ref) ?? owner) !== owner) throw otherOwner(index);
    owners.set(ref, owner);
  });

  return inPool(runtime, { mutation: 'upsertAccounts', pool: input.pool, input }, async (tx) => {
    const { sql, pool } = tx;
    const markets = input.accounts.some(({ isolatedMarket }) => isolatedMarket != null)
      ? await readMarkets(tx)
      : null;
    const existing = await sql<{ ref: string; owner: string; isolated_market_no: number | null }[]>`
      select ref, owner, isolated_market_no from accounts where pool_id = ${pool.poolId} and ref = any(${[...owners.keys()]}::text[])`;
    const taken = new Map(existing.map((row) => [row.ref, row.owner]));
    const modes = new Map(existing.map((row) => [row.ref, row.isolated_market_no]));
    input.accounts.forEach(({ ref, owner, isolatedMarket }, index) => {
      if ((taken.get(ref) ?? owner) !== owner) throw otherOwner(index);
      const path = [...list, index, 'isolatedMarket'];
      const wanted = isolatedMarket == null ? null : knownMarket(markets!, isolatedMarket, path).marketNo;
      // Left out, it is as it is.
      if (!modes.has(ref)) modes.set(ref, wanted);
      else if (wanted !== null && modes.get(ref) !== wanted) throw otherMode(index);
    });
    const added = [...owners].filter(([ref]) => !taken.has(ref));
    const sequence = tx.advance({ accountCount: pool.accountCount + added.length });
    if (added.length > 0) {
      tx.write(sql`
        insert into accounts (pool_id, account_no, ref, owner, isolated_market_no)
        select ${pool.poolId}, ${pool.accountCount} + n.ordinal, n.ref, n.owner, n.market_no
        from unnest(${added.map(([ref]) => ref)}::text[], ${added.map(([, owner]) => owner)}::text[],
                    ${added.map(([ref]) => modes.get(ref) ?? null)}::int[])
          with ordinality as n(ref, owner, market_no, ordinal)`);
    }
    return { sequence, count: owners.size };
  });
}
