import fc from 'fast-check';
import { execute } from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { createContext, type Services } from '../../src/graphql/context.ts';
import { Engine } from '../../src/graphql/engine.ts';
import { schema } from '../../src/graphql/schema.ts';
import { settleOne, winnersBook } from '../support/notice-book.ts';
import { admin, integrator, startTestServer, type TestServer } from '../support/server.ts';
import { queryServices, ROOT } from '../support/services.ts';

/** The engine, which compiles queries, answers what graphql-js answers, whatever the document is made of. */

let server: TestServer;
let db: Database;
let services: Services;
const engine = new Engine(schema);

beforeAll(async () => {
  server = await startTestServer();
  const venue = await server.caller(integrator);
  await winnersBook(await server.caller(admin), venue, 'pool', 2);
  await settleOne(venue, 'pool', 1, 4);
  db = openDatabase(server.databaseUrl, { poolSize: 2 });
  services = queryServices(db);
});
afterAll(async () => {
  await db.close();
  await server.close();
});

async function answers(query: string, variableValues: Record<string, unknown>) {
  const prepared = engine.prepare(query);
  if (!('document' in prepared)) throw new Error(`${query} is refused: ${prepared[0]?.message}`);
  const { document } = prepared;
  const plain = await execute({
    schema,
    document,
    variableValues,
    contextValue: createContext(services, ROOT),
  });
  const compiled = await engine.execute({
    schema,
    document,
    variableValues,
    contextValue: createContext(services, ROOT),
  });
  const bare = ({ data, errors }: { data?: unknown; errors?: readonly { message: string }[] }) =>
    JSON.stringify({ data, errors: errors?.map(({ message }) => message).sort() });
  return { plain: bare(plain as never), compiled: bare(compiled) };
}

/** `@skip` and `@include` by variables and by literals, none, one or both. */
const directives = fc
  .array(fc.tuple(fc.constantFrom('@skip', '@include'), fc.constantFrom('$a', '$b', '$c', 'true', 'false')), {
    maxLength: 2,
  })
  .map((list) => {
    const names = new Set<string>();
    return list
      .filter(([name]) => !names.has(name) && names.add(name))
      .map(([name, value]) => ` ${name}(if: ${value})`)
      .join('');
  });

const { pool } = fc.letrec<{ pool: string; selection: string; fund: string; rules: string }>((tie) => {
  const set = (items: fc.Arbitrary<string>) =>
    fc.array(items, { minLength: 1, maxLength: 4 }).map((list) => list.join(' '));
  const leaf = (...names: string[]) =>
    fc.tuple(fc.constantFrom(...names), directives).map(([name, d]) => `${name}${d}`);
  return {
    rules: set(
      fc.oneof(
        leaf('waterfall', 'method', '__typename'),
        fc.tuple(directives, tie('rules')).map(([d, s]) => `...${d} { ${s} }`),
      ),
    ),
    fund: set(
      fc.oneof(
        { maxDepth: 2 },
        leaf('balance', 'available', 'id'),
        fc.tuple(directives, tie('pool')).map(([d, s]) => `pool${d} { ${s} }`),
      ),
    ),
    selection: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      leaf('name', 'asset', 'alias: name', 'decimals', '__typename', 'sequence'),
      fc.tuple(fc.constantFrom('F', 'G'), directives).map(([name, d]) => `...${name}${d}`),
      fc.tuple(directives, tie('rules')).map(([d, s]) => `rules${d} { ${s} }`),
      fc.tuple(directives, tie('fund')).map(([d, s]) => `insuranceFund${d} { ${s} }`),
      fc
        .tuple(fc.constantFrom('', ' on Pool', ' on Node'), directives, tie('pool'))
        .map(([on, d, s]) => (on === ' on Node' ? `...${on}${d} { id }` : `...${on}${d} { ${s} }`)),
      directives.map((d) => `accounts(first: $n)${d} { totalCount edges { node { ref } } }`),
      directives.map((d) => `account(ref: "w000000")${d} { ref }`),
    ),
    pool: set(tie('selection')),
  };
});

it('on random documents of fragments, aliases, directives and variables', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        body: pool,
        second: pool,
        f: pool.map((text) => text.replace(/\.\.\.[FG]\b/g, '__typename')),
        g: pool.map((text) => text.replace(/\.\.\.[FG]\b/g, '...F')),
        a: fc.boolean(),
        b: fc.boolean(),
        c: fc.option(fc.boolean(), { nil: undefined }),
        n: fc.constantFrom(undefined, null, 0, 1),
      }),
      async ({ body, second, f, g, a, b, c, n }) => {
        const query = `query ($a: Boolean!, $b: Boolean!, $c: Boolean! = true, $n: Int = 1) {
          x: __typename @skip(if: $a) y: __typename @include(if: $b) z: __typename @include(if: $c) p: pools(first: $n) { totalCount }
          pool(name: "pool") { ...F ...G ${body} } pool(name: "pool") { ${second} } }
          fragment F on Pool { ${f} } fragment G on Pool { ${g} }`;
        // What fragments blow up beyond the limits is refused before it is executed at all.
        fc.pre('document' in engine.prepare(query));
        const { plain, compiled } = await answers(query, {
          a,
          b,
          ...(c === undefined ? {} : { c }),
          ...(n === undefined ? {} : { n }),
        });
        expect(compiled).toBe(plain);
      },
    ),
    { numRuns: 150, interruptAfterTimeLimit: 25_000, markInterruptAsFailure: false },
  );
}, 60_000);

it.each<[name: string, query: string, variables: Record<string, unknown>]>([
  ['a required variable that has a default', 'query ($n: String! = "pool") { pool(name: $n) { name } }', {}],
  [
    'a fragment spread twice, once skipped',
    'query ($a: Boolean!) { pool(name: "pool") { ...F @skip(if: $a) ...F } } fragment F on Pool { name }',
    { a: true },
  ],
  [
    'a fragment spread twice, once included',
    'query ($a: Boolean!) { pool(name: "pool") { ...F ...F @include(if: $a) } } fragment F on Pool { name }',
    { a: false },
  ],
  [
    'a field twice, once skipped',
    'query ($a: Boolean!) { pool(name: "pool") { name @skip(if: $a) name } }',
    { a: true },
  ],
  [
    'a field of an object twice, once skipped',
    'query ($a: Boolean!) { pool(name: "pool") { rules @skip(if: $a) { method } rules { waterfall } } }',
    { a: true },
  ],
  [
    'a field in a skipped fragment and outside of it',
    'query ($a: Boolean!) { pool(name: "pool") { ... @skip(if: $a) { name asset } name } }',
    { a: true },
  ],
  [
    'variables in nested input objects',
    'query ($o: String, $p: Boolean = false) { pool(name: "pool") { accounts(filter: { owner: $o, profitable: $p }) { totalCount } } }',
    {},
  ],
  [
    'a null variable over a default',
    'query ($p: Boolean = true) { pool(name: "pool") { accounts(filter: { profitable: $p }) { totalCount } } }',
    { p: null },
  ],
  [
    'an enum by variable',
    'query ($s: AccountStatus = ACTIVE) { pool(name: "pool") { accounts(filter: { status: $s }) { totalCount } } }',
    {},
  ],
  [
    'a list variable with a single value',
    'query ($r: [String!]) { previewSettlement(input: { pool: "pool", lossEvents: $r }) { __typename } }',
    { r: 'loss-1' },
  ],
  ['an Int for an ID', 'query ($i: ID!) { node(id: $i) { id } }', { i: 5 }],
])('on %s', async (_, query, variables) => {
  const { plain, compiled } = await answers(query, variables);
  expect(compiled).toBe(plain);
});
