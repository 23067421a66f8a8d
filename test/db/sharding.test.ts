import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

/** What docs/scaling.md builds on: a pool never shares a row, a key or a join with another, so pools can be spread over machines. */

let database: TestDatabase;
let sql: postgres.Sql;
beforeAll(async () => {
  database = await createTestDatabase();
  sql = postgres(database.url, { max: 1, fetch_types: false, onnotice: () => {} });
});
afterAll(async () => {
  await sql?.end();
  await database?.drop();
});

/** Keys that do not lead with the pool, each with why. */
const NOT_BY_POOL: Record<string, string> = {
  'pools_name_key UNIQUE (name)':
    'the directory of pools: callers name them, and one row a pool is on every machine',
  'revocations_pkey PRIMARY KEY (number)': 'of tokens, which may reach several pools: every machine has them',
  'replication_beats_pkey PRIMARY KEY (server)':
    'of a server process and no pool, and nothing that must be kept',
};

/** Joins that do not name the pool, each with why it meets rows of one pool only. */
const OF_ONE_POOL: Record<string, string> = {
  'db/holders.ts: join pg_stat_progress_copy c on c.pid = a.pid': 'what PostgreSQL says of its own processes',
  'settlement/bearers.ts: join (${since}) n on n.account_no = a.account_no':
    'the subquery and the table are both filtered by the one pool',
  'settlement/compute.ts: join last t on t.event_sequence = l.sequence':
    'a common table expression over the one pool that the statement names',
};

test('every primary key, unique constraint and foreign key leads with the pool', async () => {
  const rows = await sql`
    select c.conname as name, pg_get_constraintdef(c.oid) as definition from pg_constraint c
    where c.connamespace = 'public'::regnamespace and c.contype in ('p', 'u', 'f')`;
  const others = rows.filter(
    ({ definition }) =>
      !/^[A-Z ]+ \(pool_id\b/.test(definition) ||
      (/^FOREIGN/.test(definition) && !/REFERENCES \w+\(pool_id\b/.test(definition)),
  );
  expect(others.map(({ name, definition }) => `${name} ${definition}`).sort()).toEqual(
    Object.keys(NOT_BY_POOL).sort(),
  );
});

/** The end of a join's condition. */
const END = /\b(?:(?:inner |left |cross )?join|where|group by|order by|limit|returning|union)\b|[;`]|$/i;

/** Where the parenthesis that begins a text is closed. */
function closing(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i + 1;
  }
  return text.length;
}

/** The joins of a text, each with its condition, and with its subquery where it joins one. */
function joinsOf(text: string): string[] {
  const plain = text.replaceAll(/--.*|\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  return [...plain.matchAll(/\bjoin\s+(?!lateral\b)/gi)].map(({ index, 0: word }) => {
    const rest = plain.slice(index + word.length);
    const subquery = rest.startsWith('(') ? closing(rest) : 0;
    const end = subquery + rest.slice(subquery).search(END);
    return `join ${rest.slice(0, end)}`.replaceAll(/\s+/g, ' ').trim();
  });
}

const lacking = (text: string): string[] => joinsOf(text).filter((join) => !/\bpool_id\b/.test(join));

test('a join without the pool is found', () => {
  expect(lacking('select from a join b on b.account_no = a.account_no where a.pool_id = 1')).toEqual([
    'join b on b.account_no = a.account_no',
  ]);
  expect(lacking('select from a left join (select 1 from c where c.x = 1) b using (x)')).toHaveLength(1);
  expect(lacking('select from a join b using (pool_id, account_no)')).toEqual([]);
});

test('every join of the views and triggers carries the pool', async () => {
  const rows = await sql`
    select viewname as name, definition as text from pg_views where schemaname = 'public'
    union all select proname, prosrc from pg_proc where pronamespace = 'public'::regnamespace`;
  expect(rows.length).toBeGreaterThan(10);
  const found = rows.flatMap(({ name, text }) => lacking(text).map((join) => `${name}: ${join}`));
  expect(found).toEqual([]);
});

test('every join of the statements that the server sends carries the pool', () => {
  const src = fileURLToPath(new URL('../../src', import.meta.url));
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const found: string[] = [];
  let joins = 0;
  for (const file of files) {
    const text = readFileSync(`${src}/${file}`, 'utf8');
    for (const [literal] of text.matchAll(/`[^`]*`/g)) {
      joins += joinsOf(literal).length;
      for (const join of lacking(literal)) found.push(`${file}: ${join}`);
    }
  }
  expect(joins).toBeGreaterThan(60);
  expect(found).toEqual(Object.keys(OF_ONE_POOL));
});
