import type postgres from 'postgres';
import { ask } from './clients.ts';
import { pause } from './faults.ts';
import type { Member } from './fleet.ts';

/*
 * Lists, which servers answer partly out of memory: once all is quiet, every server has to tell what the tables say, whatever became of
 * its memory meanwhile.
 */

const QUERY = `query ($pool: String!) { pool(name: $pool) {
  accounts(first: 1000) { edges { node { ref owner balance equity } } }
  settlements(last: 5) { edges { node { haircuts(first: 1000) { edges { node { account { ref owner } amount } } } } } } } }`;

/** Long enough for a book to be loaded, or to catch up, that the first time found missing or behind. */
const LOADED_MS = 300;

export async function checkLists(
  sql: postgres.Sql,
  members: readonly Member[],
  pools: readonly string[],
  token: string,
): Promise<string[]> {
  const faults: string[] = [];
  for (const pool of pools) {
    const wanted = await ofTables(sql, pool);
    for (const time of ['first', 'second']) {
      for (const { name, url } of members) {
        const { data, errors } = await ask(url, token, { query: QUERY, variables: { pool } });
        const told = errors ? [JSON.stringify(errors)] : ofAnswer(data.pool);
        const place = wanted.findIndex((line, i) => line !== told[i]);
        if (place < 0 && told.length === wanted.length) continue;
        const at = place < 0 ? wanted.length : place;
        faults.push(
          `${name} lists ${told[at]} of ${pool}, asked a ${time} time, where the tables have ${wanted[at]}`,
        );
      }
      await pause(LOADED_MS);
    }
  }
  return faults;
}

// biome-ignore lint/suspicious/noExplicitAny: an answer, as it came
function ofAnswer({ accounts, settlements }: any): string[] {
  // biome-ignore lint/suspicious/noExplicitAny: the same
  const nodes = (connection: any): any[] => connection.edges.map(({ node }: any) => node);
  return [
    ...nodes(accounts).map(({ ref, owner, balance, equity }) => `${ref} ${owner} ${balance} ${equity}`),
    ...nodes(settlements).flatMap(({ haircuts }) =>
      nodes(haircuts).map(({ account, amount }) => `${account.ref} ${account.owner} ${amount}`),
    ),
  ];
}

async function ofTables(sql: postgres.Sql, pool: string): Promise<string[]> {
  const accounts = await sql`
    select s.ref, s.owner, (s.balance / power(10::numeric, p.decimals))::numeric(60, 2) as balance,
           ((s.balance + s.unrealized) / power(10::numeric, p.decimals))::numeric(60, 2) as equity
    from account_state s join pools p using (pool_id) where p.name = ${pool} order by s.ref limit 1000`;
  const haircuts = await sql`
    select h.account_ref as ref, h.account_owner as owner, (h.amount / power(10::numeric, p.decimals))::numeric(60, 2) as amount
    from settlements s join pools p using (pool_id)
    join haircut_notice h on h.pool_id = s.pool_id and h.sequence = s.sequence
    where p.name = ${pool} and s.sequence in
      (select sequence from settlements l where l.pool_id = s.pool_id order by sequence desc limit 5)
    order by h.sequence, h.ordinal`;
  return [
    ...accounts.map(({ ref, owner, balance, equity }) => `${ref} ${owner} ${balance} ${equity}`),
    ...haircuts.map(({ ref, owner, amount }) => `${ref} ${owner} ${amount}`),
  ];
}
