import { afterAll, beforeAll, expect, it } from 'vitest';
import { bankruptcy, dataOf, openBook, succeed } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { HAIRCUT_NOTICES, Listener, LOSS_NOTICES, pause } from '../support/listen.ts';
import { subscribers } from '../support/metrics.ts';
import {
  admin,
  type Caller,
  integrator,
  startTestServer,
  type TestServer,
  trader,
} from '../support/server.ts';

/** One settlement from the HTTP request to the notice on a trader's socket. */

let server: TestServer;
let root: Caller;
let venue: Caller;
beforeAll(async () => {
  server = await startTestServer();
  root = await server.caller(admin);
  venue = await server.caller(integrator);
});
afterAll(() => server.close());

it('tells each trader its own haircut, with the sum to check it by', async () => {
  await openBook(root, venue, { pool: 'walk', winners: { a: 15_000, b: 5_000 }, deficit: 10_000 });
  const alice = await server.caller(trader('owner-a'));
  const socket = server.socket(alice.token);
  const own = new Listener(socket, HAIRCUT_NOTICES, { pool: 'walk' });
  const losses = new Listener(socket, LOSS_NOTICES, { pool: 'walk' });
  await eventually('two subscriptions', async () => (await subscribers(server.url)) === 2);

  const event = await succeed(venue, 'reportBankruptcy', bankruptcy('walk'));
  expect(event).toMatchObject({ status: 'OPEN', deficit: '10000.000000' });
  const settlement = await succeed(venue, 'settleLosses', { pool: 'walk', idempotencyKey: 'settle' });
  expect(settlement).toMatchObject({
    fundDraw: '0.000000',
    socialized: '10000.000000',
    uncovered: '0.000000',
    haircutCount: 2,
    haircutRatio: { numerator: '1', denominator: '2', decimal: '0.5' },
  });

  await own.until(1);
  await losses.until(2);
  await pause(300);
  expect(own.notices).toHaveLength(1);
  expect(own.notices[0]).toMatchObject({
    sequence: settlement.sequence,
    previousSequence: null,
    kind: 'HAIRCUT',
    amount: '-7500.000000',
    haircut: {
      amount: '7500.000000',
      profit: '15000.000000',
      balanceBefore: '1000000.000000',
      balanceAfter: '992500.000000',
      account: { ref: 'a' },
    },
  });
  expect(own.notices[0]!.explanation).toContain('10000.000000 × 15000.000000 ÷ 20000.000000');
  expect(losses.notices.map(({ kind, previousSequence }) => [kind, previousSequence])).toEqual([
    ['LOSS_OPENED', null],
    ['SETTLED', event.sequence],
  ]);
  await socket.dispose();

  const answer = dataOf(
    await alice(`{ pool(name: "walk") {
      totals { balance equity uncovered openDeficit }
      accounts { totalCount edges { node { ref balance equity haircutableProfit totalHaircut lastNoticeSequence } } }
      settlements { edges { node { haircutCount haircuts { totalCount edges { node { account { ref } amount } } } } } }
      lossEvents { edges { node { status account { ref } } } } } }`),
  );
  expect(answer.pool.accounts).toMatchObject({
    totalCount: 1,
    edges: [
      {
        node: {
          ref: 'a',
          balance: '992500.000000',
          equity: '1007500.000000',
          haircutableProfit: '7500.000000',
          totalHaircut: '7500.000000',
          lastNoticeSequence: settlement.sequence,
        },
      },
    ],
  });
  expect(answer.pool.settlements.edges[0].node).toMatchObject({
    haircutCount: 2,
    haircuts: { totalCount: 1, edges: [{ node: { account: { ref: 'a' }, amount: '7500.000000' } }] },
  });
  expect(answer.pool.lossEvents.edges[0].node).toEqual({ status: 'SETTLED', account: null });
});
