import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inRoot } from '../../tools/checks/check.ts';
import { type Elsewhere, installClient } from '../support/installed.ts';
import { settleOne, winnersBook } from '../support/notice-book.ts';
import { admin, integrator, signToken, startTestServer, type TestServer } from '../support/server.ts';

/** What npm packs of the client, installed in another folder: run by plain Node, and used by somebody's TypeScript. */

let elsewhere: Elsewhere;
let server: TestServer;
beforeAll(async () => {
  elsewhere = await installClient();
  server = await startTestServer();
}, 120_000);
afterAll(async () => {
  await server?.close();
  await elsewhere?.remove();
});

const node = (file: string, ...args: string[]) =>
  promisify(execFile)(process.execPath, [file, ...args], { cwd: elsewhere.path });

test('the package holds code, types, licence and a page about it, and depends on graphql-ws alone', async () => {
  const folder = join(elsewhere.path, 'node_modules/@shearwater/client');
  expect((await readdir(folder)).toSorted()).toEqual(
    ['LICENSE', 'README.md', 'index.js', 'node.js', 'package.json', 'types'].toSorted(),
  );
  const { version, dependencies } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const root = JSON.parse(await readFile(inRoot('package.json'), 'utf8'));
  expect(version).toBe(root.version);
  expect(dependencies).toEqual({ 'graphql-ws': root.dependencies['graphql-ws'] });
  const installed = await readdir(join(elsewhere.path, 'node_modules'));
  expect(installed.filter((name) => !name.startsWith('.')).toSorted()).toEqual(['@shearwater', 'graphql-ws']);
  for (const name of ['index.js', 'node.js']) {
    expect(await readFile(join(folder, name), 'utf8')).not.toMatch(
      /^import[^;]*from ["'](?!graphql-ws\/client|node:)/m,
    );
  }
  // What browsers load asks for nothing of Node.
  expect(await readFile(join(folder, 'index.js'), 'utf8')).not.toMatch(/["']node:|\bprocess\.|\bBuffer\./);
});

test('plain Node settles with it, and hears the haircuts, proven', async () => {
  await winnersBook(await server.caller(admin), await server.caller(integrator), 'pool', 3);
  await settleOne(await server.caller(integrator), 'pool', 'one', 6);
  await writeFile(
    join(elsewhere.path, 'hear.mjs'),
    `import { createShearwater, Refusal } from '@shearwater/client';
    import { fileStore } from '@shearwater/client/node';
    const [url, token] = process.argv.slice(2);
    const client = createShearwater({ url, token });
    const store = fileStore('cursor');
    const heard = [];
    for await (const { haircut, amount } of client.haircuts({ pool: 'pool', after: '0', store, verify: true })) {
      heard.push([haircut.account.ref, amount]);
      if (heard.length === 3) break;
    }
    const refused = await client.settleLosses({ pool: 'pool', idempotencyKey: 'k' }).catch((error) => error);
    console.log(JSON.stringify({ heard, refused: refused instanceof Refusal && refused.code }));`,
  );
  const { stdout } = await node('hear.mjs', server.url, await signToken(integrator));
  expect(JSON.parse(stdout)).toEqual({
    heard: ['w000000', 'w000001', 'w000002'].map((ref) => [ref, '-2.000000']),
    refused: 'NOTHING_TO_SETTLE',
  });
});

const USERS_FILE = `import { createShearwater, type HaircutNotice, Refusal, type Shearwater } from '@shearwater/client';
const client: Shearwater = createShearwater({ url: 'https://risk.example.com', token: async () => 'a token' });
export async function main(): Promise<string> {
  const { socialized, haircutRatio } = await client.settleLosses({ pool: 'p', idempotencyKey: 'k' });
  const text: string = socialized + haircutRatio.decimal;
  for await (const notice of client.haircuts({ pool: 'p', accounts: ['a'] })) note(notice);
  try {
    await client.once('x', (idempotencyKey) => client.settleLosses({ pool: 'p', idempotencyKey }));
  } catch (error) {
    if (error instanceof Refusal && error.code === 'NOTHING_TO_SETTLE') return text;
  }
  return (await client.pool('p'))?.sequence ?? text;
}
const note = ({ amount, kind }: HaircutNotice): [string, 'HAIRCUT' | 'REFUND' | 'REVERSAL'] => [amount, kind];
`;

test("somebody's TypeScript is checked against its types, in a browser's world, without passing over libraries", async () => {
  await writeFile(join(elsewhere.path, 'user.ts'), USERS_FILE);
  await elsewhere.check(['user.ts'], { lib: ['es2023', 'dom'] });
  await elsewhere.check(['user.ts'], { module: 'esnext', moduleResolution: 'bundler' });
  await writeFile(join(elsewhere.path, 'wrong.ts'), USERS_FILE.replace("idempotencyKey: 'k'", 'key: 1'));
  await expect(elsewhere.check(['wrong.ts'])).rejects.toThrow(/wrong\.ts.*'key'/);
});
