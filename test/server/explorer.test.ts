import { getOperationAST, parse } from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EXAMPLES } from '../../src/server/explorer.ts';
import { admin, startTestServer, type TestServer } from '../support/server.ts';

/** What the explorer opens with works as it stands, in the order of its tabs. */

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

it('leads from an empty server to a haircut, its notice and its proof', async () => {
  const ask = await server.caller(admin);
  const told: { explanation: string }[] = [];
  const socket = server.socket(ask.token);
  let data: ReturnType<typeof JSON.parse> = {};
  for (const { query, variables } of EXAMPLES) {
    const values = variables ? JSON.parse(variables) : {};
    if (getOperationAST(parse(query))?.operation === 'subscription') {
      socket.subscribe<{ haircutNotices: { explanation: string } }>(
        { query, variables: values },
        { next: (result) => told.push(result.data!.haircutNotices), error: () => {}, complete: () => {} },
      );
      continue;
    }
    const answer = await ask(query, values);
    expect(answer.errors).toBeUndefined();
    expect(JSON.stringify(answer.data)).not.toContain('"message"');
    data = { ...data, ...answer.data };
  }
  expect(data.settleLosses).toMatchObject({ socialized: '70.000000', haircutCount: 2 });
  expect(JSON.parse(data.pool.account.haircuts.edges[0].node.proof.document)).toMatchObject({
    account: 'ann',
  });
  await expect.poll(() => told.length, { timeout: 20_000 }).toBe(2);
  expect(told[0]!.explanation).toContain('ann');
  await socket.dispose();
});

it('opens with them', async () => {
  const page = await fetch(`${server.url}/graphql`, { headers: { accept: 'text/html' } });
  const text = await page.text();
  for (const { query } of EXAMPLES)
    expect(text).toContain(/(query|mutation|subscription) \w+/.exec(query)![0]);
});
