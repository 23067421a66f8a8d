import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Child, startMain } from '../../support/child.ts';
import { EventStream } from '../../support/event-stream.ts';
import { eventually } from '../../support/eventually.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { RawSocket } from '../../support/raw-socket.ts';
import { admin, integrator, SECRET, signToken } from '../../support/server.ts';

/** A server of its own that logs all it ever logs: no token, secret or password may be in a line, nor in anything that it answers. */

const PASSWORD = randomBytes(18).toString('hex');
const METRICS_TOKEN = randomBytes(18).toString('hex');
const ROLE = `keeper_${randomBytes(4).toString('hex')}`;

let database: TestDatabase;
let child: Child;
let sql: postgres.Sql;
const heard: string[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  sql = postgres(database.url, { max: 1, fetch_types: false, onnotice: () => {} });
  // A password that is nowhere else, of a user who may do what the server does.
  await sql.unsafe(`create role ${ROLE} login superuser password '${PASSWORD}'`);
  const url = new URL(database.url);
  url.username = ROLE;
  url.password = PASSWORD;
  child = await startMain({ DATABASE_URL: url.href, LOG_LEVEL: 'trace', METRICS_TOKEN });
});
afterAll(async () => {
  await child?.end();
  await sql?.unsafe(`drop role ${ROLE}`);
  await sql?.end();
  await database?.drop();
});

async function ask(path: string, init: RequestInit = {}): Promise<number> {
  const response = await fetch(`${child.url}${path}`, init);
  heard.push(JSON.stringify([...response.headers]), await response.text());
  return response.status;
}

const post = (body: unknown, headers: Record<string, string>) =>
  ask('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

it('has no token, secret or password in its log or its answers, wherever they are sent', async () => {
  const good = await signToken(admin);
  const forged = `${good.slice(0, -8)}AAAAAAAA`;
  const expired = await signToken({ ...integrator, expiresIn: -60 });
  const nonsense = randomBytes(24).toString('base64url');
  const tokens = [good, forged, expired, nonsense];
  const query = '{ viewer { subject } }';
  const notices = 'subscription { lossNotices(pool: "none") { cursor } }';
  for (const token of tokens) {
    const bearer = { authorization: `Bearer ${token}` };
    await post({ query }, bearer);
    await post({ query, extensions: {} }, bearer);
    await post(
      { query: '{ pools { edges { node { name } } } }' },
      { ...bearer, accept: 'text/event-stream' },
    );
    await post({ query, variables: { token } }, { authorization: token });
    await post({ query: `{ viewer(token: "${token}") { subject } }` }, { authorization: `Basic ${token}` });
    await post({ query: 'query ($t: Int) { __typename }', variables: { t: token } }, bearer);
    await post(
      {
        query: `mutation { haltPool(input: { pool: "${token.slice(0, 20)}", idempotencyKey: "k", reason: "r" }) { __typename } }`,
      },
      bearer,
    );
    await post(`{"query":"${token}`, bearer);
    await post(
      { query },
      { ...bearer, cookie: `token=${token}`, 'x-api-key': token, 'x-request-id': `id-${token.slice(0, 8)}` },
    );
    await ask(`/graphql?query=${encodeURIComponent(query)}&token=${token}`, { headers: bearer });
    await ask(`/sheets/pool/1.csv?token=${token}`, { headers: bearer });
    await ask('/sheets/%ff/1.csv', { headers: bearer });
    await ask('/metrics', { headers: bearer });
    await ask(`/nowhere?token=${token}`, { headers: bearer });
    const stream = new EventStream(child.url, token, { query: notices });
    await eventually('the end', () => stream.ended);
    heard.push(stream.body, JSON.stringify(stream.results));
    for (const payload of [
      { authorization: `Bearer ${token}` },
      { authorization: token },
      { Authorization: [token] },
    ]) {
      const raw = new RawSocket(child.url);
      await new Promise((resolve) => raw.socket.once('open', resolve));
      raw.send({ type: 'connection_init', payload });
      await eventually('an answer', () => raw.isClosed || raw.messages.length > 0);
      if (!raw.isClosed) {
        raw.subscribe('1', notices);
        await eventually('an answer', () => raw.messages.some(({ id }) => id === '1'));
        raw.send('{"type":"subscribe","id":"1"');
      }
      heard.push(JSON.stringify(await raw.closed), JSON.stringify(raw.messages));
    }
  }
  expect(await ask('/metrics')).toBe(403);
  expect(await ask('/metrics', { headers: { authorization: `Bearer ${METRICS_TOKEN}` } })).toBe(200);
  expect(await ask('/metrics', { headers: { authorization: `Bearer ${METRICS_TOKEN}x` } })).toBe(403);
  // What breaks inside is logged at length.
  await sql`alter table pools rename to hidden_pools`;
  await post({ query: '{ pools { edges { node { name } } } }' }, { authorization: `Bearer ${good}` });
  await sql`alter table hidden_pools rename to pools`;
  const name = new URL(database.url).pathname.slice(1);
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name} and pid <> pg_backend_pid()`;
  await post({ query: '{ pools { totalCount } }' }, { authorization: `Bearer ${good}` });
  await new Promise<void>((resolve) => {
    const socket = connect(Number(new URL(child.url).port), '127.0.0.1', () =>
      socket.end(`GET /graphql HTTP/1.1\r\nauthorization: Bearer ${good}\r\nbroken\r\n\r\n`),
    );
    socket.on('data', (data) => heard.push(String(data)));
    socket.on('close', () => resolve());
  });
  // Lines arrive after answers do. Whether connections were missed before they were back is a matter of luck, and not waited for.
  await eventually('the line of what broke', () =>
    child.lines.some((line) => line.includes('an operation failed')),
  );
  child.kill();

  const log = child.lines.join('\n');
  expect(log).toContain('hidden_pools'.slice(7));
  expect(log).toMatch(/"level":(10|20)/);
  expect(log).toContain('an operation failed');
  const secrets = {
    SECRET,
    PASSWORD,
    METRICS_TOKEN,
    ...Object.fromEntries(tokens.map((token, i) => [`token ${i}`, token])),
  };
  for (const [what, secret] of Object.entries(secrets)) {
    expect(log.includes(secret), `${what} in the log`).toBe(false);
    // What a caller put into its own document may come back to it in an error that quotes it.
    const answers = heard.filter(
      (text) => !text.includes('viewer(token') && !/Syntax Error|cannot represent/.test(text),
    );
    expect(answers.join('\n').includes(secret), `${what} in an answer`).toBe(false);
  }
  // Nor the signature alone, by which a token could be put together again.
  for (const token of [good, expired]) expect(log).not.toContain(token.split('.')[2]);
}, 60_000);
