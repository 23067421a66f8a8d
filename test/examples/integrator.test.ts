import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBook, succeed } from '../support/api.ts';
import { within } from '../support/eventually.ts';
import { Example, type Program } from '../support/example.ts';
import { type Elsewhere, installClient, installNodeTypes } from '../support/installed.ts';
import { giveBackTwo, winnerRef, winnersBook } from '../support/notice-book.ts';
import { startRelay } from '../support/relay.ts';
import { admin, integrator, signToken, startTestServer, type TestServer } from '../support/server.ts';

/** examples/integrator as whoever copies it runs it, killed with -9 at each step that it takes. */

const WINNERS = { alice: 300, bob: 100, carol: 50 };
/** Two calls, each asked and answered, and a notice for each winner. */
const STEPS = 2 * 2 + Object.keys(WINNERS).length;

let elsewhere: Elsewhere;
let server: TestServer;
let token: string;
beforeAll(async () => {
  elsewhere = await installClient();
  server = await startTestServer();
  token = await signToken(integrator);
}, 120_000);
afterAll(async () => {
  await server?.close();
  await elsewhere?.remove();
});

/** What the program's own ledger has. */
function ledgerIn(folder: string) {
  const file = join(folder, 'ledger.sqlite');
  if (!existsSync(file)) return null;
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  try {
    const entries = db
      .prepare('select account, sequence, amount from entries order by sequence, account')
      .all();
    const settled = db.prepare('select loss, sequence from settled').all();
    const keys = db.prepare("select name from kept where name like 'key %'").all();
    return { entries: entries.map((row) => ({ ...row })), settled, keys };
  } catch (error) {
    // Its tables are made one after the other.
    if (/no such table/.test(String(error))) return null;
    throw error;
  } finally {
    db.close();
  }
}

/** What the server has, by its API. */
async function serverSays(pool: string) {
  const ask = await server.caller(admin);
  const { data } = await ask(
    `query ($pool: String!) { pool(name: $pool) { settlements { edges { node { sequence
      haircuts { edges { node { account { ref } amount } } } } } } lossEvents { totalCount } } }`,
    { pool },
  );
  const [settlement, ...others] = data.pool.settlements.edges;
  expect(others).toEqual([]);
  expect(data.pool.lossEvents.totalCount).toBe(1);
  const { sequence, haircuts } = settlement.node;
  return haircuts.edges.map(({ node }: { node: { account: { ref: string }; amount: string } }) => ({
    account: node.account.ref,
    sequence,
    amount: `-${node.amount}`,
  }));
}

test('its code is checked against the types of the package', async () => {
  await Example.copy('integrator', elsewhere, 'typed');
  await installNodeTypes(elsewhere);
  await elsewhere.check(['typed/main.ts'], { types: ['node'], lib: ['es2023'] });
});

test.each(Array.from({ length: STEPS }, (_, step) => step))(
  'killed at step %i and started again, it has settled once and booked each haircut once',
  async (fatal) => {
    const pool = `pool-${fatal}`;
    await openBook(await server.caller(admin), await server.caller(integrator), {
      ...{ pool, winners: WINNERS, deficit: 45 },
    });
    let program: Program | null = null;
    let step = 0;
    const tick = () => {
      if (step++ === fatal) program?.kill();
    };
    const relay = await startRelay(
      server.url,
      (message) => {
        if (message.includes('"next"')) tick();
        return [message];
      },
      { onRequest: tick, onAnswer: tick },
    );
    try {
      const example = await Example.copy('integrator', elsewhere, pool);
      const env = { SHEARWATER_URL: relay.url, SHEARWATER_TOKEN: token };
      const start = () => example.run([pool, 'loss-1', 'loser', 'venue'], env);
      program = start();
      expect(await within('its end', program.exited), program.output).toBe('SIGKILL');

      const again = start();
      await again.until('everything is booked', () => {
        const ledger = ledgerIn(example.path);
        return ledger?.entries.length === 3 && ledger.settled.length === 1 && ledger.keys.length === 0;
      });
      expect(await within('its end', again.end()), again.output).toBe(0);
      expect(ledgerIn(example.path)!.entries).toEqual(await serverSays(pool));
    } finally {
      program?.kill();
      await relay.close();
    }
  },
);

test('what one commit gives an account back of two settlements is booked as two entries', async () => {
  const pool = 'given-back';
  const venue = await server.caller(integrator);
  await winnersBook(await server.caller(admin), venue, pool, 2);
  const sequence = await giveBackTwo(venue, pool, 2);
  await succeed(venue, 'upsertAccounts', {
    pool,
    accounts: ['loser', 'venue'].map((ref) => ({ ref, owner: ref })),
  });
  await succeed(venue, 'postTransfers', {
    ...{ pool, idempotencyKey: 'late' },
    transfers: [{ account: 'loser', kind: 'REALIZED_PNL', amount: '-10' }],
  });
  const example = await Example.copy('integrator', elsewhere, pool);
  const program = example.run([pool, 'loss-late', 'loser', 'venue'], {
    SHEARWATER_URL: server.url,
    SHEARWATER_TOKEN: token,
  });
  try {
    // Two haircuts each, what came back of both, and the haircut of the loss that it settles.
    await program.until('everything is booked', () => ledgerIn(example.path)?.entries.length === 2 * 5);
    expect(await within('its end', program.end()), program.output).toBe(0);
    const given = ledgerIn(example.path)!.entries.filter((entry) => entry.sequence === sequence);
    expect(given.map(({ account, amount }) => `${account} ${amount}`).sort()).toEqual(
      [0, 1].flatMap((i) => [`${winnerRef(i)} 100.000000`, `${winnerRef(i)} 1000.000000`]),
    );
  } finally {
    program.kill();
  }
});
