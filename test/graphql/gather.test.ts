import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Viewer } from '../../src/auth/viewer.ts';
import { openDatabase } from '../../src/db/database.ts';
import { createContext } from '../../src/graphql/context.ts';
import { Engine } from '../../src/graphql/engine.ts';
import { Gather } from '../../src/graphql/gather.ts';
import { schema } from '../../src/graphql/schema.ts';
import { bankruptcy, openBook, succeed } from '../support/api.ts';
import { admin, integrator, startTestServer, type TestServer } from '../support/server.ts';
import { queryServices } from '../support/services.ts';

/** Operations that read at the same moment read together, and none can tell. */

describe('reads that come together', () => {
  const callers = fc.array(
    fc.record({
      name: fc.constantFrom('a', 'b'),
      /** Key 0 makes whatever reads it fail. */
      keys: fc.array(fc.nat(9), { minLength: 1, maxLength: 4 }),
      weight: fc.constantFrom(1, 20, 100),
      turns: fc.nat(2),
    }),
    { maxLength: 12 },
  );

  it('give each caller what it would have read alone, and no other its failure', async () => {
    let shared = 0;
    await fc.assert(
      fc.asyncProperty(callers, async (asked) => {
        const gather = new Gather();
        const reads: string[] = [];
        const reader = (name: string) => async (keys: readonly number[]) => {
          reads.push(name);
          await null;
          if (keys.includes(0)) throw new Error(`no ${name}`);
          return keys.map((key) => `${name}${key}`);
        };
        const answers = await Promise.allSettled(
          asked.map(async ({ name, keys, weight, turns }) => {
            for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
            return gather.load(name, keys, reader(name), weight);
          }),
        );
        for (const [i, { name, keys }] of asked.entries()) {
          if (keys.includes(0))
            expect(answers[i]).toMatchObject({ status: 'rejected', reason: { message: `no ${name}` } });
          else expect(answers[i]).toEqual({ status: 'fulfilled', value: keys.map((key) => `${name}${key}`) });
        }
        if (reads.length < asked.length) shared++;
      }),
      { numRuns: 300 },
    );
    expect(shared).toBeGreaterThan(30);
  });

  it('are sent as they are when they would be more than one statement should carry', async () => {
    const gather = new Gather();
    const sizes: number[] = [];
    const read = async (keys: readonly number[]) => {
      sizes.push(keys.length);
      return keys;
    };
    const keys = Array.from({ length: 110 }, (_, i) => i);
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => gather.load('x', keys, read)));
    expect(answers).toEqual([keys, keys, keys, keys, keys]);
    expect(sizes).toEqual([220, 220, 110]);
    // What no second would fit beside waits for none.
    const alone = gather.load('x', keys, read, 2);
    expect(sizes).toEqual([220, 220, 110, 110]);
    expect(await alone).toEqual(keys);
  });

  it('begin after they were asked for: what is committed by then is read', async () => {
    const gather = new Gather();
    let committed = 0;
    const read = async (keys: readonly number[]) => {
      const now = committed;
      await new Promise((resolve) => setTimeout(resolve, 5));
      return keys.map(() => now);
    };
    const first = gather.load('x', [1], read);
    await new Promise((resolve) => setImmediate(resolve));
    committed = 1;
    const second = gather.load('x', [1], read);
    expect(await first).toEqual([0]);
    expect(await second).toEqual([1]);
  });
});

describe('operations that come together', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
    const root = await server.caller(admin);
    const venue = await server.caller(integrator);
    for (const pool of ['one', 'two']) {
      const winners = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`w${i}`, 100 + i]));
      await openBook(root, venue, { pool, winners, deficit: 700, fund: 100 });
      await succeed(venue, 'reportBankruptcy', bankruptcy(pool));
      await succeed(venue, 'settleLosses', { pool, idempotencyKey: 'settle' });
    }
  });
  afterAll(() => server.close());

  const QUERY = `query ($pool: String!, $ref: String!, $after: String, $before: String, $first: Int!) { pool(name: $pool) {
    account(ref: $ref) { ref balance positions { size market { symbol } } haircuts(last: 5) { edges { node { sequence amount } } } }
    accounts(first: $first, after: $after, before: $before) { edges { cursor node { ref equity } } pageInfo { hasNextPage } }
    settlements(first: 1) { edges { node { haircuts(first: $first) { edges { node { account { ref } amount } } } } } } } }`;
  const cursor = (ref: string) => Buffer.from(JSON.stringify([ref])).toString('base64url');
  const questions = Array.from({ length: 24 }, (_, i) => ({
    variables: {
      pool: i % 2 === 0 ? 'one' : 'two',
      ref: `w${i}`,
      after: i % 3 === 0 ? null : cursor(`w${i}`),
      before: i % 5 === 0 ? cursor('w5') : null,
      first: i % 4 === 0 ? 3 : 7,
    },
    owner: i % 6 === 5 ? `owner-w${i}` : null,
  }));
  const viewerOf = (owner: string | null): Viewer => ({
    subject: owner ?? 'root',
    roles: [owner === null ? 'ADMIN' : 'TRADER'],
    ...{ pools: null, expiresAt: Number.MAX_SAFE_INTEGER, issuedAt: null, keyId: null },
  });

  it('are answered what each is answered alone, by fewer statements', async () => {
    let sent = 0;
    const db = openDatabase(server.databaseUrl, { onStatement: () => sent++ });
    try {
      const engine = new Engine(schema);
      const services = queryServices(db);
      const prepared = engine.prepare(QUERY);
      if (!('document' in prepared)) throw prepared[0];
      const ask = async ({ variables, owner }: (typeof questions)[number]) => {
        const contextValue = createContext(services, viewerOf(owner));
        const { document } = prepared;
        const answer = await engine.execute({ schema, document, variableValues: variables, contextValue });
        return JSON.parse(JSON.stringify(answer));
      };
      const alone: unknown[] = [];
      for (const question of questions) alone.push(await ask(question));
      const apart = sent;
      sent = 0;
      const together = await Promise.all(questions.map(ask));
      expect(together).toEqual(alone);
      // They are not all one question: traders among them, and four kinds of pages.
      expect(new Set(alone.map((answer) => JSON.stringify(answer))).size).toBe(questions.length);
      expect(sent).toBeLessThan(apart / 2);
    } finally {
      await db.close();
    }
  });
});
