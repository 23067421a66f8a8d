import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { succeed } from '../support/api.ts';
import { type Authority, makeAuthority } from '../support/certificates.ts';
import { type Child, startChildServer } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { settleOne, winnersBook } from '../support/notice-book.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { Receiver, verify } from '../support/receiver.ts';
import { admin, integrator } from '../support/server.ts';

/** Deliveries over TLS: to whom a certificate was given that is trusted, for the name in the URL, and to nobody else (I252). */

const webhooks = { allowsPrivate: true, firstRetryMs: 50 };

let authority: Authority;
let folder: string;
let database: TestDatabase;
beforeAll(async () => {
  authority = makeAuthority();
  folder = await mkdtemp(join(tmpdir(), 'shearwater-authority-'));
  await writeFile(join(folder, 'ca.pem'), authority.cert);
  database = await createTestDatabase();
});
afterAll(async () => {
  await database?.drop();
  await rm(folder, { recursive: true });
});

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function serve(trusts: boolean): Promise<Child> {
  const server = await startChildServer(
    database.url,
    { webhooks },
    trusts ? { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') } : {},
  );
  undo.push(() => server.end());
  return server;
}

async function receive(of: Parameters<Authority['issue']>[0]): Promise<Receiver> {
  const receiver = await Receiver.start(authority.issue(of));
  undo.push(() => receiver.close());
  return receiver;
}

let pools = 0;
/** A pool whose one haircut is to be told. */
async function register(server: Child, url: string): Promise<{ id: string; secret: string }> {
  const pool = `pool-${++pools}`;
  const venue = await server.caller(integrator);
  await winnersBook(await server.caller(admin), venue, pool, 1);
  const input = { pool, idempotencyKey: 'hook', url, stream: 'HAIRCUT_NOTICES' };
  const { webhook, secret } = await succeed(venue, 'createWebhook', input);
  await settleOne(venue, pool, 'one', 1);
  return { id: webhook.id, secret };
}
async function stateOf(server: Child, id: string) {
  const { data } = await (await server.caller(integrator))(
    'query ($id: ID!) { webhook(id: $id) { failures problem deliveredSequence } }',
    { id },
  );
  return data.webhook;
}
const failing = (server: Child, id: string) =>
  eventually('a second failure', async () => {
    const state = await stateOf(server, id);
    return state.failures >= 2 && state;
  });

it('an authority that is not trusted gets nothing, and is tried again until it is trusted', async () => {
  const receiver = await receive({ names: ['localhost'] });
  const distrusting = await serve(false);
  const { id, secret } = await register(distrusting, receiver.url);
  const { problem, deliveredSequence } = await failing(distrusting, id);
  expect(problem).toMatch(
    /could not be reached \((SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE)\)/,
  );
  expect(deliveredSequence).toBeNull();
  expect(receiver.deliveries).toEqual([]);
  await distrusting.end();

  const trusting = await serve(true);
  await eventually('the delivery', () => receiver.deliveries.length > 0);
  const [delivery] = receiver.deliveries;
  expect(delivery!.notices).toHaveLength(1);
  expect(() => verify(delivery!, secret)).not.toThrow();
  await eventually('it to be written down', async () => (await stateOf(trusting, id)).failures === 0);
  expect(receiver.deliveries).toHaveLength(1);
  // The address is pinned, and the name is what the receiver is asked for.
  expect(receiver.serverNames).toEqual(['localhost']);
});

it.each([
  ['another name', { names: ['elsewhere.example'] }],
  // The connection goes to this very address, which is not what the URL says.
  ['the address that the name leads to', { addresses: ['127.0.0.1'] }],
])('a trusted certificate for %s gets nothing', async (_, of) => {
  const receiver = await receive(of);
  const server = await serve(true);
  const { id } = await register(server, receiver.url);
  const { problem } = await failing(server, id);
  expect(problem).toBe('The receiver could not be reached (ERR_TLS_CERT_ALTNAME_INVALID).');
  expect(receiver.deliveries).toEqual([]);
});

it('a trusted certificate for an address is one for a URL that has the address', async () => {
  const receiver = await receive({ addresses: ['127.0.0.1'] });
  const server = await serve(true);
  await register(server, receiver.url.replace('localhost', '127.0.0.1'));
  await eventually('the delivery', () => receiver.deliveries.length > 0);
});
