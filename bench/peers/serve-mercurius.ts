import Fastify from 'fastify';
import mercurius from 'mercurius';
import pg from 'pg';
import { onOrder } from '../support/serve.ts';

/* Mercurius with its JIT, prepared statements written by hand, and loaders where rows hang from rows. */

const SCHEMA = `
  type Query {
    account(ref: String!): Account
    accounts(first: Int!, after: String!): [Account!]!
    haircuts(sequence: String!, first: Int!, after: Int!): [Haircut!]!
  }
  type Account { ref: String! owner: String! status: String! balance: String! equity: String! positions: [Position!]! haircuts(last: Int!): [Haircut!]! }
  type Position { market: String! size: String! }
  type Haircut { account: String! sequence: String! amount: String! profit: String! balanceAfter: String! }
`;

const BALANCE = `case when l.sequence > a.head_sequence then l.balance_after else a.balance end`;
const LATEST = `left join lateral (select sequence, balance_after from haircuts h where h.pool_id = a.pool_id and h.account_no = a.account_no
  order by sequence desc, restores desc limit 1) l on true`;
const ACCOUNT = `select a.account_no, a.ref, a.owner, a.status, ${BALANCE} as balance from accounts a ${LATEST}
  where a.pool_id = 1 and a.ref = $1`;
const ACCOUNTS = `select a.ref, a.owner, a.status, ${BALANCE} as balance, ${BALANCE} + coalesce(v.unrealized, 0) as equity
  from accounts a ${LATEST} cross join lateral (
    select floor(sum(position_pnl(s.size, s.cost, m.contract_size, m.mark_price)) * 1000000) as unrealized
    from positions s join markets m on m.pool_id = s.pool_id and m.market_no = s.market_no
    where s.pool_id = a.pool_id and s.account_no = a.account_no and s.size <> 0) v
  where a.pool_id = 1 and a.ref > $2 order by a.ref limit $1`;
const POSITIONS = `select s.account_no, m.symbol as market, trim_scale(s.size) as size
  from positions s join markets m on m.pool_id = s.pool_id and m.market_no = s.market_no
  where s.pool_id = 1 and s.account_no = any($1::int[]) and s.size <> 0 order by m.symbol`;
const LAST_HAIRCUTS = `select k.account_no, h.* from unnest($1::int[]) as k(account_no) cross join lateral (
    select sequence, amount, profit, balance_after from haircuts h
    where h.pool_id = 1 and h.account_no = k.account_no and h.restores is null order by sequence desc limit $2) h`;
const HAIRCUTS = `select a.ref as account, h.sequence, h.amount, h.profit, h.balance_after
  from haircuts h join accounts a on a.pool_id = h.pool_id and a.account_no = h.account_no
  where h.pool_id = 1 and h.sequence = $1 and h.ordinal > $3 order by h.ordinal limit $2`;

interface Raw {
  readonly [column: string]: string;
}

function money(atoms: string): string {
  const negative = atoms.startsWith('-');
  const digits = (negative ? atoms.slice(1) : atoms).padStart(7, '0');
  return `${negative ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

const haircut = (row: Raw) => ({
  account: row.account,
  sequence: row.sequence,
  amount: money(row.amount!),
  profit: money(row.profit!),
  balanceAfter: money(row.balance_after!),
});

onOrder(async ({ databaseUrl }) => {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 10,
    options: '-c plan_cache_mode=force_generic_plan',
  });
  const rows = async (name: string, text: string, values: unknown[]): Promise<Raw[]> =>
    (await pool.query({ name, text, values })).rows;
  const app = Fastify();
  app.register(mercurius, {
    schema: SCHEMA,
    jit: 1,
    resolvers: {
      Query: {
        account: async (_: unknown, { ref }: { ref: string }) => {
          const [row] = await rows('account', ACCOUNT, [ref]);
          return row && { ...row, balance: money(row.balance!) };
        },
        accounts: async (_: unknown, { first, after }: { first: number; after: string }) =>
          (await rows('accounts', ACCOUNTS, [first, after])).map((row) => ({
            ...row,
            balance: money(row.balance!),
            equity: money(row.equity!),
          })),
        haircuts: async (
          _: unknown,
          { sequence, first, after }: { sequence: string; first: number; after: number },
        ) => (await rows('haircuts', HAIRCUTS, [sequence, first, after])).map(haircut),
      },
    },
    loaders: {
      Account: {
        async positions(queries: { obj: Raw }[]) {
          const found = await rows('positions', POSITIONS, [queries.map(({ obj }) => obj.account_no)]);
          return queries.map(({ obj }) => found.filter((row) => row.account_no === obj.account_no));
        },
        async haircuts(queries: { obj: Raw; params: { last: number } }[]) {
          const accounts = queries.map(({ obj }) => obj.account_no);
          const found = await rows('last', LAST_HAIRCUTS, [accounts, queries[0]!.params.last]);
          return queries.map(({ obj }) =>
            found
              .filter((row) => row.account_no === obj.account_no)
              .map(haircut)
              .reverse(),
          );
        },
      },
    },
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    url,
    close: async () => {
      await app.close();
      await pool.end();
    },
  };
});
