import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { bankruptcy, openBook, succeed } from '../support/api.ts';
import { toRun } from '../support/documents.ts';
import { eventually } from '../support/eventually.ts';
import { admin, integrator, startTestServer } from '../support/server.ts';

/** docs/webhooks.md: its blocks are run as they stand. */

const blocks = (kind: string): string[] => toRun('docs/webhooks.md', kind).map(({ text }) => text);

it('has a receiver that verifies, and takes each delivery once', async () => {
  const server = await startTestServer({ webhooks: { allowsPrivate: true } });
  const root = await server.caller(admin);
  const venue = await server.caller(integrator);
  const pool = 'usd-perps';
  await openBook(root, venue, { pool, winners: { ann: 60, bob: 30 }, deficit: 50 });
  await succeed(venue, 'reportBankruptcy', bankruptcy(pool));
  // The port is not known before the receiver runs, and the receiver needs the secret: so it is told where later.
  const [create, enable, ...others] = blocks('graphql');
  expect(others).toEqual([]);
  const created = await venue(create!.replace('https://venue.example.com/', 'http://127.0.0.1:9/'));
  const { secret, webhook } = created.data.createWebhook;

  // Inside the checkout, where standardwebhooks is installed.
  const folder = await mkdtemp(fileURLToPath(new URL('../../node_modules/.receiver-', import.meta.url)));
  await writeFile(join(folder, 'receive.mjs'), blocks('js').join(''));
  const receiver = spawn(process.execPath, [join(folder, 'receive.mjs')], {
    env: { SECRET: secret, PORT: '0' },
  });
  let output = '';
  for (const stream of [receiver.stdout, receiver.stderr]) stream.on('data', (chunk) => (output += chunk));
  try {
    const port = await eventually('the receiver', () => /listening on (\d+)/.exec(output)?.[1]);
    const url = `http://127.0.0.1:${port}/`;
    await succeed(venue, 'updateWebhook', { id: webhook.id, url, enabled: false });
    const enabled = await venue(enable!.replace('…', webhook.id));
    expect(enabled).toEqual({ data: { updateWebhook: { enabled: true } } });
    await succeed(venue, 'settleLosses', { pool, idempotencyKey: 'settle' });
    await eventually('both explanations', () => output.match(/gave up/g)?.length === 2);
    const unsigned = await fetch(url, { method: 'POST', body: '{}' });
    expect(unsigned.status).toBe(401);
    // A replay is taken, and told to nobody again.
    const delivered = async () => {
      const { data } = await venue('query ($id: ID!) { webhook(id: $id) { deliveredAt } }', {
        id: webhook.id,
      });
      return data.webhook.deliveredAt as string;
    };
    const before = await eventually('the delivery to be written down', delivered);
    await succeed(venue, 'replayWebhook', { id: webhook.id, after: '0' });
    await eventually('the replay', async () => (await delivered()) !== before);
    expect(output.match(/gave up/g)).toHaveLength(2);
  } finally {
    receiver.kill();
    await rm(folder, { recursive: true });
    await server.close();
  }
});
