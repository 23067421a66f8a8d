import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import postgres from 'postgres';
import { DECIMALS, POOL_ID } from './pool.ts';
import { onOrder } from './serve.ts';

/*
 * The floor of the lists benchmark: one hand-written statement behind bare node:http. It answers with the bytes that
 * Shearwater answers with, knows two questions, and asks nobody who they are.
 */

/** `balance` is that of the latest haircut where it is newer than the account's own row. */
const ACCOUNTS = `
  select a.ref, a.owner, a.status, a.account_no,
         case when l.sequence > a.head_sequence then l.balance_after else a.balance end as balance
  from accounts a left join lateral (
    select sequence, balance_after from haircuts h
    where h.pool_id = a.pool_id and h.account_no = a.account_no order by sequence desc limit 1) l on true
  where a.pool_id = ${POOL_ID} and a.owner = $1 order by a.ref limit 20`;

const NESTED = `
  select a.*, h.sequence, h.amount, h.profit, h.balance_after from (${ACCOUNTS}) a
  left join lateral (
    select sequence, amount, profit, balance_after from haircuts h
    where h.pool_id = ${POOL_ID} and h.account_no = a.account_no order by sequence limit 5) h on true
  order by a.ref, h.sequence`;

interface Row {
  readonly ref: string;
  readonly owner: string;
  readonly status: string;
  readonly balance: string;
  readonly sequence: string;
  readonly amount: string;
  readonly profit: string;
  readonly balance_after: string;
}

function money(atoms: string): string {
  const negative = atoms.startsWith('-');
  const digits = (negative ? atoms.slice(1) : atoms).padStart(DECIMALS + 1, '0');
  return `${negative ? '-' : ''}${digits.slice(0, -DECIMALS)}.${digits.slice(-DECIMALS)}`;
}

const flatNode = ({ ref, owner, status, balance }: Row) => ({ ref, owner, status, balance: money(balance) });

function nest(rows: readonly Row[]): object[] {
  const accounts = new Map<string, { haircuts: { edges: object[] } }>();
  for (const row of rows) {
    let node = accounts.get(row.ref);
    if (!node) {
      node = { ...flatNode(row), haircuts: { edges: [] } };
      accounts.set(row.ref, node);
    }
    const { sequence, amount, profit, balance_after } = row;
    node.haircuts.edges.push({
      node: { sequence, amount: money(amount), profit: money(profit), balanceAfter: money(balance_after) },
    });
  }
  return [...accounts.values()];
}

onOrder(async ({ databaseUrl }) => {
  const sql = postgres(databaseUrl, { max: 10, fetch_types: false, onnotice: () => {} });
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
    const { query, variables } = JSON.parse(Buffer.concat(chunks).toString());
    const nested = query.includes('haircuts');
    const rows = await sql.unsafe<Row[]>(nested ? NESTED : ACCOUNTS, [variables.owner], { prepare: true });
    const nodes = nested ? nest(rows) : rows.map(flatNode);
    const text = JSON.stringify({ data: { pool: { accounts: { edges: nodes.map((node) => ({ node })) } } } });
    res.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
    });
    res.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await sql.end({ timeout: 5 });
    },
  };
});
