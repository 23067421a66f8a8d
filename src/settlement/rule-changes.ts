import { type Path, Refusal } from '../core/refusal.ts';
import { planAsUsual, planForWholePool } from './bearers.ts';
import { checkItems, checkRate, checkRef } from './check.ts';
import { findable } from './locked-pool.ts';
import { writeRulesVersion } from './pools.ts';
import { quantityText } from './quantity.ts';
import { checkRules, type LossRulesInput, ruleNames, ruleValues } from './rules.ts';
import { brokenSums, sentence } from './sums.ts';
import { type Committed, inPool, type PoolTransaction, type Runtime } from './transaction.ts';

/** What an administrator does to a pool: its rules, its sessions, caps of single accounts, halt and resume. */

export interface UpdatePoolRulesInput {
  readonly pool: string;
  readonly idempotencyKey: string;
  readonly rules: LossRulesInput;
}

/** Gives a pool its next version of rules: what the input leaves out stays. A new profit basis cuts a session. */
export async function updatePoolRules(runtime: Runtime, input: UpdatePoolRulesInput): Promise<Committed> {
  const { idempotencyKey } = input;
  return inPool(
    runtime,
    { mutation: 'updatePoolRules', pool: input.pool, idempotencyKey, input, whileHalted: true },
    async (tx) => {
      const { sql, pool } = tx;
      const rules = checkRules(pool.rules, input.rules, pool.decimals, ['input', 'rules']);
      const cuts = rules.profitBasis !== pool.rules.profitBasis;
      if (cuts) await refuseWhileOpen(tx, ['input', 'rules', 'profitBasis']);
      const sequence = tx.advance();
      await sql`
        update pools set (${ruleNames(sql)}, rules_version) = (select ${ruleValues(sql, rules)}, rules_version + 1)
        where pool_id = ${pool.poolId}`;
      await writeRulesVersion(sql, pool.poolId);
      if (cuts) await cutSession(tx, sequence);
      return { sequence, count: 1 };
    },
  );
}

export interface PoolInput {
  readonly pool: string;
  readonly idempotencyKey: string;
}

/** Cuts a session: profit counts from now on, and what was borne until now counts no more. */
export async function startSession(runtime: Runtime, input: PoolInput): Promise<Committed> {
  const { idempotencyKey } = input;
  return inPool(
    runtime,
    { mutation: 'startSession', pool: input.pool, idempotencyKey, input },
    async (tx) => {
      const path: Path = ['input', 'pool'];
      if (tx.pool.rules.profitBasis !== 'SESSION') {
        throw new Refusal(
          'INVALID_INPUT',
          'The pool counts unrealized profit and has no sessions: give it the profit basis SESSION first.',
          path,
        );
      }
      await refuseWhileOpen(tx, path);
      const sequence = tx.advance();
      await cutSession(tx, sequence);
      return { sequence, count: 1 };
    },
  );
}

async function cutSession({ sql, pool }: PoolTransaction, sequence: bigint): Promise<void> {
  const at = sequence.toString();
  await planForWholePool(sql);
  await sql`
    insert into session_cuts (pool_id, sequence, account_no, unrealized)
    select ${pool.poolId}, ${at}::bigint, v.account_no, v.unrealized from (
      select s.account_no, floor(sum(position_pnl(s.size, s.cost, m.contract_size, m.mark_price)) * atoms_per_unit(${pool.decimals}::smallint))
               as unrealized
      from positions s join markets m on m.pool_id = s.pool_id and m.market_no = s.market_no
      where s.pool_id = ${pool.poolId} and s.size <> 0 group by s.account_no) v
    where v.unrealized <> 0`;
  await planAsUsual(sql);
  await sql`update pools set session_sequence = ${at} where pool_id = ${pool.poolId}`;
}

/** What is open was lost out of the profits that there are: they must not be counted anew before they have borne it. */
export async function refuseWhileOpen({ sql, pool }: PoolTransaction, path: Path): Promise<void> {
  const [open] =
    await sql`select from loss_events where pool_id = ${pool.poolId} and status = 'OPEN' limit 1`;
  if (open) throw new Refusal('LOSS_OPEN', 'A loss is open in the pool: settle it first.', path);
}

/** Halts a pool: it takes no mutation but those that mend it, until it is resumed. */
export async function haltPool(
  runtime: Runtime,
  input: PoolInput & { readonly reason: string },
): Promise<Committed> {
  checkRef(input.reason, ['input', 'reason']);
  return setStatus(runtime, 'haltPool', input, 'HALTED', input.reason);
}

export async function resumePool(runtime: Runtime, input: PoolInput): Promise<Committed> {
  return setStatus(runtime, 'resumePool', input, 'ACTIVE', null);
}

function setStatus(
  runtime: Runtime,
  mutation: 'haltPool' | 'resumePool',
  input: PoolInput,
  status: 'ACTIVE' | 'HALTED',
  reason: string | null,
): Promise<Committed> {
  const { idempotencyKey } = input;
  const whileHalted = mutation === 'resumePool';
  return inPool(runtime, { mutation, pool: input.pool, idempotencyKey, input, whileHalted }, async (tx) => {
    if (whileHalted && !tx.pool.halted) {
      throw new Refusal('INVALID_INPUT', 'The pool is not halted: there is nothing to resume.', [
        'input',
        'pool',
      ]);
    }
    if (whileHalted) await refuseWhileBroken(tx);
    const sequence = tx.advance({ status, haltReason: reason });
    tx.notice(status === 'HALTED' ? 'HALTED' : 'RESUMED', sequence, reason);
    return { sequence, count: 1 };
  });
}

/** A pool goes on when its sums hold again: adding them all up is worth the time that it stands anyway. */
async function refuseWhileBroken({ sql, pool }: PoolTransaction): Promise<void> {
  const [broken] = await brokenSums(sql, pool);
  if (!broken) return;
  throw new Refusal(
    'POOL_HALTED',
    `The pool stays halted: ${sentence(broken)} Mend its rows, and resume it then; the log of the halt says where.`,
    ['input', 'pool'],
  );
}

export interface SetHaircutCapsInput {
  readonly pool: string;
  readonly caps: readonly { readonly account: string; readonly maxHaircutRate?: string | null }[];
}

/** Gives accounts a β of their own, or takes it back where none is named. */
export async function setHaircutCaps(runtime: Runtime, input: SetHaircutCapsInput): Promise<Committed> {
  const list: Path = ['input', 'caps'];
  checkItems(input.caps, 'caps', list);
  const rates = new Map<string, string | null>();
  input.caps.forEach(({ account, maxHaircutRate }, index) => {
    if (rates.has(account)) {
      throw new Refusal('INVALID_INPUT', 'The list names this account twice: keep one.', [
        ...list,
        index,
        'account',
      ]);
    }
    const path = [...list, index, 'maxHaircutRate'];
    rates.set(
      account,
      maxHaircutRate == null ? null : quantityText(checkRate(maxHaircutRate, 'maxHaircutRate', path)),
    );
  });
  return inPool(
    runtime,
    { mutation: 'setHaircutCaps', pool: input.pool, input, whileHalted: true },
    async (tx) => {
      const { sql, pool } = tx;
      const named = [...rates].filter(([ref]) => findable(ref));
      const found = await sql<{ account_no: number }[]>`
        select account_no from accounts where pool_id = ${pool.poolId} and ref = any(${named.map(([ref]) => ref)}::text[])`;
      const sequence = tx.advance({ accounts: found.map((row) => row.account_no) });
      const written = await sql<{ ref: string }[]>`
      update accounts a set max_haircut_rate = n.rate
      from unnest(${named.map(([ref]) => ref)}::text[], ${named.map(([, rate]) => rate)}::numeric[]) as n(ref, rate)
      where a.pool_id = ${pool.poolId} and a.ref = n.ref returning a.ref`;
      const known = new Set(written.map((row) => row.ref));
      const unknown = input.caps.findIndex(({ account }) => !known.has(account));
      if (unknown >= 0) {
        throw new Refusal('NOT_FOUND', 'There is no account of that ref in the pool: mend the ref.', [
          ...list,
          unknown,
          'account',
        ]);
      }
      return { sequence, count: rates.size };
    },
  );
}
