import { afterAll, beforeAll, expect, it } from 'vitest';
import { dataOf, succeed } from '../support/api.ts';
import { admin, type Caller, integrator, startTestServer, type TestServer } from '../support/server.ts';

/** What goes in comes out, to the last digit: through scalars, rows, nested lists and JSON. */

let server: TestServer;
let root: Caller;
beforeAll(async () => {
  server = await startTestServer();
  root = await server.caller(admin);
  const venue = await server.caller(integrator);
  await succeed(root, 'createPool', { name: 'p', asset: 'WEI', decimals: 0 });
  const market = { symbol: 'M', initialMarginRate: '0.1', maintenanceMarginRate: '0.05' };
  await succeed(venue, 'upsertMarkets', { pool: 'p', markets: [market] });
  const accounts = ['large', 'negative'].map((ref) => ({ ref, owner: ref }));
  await succeed(venue, 'upsertAccounts', { pool: 'p', accounts });
  await succeed(venue, 'applyUpdates', {
    pool: 'p',
    idempotencyKey: 'k',
    marks: [{ market: 'M', price: '0.000000000000000001', asOf: '2025-10-10T23:16:04.123456+02:00' }],
    positions: [
      { account: 'large', market: 'M', size: '-0.100000000000000003', entryPrice: '12345678901234567.5' },
    ],
    transfers: [
      { account: 'large', kind: 'DEPOSIT', amount: `1${'0'.repeat(30)}` },
      { account: 'negative', kind: 'REALIZED_PNL', amount: '-45035996273704965' },
    ],
  });
});
afterAll(() => server.close());

it('amounts beyond 2^53, sizes of eighteen digits and microseconds come back as they were', async () => {
  const query = `{ pools { edges { node { markets { markPrice markedAt }
    accounts { edges { node { ref balance positions { size entryPrice } } } } } } } }`;
  const expected = {
    markets: [{ markPrice: '0.000000000000000001', markedAt: '2025-10-10T21:16:04.123456Z' }],
    accounts: {
      edges: [
        {
          node: {
            ref: 'large',
            balance: `1${'0'.repeat(30)}`,
            positions: [{ size: '-0.100000000000000003', entryPrice: '12345678901234567.5' }],
          },
        },
        { node: { ref: 'negative', balance: '-45035996273704965', positions: [] } },
      ],
    },
  };
  // Twice: by graphql-yoga, and by the short way for a document that is known.
  for (let run = 0; run < 2; run++) expect(dataOf(await root(query)).pools.edges[0].node).toEqual(expected);
});
