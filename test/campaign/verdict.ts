import type postgres from 'postgres';
import { checkInvariants } from '../support/invariants.ts';
import { difference, ledgerLines } from '../support/ledger-log.ts';
import type { Sent } from './clients.ts';
import type { Operation } from './operations.ts';
import type { Reader } from './readers.ts';

/*
 * What must be so once all is healed and quiet. Each function answers with what is not, a sentence each.
 */

/** The rows that an operation leaves, found by what only it wrote into them; null where nothing of it lasts but the journal. */
const TRACES: Record<
  string,
  (operation: Operation) => readonly [table: string, column: string, value: unknown]
> = {
  postTransfers: ({ key }) => ['postings', 'ref', key],
  applyUpdates: ({ key }) => ['postings', 'ref', key],
  recordFills: ({ key }) => ['fills', 'trade', key],
  contributeToFund: ({ key }) => ['fund_entries', 'ref', key],
  withdrawFromFund: ({ key }) => ['fund_entries', 'ref', key],
  reportBankruptcy: ({ key }) => ['loss_events', 'ref', key],
  recordRecovery: ({ key }) => ['recoveries', 'ref', key],
  reverseSettlement: ({ input }) => ['reversals', 'settlement_sequence', input.settlement],
};

/** Mutations that are no commit of a pool. */
const NOT_JOURNALED: ReadonlySet<string> = new Set([
  ...['createPool', 'startSimulation', 'cancelSimulation', 'revokeTokens'],
  ...['createWebhook', 'updateWebhook', 'deleteWebhook', 'replayWebhook', 'rotateWebhookSecret'],
]);

/** Each confirmed write is in the ledger once, where its answer said; each refused one is not; and there is nothing else. */
export async function checkWrites(sql: postgres.Sql, sent: readonly Sent[]): Promise<string[]> {
  const faults: string[] = [];
  const say = ({ operation: { mutation, key, target } }: Sent, what: string) =>
    faults.push(`${mutation} ${key ?? '(no key)'} of ${target.name}: ${what}`);
  const rows = await sql<{ name: string; sequence: string; mutation: string; key: string | null }[]>`
    select p.name, j.sequence, j.mutation, i.key from journal j join pools p on p.pool_id = j.pool_id
    left join idempotency_records i on i.pool_id = j.pool_id and i.sequence = j.sequence`;
  const journal = new Map(rows.map((row) => [`${row.name}/${row.sequence}`, row]));
  const byKey = new Map(rows.filter(({ key }) => key !== null).map((row) => [`${row.name}/${row.key}`, row]));

  const keys = new Set<string>();
  const unkeyed = new Map<string, { confirmed: number; unknown: number }>();
  for (const one of sent) {
    const { operation, outcome } = one;
    const { mutation, target, key } = operation;
    if (NOT_JOURNALED.has(mutation)) continue;
    const record = key === null ? undefined : byKey.get(`${target.name}/${key}`);
    if (outcome.kind === 'refused') {
      if (record) say(one, `refused with ${outcome.code}, and yet commit ${record.sequence} has its key`);
      continue;
    }
    if (outcome.kind === 'confirmed' && outcome.sequence !== null) {
      const entry = journal.get(`${target.name}/${outcome.sequence}`);
      if (entry?.mutation !== mutation)
        say(one, `confirmed as commit ${outcome.sequence}, which is ${entry?.mutation}`);
    }
    if (key === null) {
      const counts = unkeyed.get(`${target.name}/${mutation}`) ?? { confirmed: 0, unknown: 0 };
      counts[outcome.kind]++;
      unkeyed.set(`${target.name}/${mutation}`, counts);
      continue;
    }
    keys.add(`${target.name}/${key}`);
    if (outcome.kind === 'unknown') say(one, `still nobody knows what became of it: ${outcome.why}`);
    else if (!record) say(one, `confirmed as commit ${outcome.sequence}, and no commit has its key`);
    else if (outcome.sequence !== null && record.sequence !== outcome.sequence)
      say(one, `confirmed as commit ${outcome.sequence}, and commit ${record.sequence} has its key`);
  }
  for (const [key, row] of byKey)
    if (!keys.has(key) && !row.key!.startsWith('open '))
      faults.push(`commit ${row.sequence} of ${key} was never confirmed`);
  for (const [what, { confirmed, unknown }] of unkeyed) {
    const [pool, mutation] = what.split('/');
    // What opened the pools came before, once each.
    const found =
      rows.filter((row) => row.name === pool && row.mutation === mutation).length - OPENED[mutation!]!;
    if (found < confirmed || found > confirmed + unknown)
      faults.push(
        `${what}: ${found} commits, of which ${confirmed} were confirmed and ${unknown} never answered`,
      );
  }
  return [...faults, ...(await checkTraces(sql, sent))];
}

/** How many commits of each mutation without a key opening a pool takes (round.ts). */
const OPENED: Record<string, number> = {
  upsertMarkets: 1,
  publishMarks: 1,
  upsertAccounts: 1,
  upsertPositions: 0,
  setHaircutCaps: 0,
};

async function checkTraces(sql: postgres.Sql, sent: readonly Sent[]): Promise<string[]> {
  const faults: string[] = [];
  for (const [mutation, trace] of Object.entries(TRACES)) {
    const of = sent.filter(({ operation }) => operation.mutation === mutation);
    if (of.length === 0) continue;
    const [table, column] = trace(of[0]!.operation);
    const rows = await sql.unsafe(
      `select p.name, r.sequence, r.${column}::text as value from ${table} r join pools p using (pool_id)`,
    );
    const found = new Set(rows.map((row) => `${row.name}/${row.value}/${row.sequence}`));
    const values = new Set(rows.map((row) => `${row.name}/${row.value}`));
    for (const { operation, outcome } of of) {
      const value = `${operation.target.name}/${trace(operation)[2]}`;
      if (
        outcome.kind === 'confirmed' &&
        outcome.sequence !== null &&
        !found.has(`${value}/${outcome.sequence}`)
      )
        faults.push(
          `${mutation} ${operation.key}: confirmed as commit ${outcome.sequence}, and not in ${table}`,
        );
      if (outcome.kind === 'refused' && mutation !== 'reverseSettlement' && values.has(value))
        faults.push(`${mutation} ${operation.key}: refused with ${outcome.code}, and yet in ${table}`);
    }
  }
  return faults;
}

/** Every simulation that was confirmed is there, once a key, and came to an end. */
export async function checkSimulations(sql: postgres.Sql, sent: readonly Sent[]): Promise<string[]> {
  const rows =
    await sql`select p.name, s.idempotency_key as key, s.status from simulations s join pools p using (pool_id)`;
  const byKey = new Map(rows.map((row) => [`${row.name}/${row.key}`, row.status as string]));
  return sent.flatMap(({ operation: { mutation, target, key }, outcome }) => {
    if (mutation !== 'startSimulation') return [];
    const status = byKey.get(`${target.name}/${key}`);
    if (outcome.kind === 'refused')
      return status ? [`simulation ${key}: refused, and yet it is ${status}`] : [];
    if (outcome.kind === 'unknown') return [`simulation ${key}: nobody knows`];
    return status === 'DONE' || status === 'CANCELLED' ? [] : [`simulation ${key} is ${status}`];
  });
}

export async function checkPools(sql: postgres.Sql, sent: readonly Sent[]): Promise<string[]> {
  const rows = await sql`select name from pools`;
  const names = new Set(rows.map((row) => row.name));
  return sent.flatMap(({ operation: { mutation, input }, outcome }) =>
    mutation === 'createPool' && outcome.kind === 'confirmed' && !names.has(input.name)
      ? [`pool ${input.name} was confirmed and is not there`]
      : [],
  );
}

/** Sums hold through every fault: a pool that halts itself has found a bug. */
export async function checkHalts(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql`
    select p.name, o.reason from journal j join pools p on p.pool_id = j.pool_id
    left join outbox o on o.pool_id = j.pool_id and o.sequence = j.sequence where j.mutation = 'haltItself'`;
  return rows.map((row) => `${row.name} halted itself: ${row.reason}`);
}

export const checkRows = (sql: postgres.Sql): Promise<string[]> => checkInvariants(sql, { zeroSum: true });

/** Each reader heard each notice that was for it, once and in order, whatever happened to its server and its line. */
export async function checkReaders(sql: postgres.Sql, readers: readonly Reader[]): Promise<string[]> {
  const ledgers = new Map<string, string[]>();
  const faults: string[] = [];
  for (const reader of readers) {
    const { heading, pool, owner } = reader;
    const key = `${heading}/${pool}/${owner}`;
    let lines = ledgers.get(key);
    if (!lines) {
      lines = await ledgerLines(sql, heading, pool, owner);
      ledgers.set(key, lines);
    }
    const fault = difference(reader.name, reader.heard(), lines);
    if (fault) faults.push(fault);
  }
  return faults;
}

/** A webhook's receiver was told every haircut of its pool, each account's in order, at least once. */
export async function checkReceiver(
  sql: postgres.Sql,
  pool: string,
  notices: readonly {
    readonly cursor: string;
    readonly sequence: string;
    readonly haircut: { readonly account: { readonly ref: string } };
  }[],
): Promise<string[]> {
  const rows = await sql<{ ref: string; sequence: string }[]>`
    select h.account_ref as ref, h.sequence from haircut_notice h join pools p on p.pool_id = h.pool_id
    where p.name = ${pool} order by h.sequence, h.ordinal`;
  // By the cursor: what is given back of two settlements comes twice to one account at one sequence. A map keeps the order in which
  // things first came.
  const told = new Map(
    notices.map(({ cursor, sequence, haircut }) => [cursor, `${sequence} ${haircut.account.ref}`]),
  );
  const wanted = rows.map(({ ref, sequence }) => `${sequence} ${ref}`);
  if (JSON.stringify([...told.values()]) === JSON.stringify(wanted)) return [];
  const heard = new Set(told.values());
  const missing = wanted.filter((one) => !heard.has(one)).slice(0, 5);
  return [
    `the receiver of ${pool} was told ${told.size} of ${wanted.length} haircuts, or not in order; missing ${missing.join(', ')}`,
  ];
}
