import { setTimeout as pause } from 'node:timers/promises';
import { GraphQLError, isInterfaceType, isObjectType, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { AnswerCache } from '../../src/graphql/answer-cache.ts';
import { KEPT_FIELDS, poolsAskedBy } from '../../src/graphql/cacheable.ts';
import { createContext } from '../../src/graphql/context.ts';
import { Engine } from '../../src/graphql/engine.ts';
import { readData } from '../../src/graphql/printed.ts';
import { schema } from '../../src/graphql/schema.ts';
import { bankruptcy, openBook, succeed } from '../support/api.ts';
import {
  admin,
  type Caller,
  integrator,
  startTestServer,
  type TestServer,
  trader,
} from '../support/server.ts';
import { queryServices } from '../support/services.ts';

/** What is answered out of memory is what the database would answer now, whoever asks. */

let keeping: TestServer;
let fresh: TestServer;
beforeAll(async () => {
  keeping = await startTestServer({ answerCacheMib: 8 });
  fresh = await startTestServer({ databaseUrl: keeping.databaseUrl });
});
afterAll(async () => {
  await fresh.close();
  await keeping.close();
});

const WHOLE = `query Whole($pool: String!, $account: String!) { pool(name: $pool) {
  sequence status haltReason rules { version maxHaircutRate } insuranceFund { balance entries(last: 5) { totalCount edges { node { amount ref } } } }
  markets { symbol markPrice }
  account(ref: $account) { ref balance equity margin { health } positions { size market { symbol } } haircuts(last: 3) { edges { node { amount recovered } } } }
  accounts(first: 10) { totalCount edges { cursor node { ref owner equity haircutableProfit } } }
  lossEvents(first: 5) { edges { node { ref status uncovered account { ref } } } }
  settlements(last: 5) { edges { node { id sequence reversal { reason } haircuts(first: 10) { totalCount edges { node { account { ref } amount } } } } } } } }`;

async function hits(): Promise<number> {
  const text = await (await fetch(`${keeping.url}/metrics`)).text();
  return Number(/^shearwater_cached_answers_total\{outcome="hit"\} (\d+)/m.exec(text)?.[1] ?? 0);
}

/** What an administrator asks, without a server. */
function question(db: Database, query: string) {
  const prepared = new Engine(schema).prepare(query);
  if (!('document' in prepared)) throw prepared[0];
  const viewer = {
    subject: 'root',
    roles: ['ADMIN' as const],
    pools: null,
    expiresAt: 1e12,
    issuedAt: null,
    keyId: null,
  };
  return { prepared, context: createContext(queryServices(db), viewer) };
}

describe('an answer that is kept', () => {
  it('is that of a server which keeps none, after whatever changes the pool and for whoever asks', async () => {
    const [root, venue] = await Promise.all([fresh.caller(admin), keeping.caller(integrator)]);
    await openBook(root, venue, { pool: 'p', winners: { alice: 100, bob: 200 }, deficit: 120, fund: 10 });
    await openBook(root, venue, { pool: 'q', winners: { alice: 100 }, deficit: 20, fund: 0 });
    const viewers = [admin, trader('owner-alice'), trader('owner-bob'), { ...integrator, pools: ['q'] }];
    const askers = await Promise.all(
      viewers.map(
        async (claims): Promise<[Caller, Caller]> => [
          await keeping.caller(claims),
          await fresh.caller(claims),
        ],
      ),
    );
    const agree = async () => {
      for (const [kept, read] of askers) {
        for (const pool of ['p', 'q', 'nowhere']) {
          const variables = { pool, account: 'alice' };
          const expected = await read(WHOLE, variables);
          expect(expected.errors, JSON.stringify(expected.errors)).toBeUndefined();
          // The first may be worked out, the second comes out of memory.
          expect(await kept(WHOLE, variables)).toEqual(expected);
          expect(await kept(WHOLE, variables)).toEqual(expected);
        }
      }
    };
    await agree();
    const transfer = (key: string) => ({
      pool: 'p',
      idempotencyKey: key,
      transfers: [{ account: 'alice', kind: 'DEPOSIT', amount: '5' }],
    });
    await succeed(root, 'postTransfers', transfer('one'));
    await agree();
    await succeed(root, 'reportBankruptcy', bankruptcy('p'));
    await agree();
    await succeed(venue, 'settleLosses', { pool: 'p', idempotencyKey: 'settle' });
    await agree();
    await succeed(root, 'haltPool', { pool: 'p', idempotencyKey: 'halt', reason: 'a look' });
    await agree();
    await succeed(root, 'resumePool', { pool: 'p', idempotencyKey: 'resume' });
    await agree();
    await succeed(root, 'updatePoolRules', {
      pool: 'p',
      idempotencyKey: 'rules',
      rules: { maxHaircutRate: '0.5' },
    });
    await agree();
    // A pool's row may change without a commit of the pool's: a halt that could not be journaled.
    const db = openDatabase(keeping.databaseUrl, { poolSize: 1 });
    await db.sql`update pools set status = 'HALTED', halt_reason = 'by hand' where name = 'p'`;
    await agree();
    // And what is mended meanwhile changes nothing of that row.
    await db.sql`update accounts set balance = balance + 100 where ref = 'alice' and pool_id = (select pool_id from pools where name = 'p')`;
    await agree();
    await db.sql`update accounts set balance = balance - 100 where ref = 'alice' and pool_id = (select pool_id from pools where name = 'p')`;
    await db.sql`update pools set status = 'ACTIVE', halt_reason = null where name = 'p'`;
    await db.close();
    await agree();
    const before = await hits();
    await agree();
    expect(await hits()).toBeGreaterThanOrEqual(before + 2 * 2 * 3);
  });

  it('is not given again where the pool changed while it was worked out', async () => {
    const [root, venue] = await Promise.all([fresh.caller(admin), fresh.caller(integrator)]);
    await openBook(root, venue, { pool: 'r', winners: { alice: 100 }, deficit: 20, fund: 0 });
    const db = openDatabase(keeping.databaseUrl, { poolSize: 2 });
    try {
      const outcomes: string[] = [];
      const answers = new AnswerCache({ schema, db, maxBytes: 2 ** 20, onAnswer: (o) => outcomes.push(o) });
      const { prepared, context } = question(db, '{ pool(name: "r") { sequence } }');
      const asked = { prepared, operationName: null, variables: {} };
      const ask = (meanwhile: () => Promise<unknown>) =>
        answers.answer(asked, context, async () => {
          // Read first, and changed before the answer is kept; the other way round is what the next question sees.
          const [row] = await db.sql`select sequence from pools where name = 'r'`;
          await meanwhile();
          return { data: { pool: { sequence: row!.sequence } } };
        });
      const deposit = () =>
        succeed(root, 'postTransfers', {
          pool: 'r',
          idempotencyKey: 'while',
          transfers: [{ account: 'alice', kind: 'DEPOSIT', amount: '5' }],
        });
      const first = await ask(deposit);
      const second = await ask(() => pause(0));
      const third = await ask(() => Promise.reject(new Error('It is kept: nobody works it out.')));
      expect(outcomes).toEqual(['miss', 'miss', 'hit']);
      expect(readData(second)).not.toEqual(readData(first));
      expect(readData(third)).toEqual(readData(second));
    } finally {
      await db.close();
    }
  });

  it('is worked out, and fails by the query’s own error, where nobody can say where the pool stands', async () => {
    const db = openDatabase(keeping.databaseUrl, { poolSize: 1 });
    const answers = new AnswerCache({ schema, db, maxBytes: 2 ** 20 });
    const { prepared, context } = question(db, '{ pool(name: "r") { sequence } }');
    await db.close();
    const failed = { data: null, errors: [new GraphQLError('The database is away.')] };
    const asked = { prepared, operationName: null, variables: {} };
    expect(await answers.answer(asked, context, () => failed)).toBe(failed);
    expect(answers.bytes).toBe(0);
  });

  it('takes no more memory than it may', async () => {
    const db = openDatabase(keeping.databaseUrl, { poolSize: 1 });
    try {
      const answers = new AnswerCache({ schema, db, maxBytes: 20_000 });
      const { prepared, context } = question(
        db,
        'query ($a: String!) { pool(name: "r") { account(ref: $a) { ref } } }',
      );
      for (let i = 0; i < 200; i++) {
        await answers.answer({ prepared, operationName: null, variables: { a: `a${i}` } }, context, () => ({
          data: { text: 'x'.repeat((i * 37) % 3_000) },
        }));
        expect(answers.bytes).toBeLessThanOrEqual(20_000);
      }
      expect(answers.bytes).toBeGreaterThan(10_000);
    } finally {
      await db.close();
    }
  });
});

describe('what is kept', () => {
  const pools = (query: string, variables = {}) =>
    poolsAskedBy(schema, parse(query), null)?.(variables) ?? null;

  it('names its pools, literally or by a variable, or by the id of what is in one', () => {
    expect(pools('{ a: pool(name: "x") { sequence } b: pool(name: "y") { name } }')).toEqual(['x', 'y']);
    expect(
      pools('query ($p: String!) { pool(name: $p) { ...F } } fragment F on Pool { asset }', { p: 'z' }),
    ).toEqual(['z']);
    const id = Buffer.from(JSON.stringify(['Settlement', 'w', '7'])).toString('base64url');
    expect(
      pools(`{ node(id: "${id}") { ... on Settlement { haircuts { edges { node { amount } } } } } }`),
    ).toEqual(['w']);
    expect(pools('{ node(id: "none of ours") { id } }')).toBeNull();
  });

  it('depends on nothing but pools: not on the time, on who is in trouble, on jobs, on other lists', () => {
    for (const query of [
      '{ pool(name: "x") { insuranceFund { flows { income } } } }',
      '{ pool(name: "x") { queue { place } } }',
      '{ pool(name: "x") { gauges { unrealizedPnl } } }',
      '{ pool(name: "x") { totals { equity } } }',
      '{ pool(name: "x") { account(ref: "a") { queuePlace { place } } } }',
      '{ pool(name: "x") { account(ref: "a") { lossExposure { __typename } } } }',
      '{ pools { edges { node { name } } } }',
      '{ myAccounts { edges { node { ref } } } }',
      '{ viewer { subject } pool(name: "x") { name } }',
      'query @maxLag(seconds: 1) { pool(name: "x") { name } }',
      'mutation { __typename }',
      '{ __schema { description } }',
    ])
      expect(pools(query), query).toBeNull();
  });

  it('is named field by field; whoever adds one to a type decides whether it is kept', () => {
    const others = Object.entries(KEPT_FIELDS).flatMap(([name, kept]) => {
      const type = schema.getType(name);
      if (!isObjectType(type) && !isInterfaceType(type)) throw new Error(`There is no type ${name}.`);
      const fields = Object.keys(type.getFields());
      expect(
        [...kept].filter((field) => !fields.includes(field)),
        name,
      ).toEqual([]);
      return fields.filter((field) => !kept.has(field)).map((field) => `${name}.${field}`);
    });
    expect(others.sort()).toEqual([
      'Account.lossExposure',
      'Account.queuePlace',
      'InsuranceFund.flows',
      'Pool.gauges',
      'Pool.queue',
      'Pool.totals',
    ]);
  });
});
