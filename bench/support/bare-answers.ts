import type postgres from 'postgres';
import { ACCOUNTS, HAIRCUTS, LAST } from '../questions/question.ts';
import { DECIMALS, POOL_ID } from './pool.ts';

/*
 * What the bare server answers to the operations that it knows, by their names: statements written by hand for each, and the
 * objects that Shearwater answers with.
 */

type Row = Readonly<Record<string, string>>;
type Rows = (text: string, values: readonly unknown[]) => Promise<readonly Row[]>;
export type BareAnswer = (rows: Rows, variables: Readonly<Record<string, string>>) => Promise<object>;

export const rowsOf =
  (sql: postgres.Sql): Rows =>
  (text, values) =>
    sql.unsafe<Row[]>(text, values as postgres.ParameterOrJSON<never>[], { prepare: true });

/** `balance` is that of the latest haircut where it is newer than the account's own row. */
const BALANCE = 'case when l.sequence > a.head_sequence then l.balance_after else a.balance end';
const LATEST = `left join lateral (
    select sequence, balance_after from haircuts h
    where h.pool_id = a.pool_id and h.account_no = a.account_no order by sequence desc, restores desc limit 1) l on true`;
const COLUMNS = `a.ref, a.owner, a.status, ${BALANCE} as balance`;

const OF_OWNER = `select ${COLUMNS}, a.account_no from accounts a ${LATEST}
  where a.pool_id = ${POOL_ID} and a.owner = $1 order by a.ref limit 20`;
const OF_OWNER_NESTED = `
  select a.*, h.sequence, h.amount, h.profit, h.balance_after from (${OF_OWNER}) a
  left join lateral (
    select sequence, amount, profit, balance_after from haircuts h
    where h.pool_id = ${POOL_ID} and h.account_no = a.account_no order by sequence limit 5) h on true
  order by a.ref, h.sequence`;
const ACCOUNT = `select ${COLUMNS} from accounts a ${LATEST} where a.pool_id = ${POOL_ID} and a.ref = $1`;
const POSITIONS = `select m.symbol, trim_scale(s.size) as size from accounts a
  join positions s on s.pool_id = a.pool_id and s.account_no = a.account_no and s.size <> 0
  join markets m on m.pool_id = s.pool_id and m.market_no = s.market_no
  where a.pool_id = ${POOL_ID} and a.ref = $1 order by m.symbol`;
const LAST_HAIRCUTS = `select h.sequence, h.amount, h.profit, h.balance_after from accounts a
  join haircuts h on h.pool_id = a.pool_id and h.account_no = a.account_no and h.restores is null
  where a.pool_id = ${POOL_ID} and a.ref = $1 order by h.sequence desc limit ${LAST}`;
const EQUITY = `select ${COLUMNS}, ${BALANCE} + coalesce(v.unrealized, 0) as equity from accounts a ${LATEST} cross join lateral (
    select floor(sum(position_pnl(s.size, s.cost, m.contract_size, m.mark_price)) * 1e${DECIMALS}) as unrealized
    from positions s join markets m on m.pool_id = s.pool_id and m.market_no = s.market_no
    where s.pool_id = a.pool_id and s.account_no = a.account_no and s.size <> 0) v
  where a.pool_id = ${POOL_ID} and a.ref > $1 order by a.ref limit ${ACCOUNTS}`;
const OF_SETTLEMENT = `select a.ref, h.sequence, h.amount, h.profit, h.balance_after
  from haircuts h join accounts a on a.pool_id = h.pool_id and a.account_no = h.account_no
  where h.pool_id = ${POOL_ID} and h.sequence = $1 and h.ordinal > $2 order by h.ordinal limit ${HAIRCUTS}`;

function money(atoms: string): string {
  const negative = atoms.startsWith('-');
  const digits = (negative ? atoms.slice(1) : atoms).padStart(DECIMALS + 1, '0');
  return `${negative ? '-' : ''}${digits.slice(0, -DECIMALS)}.${digits.slice(-DECIMALS)}`;
}

const account = ({ ref, owner, status, balance }: Row) => ({ ref, owner, status, balance: money(balance!) });
const haircut = ({ sequence, amount, profit, balance_after }: Row) => ({
  sequence,
  amount: money(amount!),
  profit: money(profit!),
  balanceAfter: money(balance_after!),
});
const edges = (nodes: readonly object[]) => ({ edges: nodes.map((node) => ({ node })) });
const keys = (cursor: string | undefined): readonly string[] =>
  JSON.parse(Buffer.from(cursor!, 'base64url').toString());

function nest(rows: readonly Row[]): object[] {
  const accounts = new Map<string, { haircuts: { edges: object[] } }>();
  for (const row of rows) {
    let node = accounts.get(row.ref!);
    if (!node) {
      node = { ...account(row), haircuts: { edges: [] } };
      accounts.set(row.ref!, node);
    }
    node.haircuts.edges.push({ node: haircut(row) });
  }
  return [...accounts.values()];
}

export const BARE_ANSWERS: Readonly<Record<string, BareAnswer>> = {
  Flat: async (rows, { owner }) => ({
    pool: { accounts: edges((await rows(OF_OWNER, [owner])).map(account)) },
  }),
  Nested: async (rows, { owner }) => ({
    pool: { accounts: edges(nest(await rows(OF_OWNER_NESTED, [owner]))) },
  }),
  async Account(rows, { ref }) {
    const statements = [ACCOUNT, POSITIONS, LAST_HAIRCUTS];
    const [[found], positions, haircuts] = (await Promise.all(
      statements.map((text) => rows(text, [ref])),
    )) as [readonly Row[], readonly Row[], readonly Row[]];
    return {
      pool: {
        account: {
          ...account(found!),
          positions: positions.map(({ symbol, size }) => ({ market: { symbol }, size })),
          haircuts: edges(haircuts.map(haircut).reverse()),
        },
      },
    };
  },
  Equity: async (rows, { after }) => ({
    pool: {
      accounts: edges(
        (await rows(EQUITY, keys(after))).map((row) => ({ ...account(row), equity: money(row.equity!) })),
      ),
    },
  }),
  Haircuts: async (rows, { id, after }) => ({
    node: {
      haircuts: edges(
        (await rows(OF_SETTLEMENT, [keys(id)[2], ...keys(after)])).map((row) => ({
          account: { ref: row.ref },
          ...haircut(row),
        })),
      ),
    },
  }),
};
