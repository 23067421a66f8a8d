import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mutationText, succeed } from '../support/api.ts';
import { eventually, within } from '../support/eventually.ts';
import { winnersBook } from '../support/notice-book.ts';
import { withAdmin } from '../support/postgres.ts';
import {
  admin,
  type Caller,
  integrator,
  signToken,
  startTestServer,
  type TestServer,
} from '../support/server.ts';

/** HTTP as a stranger speaks it: what is answered, what is refused, and what is never told. */

const MIB = 1024 * 1024;

let server: TestServer;
let venue: Caller;
beforeAll(async () => {
  server = await startTestServer();
  venue = await server.caller(integrator);
  await winnersBook(await server.caller(admin), venue, 'pool', 1);
});
afterAll(() => server.close());

const endpoint = () => `${server.url}/graphql`;

async function send(
  body: string | Buffer | undefined,
  headers: Record<string, string> = {},
  method = 'POST',
  url = endpoint(),
): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${venue.token}`, ...headers },
    ...(body === undefined ? {} : { body: body as never }),
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

const sequence = async (): Promise<string> =>
  (await venue('{ pool(name: "pool") { sequence } }')).data.pool.sequence;
const MARK =
  'mutation { publishMarks(input: { pool: "pool", marks: [{ market: "BTC", price: "101" }] }) { __typename } }';

describe('numbers', () => {
  const preview = (literal: string) =>
    send(
      `{"query":"query ($d: Decimal) { previewSettlement(input: { pool: \\"pool\\", extraDeficit: $d }) { __typename ... on Error { code path } } }","variables":{"d":${literal}}}`,
    );

  it.each(['1.1', '1', '0', '-5', '1e400', `1${'0'.repeat(400)}`, '1.10', 'true', '[]', '{}', '["1"]'])(
    'as JSON are no Decimal: %s',
    async (literal) => {
      const { text } = await preview(literal);
      const { errors } = JSON.parse(text);
      expect(errors[0].extensions).toEqual({ code: 'BAD_USER_INPUT' });
    },
  );

  it.each([
    'NaN',
    'Infinity',
    '-Infinity',
    '',
    ' 1',
    '1 ',
    '1e3',
    '0x10',
    '1,5',
    '--1',
    '+',
    '.',
    '１',
    '1_000',
    '\u0000',
  ])('as text that is no decimal number are refused: %j', async (text) => {
    const { errors } = JSON.parse((await preview(JSON.stringify(text))).text);
    expect(errors[0].extensions).toEqual({ code: 'BAD_USER_INPUT' });
  });

  it.each([
    ['NaN', 'NaN'],
    ['Infinity', 'Infinity'],
    ['a word', 'undefined'],
  ])('that JSON does not have are a bad request: %s', async (_, literal) => {
    const { status, text } = await preview(literal);
    expect(status).toBe(400);
    expect(JSON.parse(text).errors[0].extensions.code).toBe('BAD_USER_INPUT');
  });

  it('of 10^400, and of a long fraction, are a refusal that names the input, and no slow one', async () => {
    for (const text of [`1${'0'.repeat(400)}`, `0.${'0'.repeat(400)}1`, '9'.repeat(100_000)]) {
      const began = performance.now();
      const answer = JSON.parse((await preview(JSON.stringify(text))).text);
      expect(answer.data?.previewSettlement ?? { code: answer.errors[0].extensions.code }).toMatchObject({
        code: expect.stringMatching(/INVALID_INPUT|BAD_USER_INPUT/),
      });
      expect(performance.now() - began).toBeLessThan(5_000);
    }
  });

  it('come and go as exact text, beyond what a float holds', async () => {
    const text = '90071992547409930.000001';
    const answer = JSON.parse(
      (
        await send(
          JSON.stringify({
            query: `query ($d: Decimal) { previewSettlement(input: { pool: "pool", extraDeficit: $d }) { ... on SettlementPreview { deficit } } }`,
            variables: { d: text },
          }),
        )
      ).text,
    );
    expect(answer.data.previewSettlement.deficit).toBe(text);
  });
});

describe('a body', () => {
  const padded = (bytes: number) =>
    JSON.stringify({ query: '{ __typename }', variables: { pad: 'x'.repeat(bytes) } });

  it('below the limit is read', async () => {
    expect((await send(padded(15 * MIB))).text).toBe('{"data":{"__typename":"Query"}}');
  });

  it.each([
    ['application/json', {}],
    ['JSON with a charset', { 'content-type': 'application/json; charset=utf-8' }],
    ['JSON with a parameter that nobody knows', { 'content-type': 'application/json; x=y' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['a document', { 'content-type': 'application/graphql' }],
    ['text', { 'content-type': 'text/plain' }],
    ['an event stream', { accept: 'text/event-stream' }],
  ])('over the limit is answered with 413, however it comes: %s', async (_how, headers) => {
    const { status } = await send(padded(17 * MIB), headers);
    expect(status).toBe(413);
    expect((await send('{"query":"{ __typename }"}')).status).toBe(200);
  });

  it('that is announced or sent without an end is cut off at the limit', async () => {
    const { hostname, port } = new URL(server.url);
    const answer = await within(
      'an answer',
      new Promise<string>((resolve, reject) => {
        const socket = connect(Number(port), hostname);
        let text = '';
        socket.on('data', (data) => {
          text += String(data);
          resolve(text);
        });
        socket.on('error', () => resolve(text));
        socket.on('close', () => resolve(text));
        socket.once('timeout', reject);
        socket.write(
          'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
        );
        const chunk = `${MIB.toString(16)}\r\n${'x'.repeat(MIB)}\r\n`;
        let sent = 0;
        const more = () => {
          if (socket.destroyed || sent++ > 64) return;
          socket.write(chunk, () => setImmediate(more));
        };
        more();
      }),
    );
    expect(answer).toMatch(/^(HTTP\/1\.1 413|$)/);
  });

  it.each([
    ['nothing', '', 400],
    ['no JSON', '{"query":', 400],
    ['a number', '5', 400],
    ['null', 'null', 400],
    ['text', '"{ __typename }"', 400],
    ['no query', '{}', 400],
    ['a query that is no text', '{"query":{}}', 400],
    ['variables that are no object', '{"query":"{ __typename }","variables":"x"}', 400],
    ['variables that are a list', '{"query":"{ __typename }","variables":[]}', 400],
    ['an operation name that is no text', '{"query":"{ __typename }","operationName":5}', 400],
    ['a batch', '[{"query":"{ __typename }"},{"query":"{ __typename }"}]', 400],
    ['a batch of one', '[{"query":"{ __typename }"}]', 400],
  ])('that is %s is refused, and nothing runs', async (_, body, status) => {
    await send('{"query":"{ __typename }"}');
    const answer = await send(body, { accept: 'application/graphql-response+json' });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text).errors[0].extensions.code).toBe('BAD_USER_INPUT');
    expect(answer.text).not.toContain('"data":{"__typename"');
    expect(answer.text).not.toMatch(/node_modules|\.ts:|at \w+ \(/);
  });

  it('that is compressed is not taken for JSON', async () => {
    const { status } = await send(gzipSync('{"query":"{ __typename }"}'), { 'content-encoding': 'gzip' });
    expect(status).toBeOneOf([200, 400, 415]);
  });
});

describe('a mutation', () => {
  it('by GET is refused with 405 and writes nothing, known or not', async () => {
    const before = await sequence();
    const url = `${endpoint()}?query=${encodeURIComponent(MARK)}`;
    const unknown = await send(undefined, { accept: 'application/json' }, 'GET', url);
    expect(unknown.status).toBe(405);
    expect(await sequence()).toBe(before);
    await send(JSON.stringify({ query: MARK }));
    expect(Number(await sequence())).toBe(Number(before) + 1);
    const known = await send(undefined, {}, 'GET', url);
    expect(known.status).toBe(405);
    expect(Number(await sequence())).toBe(Number(before) + 1);
  });

  it('beside others runs one after the other, each once, known or not', async () => {
    const query = `mutation { a: publishMarks(input: { pool: "pool", marks: [{ market: "BTC", price: "101" }] }) { ... on PublishMarksPayload { sequence } }
      b: publishMarks(input: { pool: "pool", marks: [{ market: "BTC", price: "101" }] }) { ... on PublishMarksPayload { sequence } } }`;
    for (let i = 0; i < 3; i++) {
      const before = Number(await sequence());
      const { data } = JSON.parse((await send(JSON.stringify({ query }))).text);
      expect([data.a.sequence, data.b.sequence].map(Number)).toEqual([before + 1, before + 2]);
    }
  });

  it.each(['PUT', 'DELETE', 'PATCH'])('or a query by %s is refused', async (method) => {
    const before = await sequence();
    const { status } = await send(JSON.stringify({ query: MARK }), {}, method);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(await sequence()).toBe(before);
  });
});

describe('a token', () => {
  const ask = (authorization: string | null, query = '{ pools { totalCount } }') =>
    send(JSON.stringify({ query }), authorization === null ? { authorization: '' } : { authorization });

  it('that is not there leaves a query unauthenticated, known or not', async () => {
    for (let i = 0; i < 3; i++) {
      const { text } = await ask(null);
      const answer = JSON.parse(text);
      expect(answer.data ?? null).toBeNull();
      expect(answer.errors[0].extensions).toEqual({ code: 'UNAUTHENTICATED' });
    }
  });

  it.each([
    ['garbage', async () => 'Bearer garbage'],
    ['of three parts of nothing', async () => 'Bearer ..'],
    ['not a bearer', async () => 'Basic dTpw'],
    ['two of them', async () => `Bearer ${venue.token} ${venue.token}`],
    ['expired', async () => `Bearer ${await signToken({ ...integrator, expiresIn: -60 })}`],
    ['forged', async () => `Bearer ${venue.token.slice(0, -8)}AAAAAAAA`],
  ])('that is not valid is refused with 401, and never taken for none: %s', async (_, make) => {
    const authorization = await make();
    for (const query of ['{ pools { totalCount } }', '{ __typename }']) {
      const answer = await ask(authorization, query);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      expect(JSON.parse(answer.text).errors[0].extensions).toEqual({ code: 'UNAUTHENTICATED' });
      expect(JSON.parse(answer.text).data ?? null).toBeNull();
      expect(answer.text).not.toContain(authorization.slice(7) || 'x x');
    }
  });

  it('is read whatever the case of its scheme', async () => {
    expect(JSON.parse((await ask(`bearer ${venue.token}`)).text).data.pools.totalCount).toBe(1);
  });
});

describe('an error of our own', () => {
  it('is masked: a reference for the log, and nothing of the inside, on every way', async () => {
    const lines: string[] = [];
    const { default: pino } = await import('pino');
    const broken = await startTestServer({
      log: pino({ level: 'error' }, { write: (line: string) => void lines.push(line) }),
    });
    const root = await broken.caller(admin);
    await winnersBook(root, root, 'pool', 1);
    const query =
      '{ pool(name: "pool") { name accounts { totalCount edges { node { ref haircutableProfit } } } } }';
    expect((await root(query)).errors).toBeUndefined();
    const sql = postgres(broken.databaseUrl, { max: 1, fetch_types: false, onnotice: () => {} });
    await sql`drop view account_state cascade`;
    await sql.end();
    const ways: Record<string, () => Promise<string>> = {
      'the short way': () => sendTo({ query }, { accept: 'application/json' }),
      'by Yoga': () => sendTo({ query, extensions: {} }, { accept: 'application/json' }),
      'as response+json': () => sendTo({ query }, { accept: 'application/graphql-response+json' }),
      'as a stream': () => sendTo({ query }, { accept: 'text/event-stream' }),
      'a mutation': () =>
        sendTo({
          query: mutationText('postTransfers'),
          variables: {
            input: {
              pool: 'pool',
              idempotencyKey: 'k',
              transfers: [{ account: 'w000000', kind: 'WITHDRAWAL', amount: '-1' }],
            },
          },
        }),
    };
    const sendTo = async (body: unknown, headers: Record<string, string> = {}) =>
      (
        await send(
          JSON.stringify(body),
          { authorization: `Bearer ${root.token}`, ...headers },
          'POST',
          `${broken.url}/graphql`,
        )
      ).text;
    for (const [way, run] of Object.entries(ways)) {
      lines.length = 0;
      const text = await run();
      expect(text, way).toContain('INTERNAL_SERVER_ERROR');
      expect(text, way).not.toMatch(/account_state|relation|42P01|select|stack|postgres|node_modules|\.ts/i);
      const [reference] = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(text) ?? [];
      expect(reference, way).toBeDefined();
      // Whoever runs the server finds it by the reference.
      expect(lines.join(''), way).toContain(reference);
      expect(lines.join(''), way).toContain('account_state');
      expect(lines.join(''), way).not.toContain(root.token);
    }
    await broken.close();
  });

  it('does not become one when the path makes no sense', async () => {
    const { hostname, port } = new URL(server.url);
    const get = (path: string) =>
      within(
        'an answer',
        new Promise<string>((resolve) => {
          const socket = connect(Number(port), hostname);
          socket.once('data', (data) => {
            socket.destroy();
            resolve(String(data).split('\r\n')[0]!);
          });
          socket.once('close', () => resolve('closed'));
          socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
        }),
      );
    for (const path of [
      '//',
      '/%',
      '/graphql?query=%',
      '/\\',
      '*',
      'http://',
      '/graphql?query={__typename}&variables={',
      '/../../etc/passwd',
    ]) {
      expect(await get(path), path).toMatch(/^HTTP\/1\.1 [1-4]\d\d/);
    }
  });
});

describe('/health, /ready and /metrics', () => {
  const status = async (url: string, path: string) => (await fetch(`${url}${path}`)).status;

  it('say that all is well', async () => {
    expect(await status(server.url, '/health')).toBe(200);
    expect(await status(server.url, '/ready')).toBe(200);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(/^shearwater_http_request_seconds_count\{path="\/graphql",status="200"\} \d+$/m);
    expect(metrics).toMatch(/^shearwater_websockets 0$/m);
    expect(metrics).toMatch(/^shearwater_subscribers 0$/m);
    expect(metrics).toMatch(/^process_resident_memory_bytes \d+/m);
  });

  it('need no token, and other paths are not found and do not become metrics of their own', async () => {
    for (const path of ['/graph', '/graphql/', '/admin', '/.env', '/x'.repeat(50)])
      expect(await status(server.url, path)).toBe(404);
    expect(await (await fetch(`${server.url}/metrics`)).text()).not.toMatch(/path="\/(admin|x)/);
  });

  it('tell when a migration is missing, and when it is back', async () => {
    const own = await startTestServer();
    const sql = postgres(own.databaseUrl, { max: 1, fetch_types: false, onnotice: () => {} });
    try {
      const [row] =
        await sql`delete from drizzle.__drizzle_migrations where id = (select max(id) from drizzle.__drizzle_migrations) returning *`;
      expect(await status(own.url, '/ready')).toBe(503);
      expect(await status(own.url, '/health')).toBe(200);
      await sql`insert into drizzle.__drizzle_migrations ${sql(row as Record<string, unknown>)}`;
      expect(await status(own.url, '/ready')).toBe(200);
      await sql`create table drizzle.aside as select * from drizzle.__drizzle_migrations`;
      await sql`drop table drizzle.__drizzle_migrations`;
      expect(await status(own.url, '/ready')).toBe(503);
    } finally {
      await sql.end();
      await own.close();
    }
  });

  it('tell when the database is gone, and when it is back', async () => {
    const own = await startTestServer();
    const name = new URL(own.databaseUrl).pathname.slice(1);
    const adminUrl = new URL(own.databaseUrl);
    adminUrl.pathname = '/postgres';
    const root = await own.caller(admin);
    await succeed(root, 'createPool', { name: 'kept', asset: 'USDC', decimals: 2 });
    try {
      await withAdmin(adminUrl.href, async (sql) => {
        await sql`alter database ${sql(name)} with allow_connections false`;
        await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`;
      });
      await eventually('503', async () => (await status(own.url, '/ready')) === 503);
      expect(await status(own.url, '/health')).toBe(200);
      const answer = await root('{ pools { totalCount } }');
      expect(answer.errors?.[0]?.extensions.code).toBe('INTERNAL_SERVER_ERROR');
      expect(JSON.stringify(answer)).not.toMatch(/connect|database|55000|127\.0\.0\.1/);
    } finally {
      await withAdmin(adminUrl.href, (sql) => sql`alter database ${sql(name)} with allow_connections true`);
    }
    await eventually('200', async () => (await status(own.url, '/ready')) === 200);
    const back = await eventually(
      'an answer',
      async () => (await root('{ pools { edges { node { name } } } }')).data,
    );
    expect(back.pools.edges).toEqual([{ node: { name: 'kept' } }]);
    await own.close();
  });
});

describe('the explorer', () => {
  const page = async () =>
    fetch(endpoint(), {
      headers: { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' },
    });

  it('is served to a browser, without a token', async () => {
    const response = await page();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    expect(await response.text()).toMatch(/Shearwater/);
  });

  it('loads nothing from elsewhere: no script, style, font, frame or image of another host', async () => {
    const html = await (await page()).text();
    // What is in the page itself, scripts and styles aside: their text is code, not addresses that are loaded.
    const bare = html
      .replace(/(<script\b[^>]*>)[\s\S]*?(<\/script>)/gi, '$1$2')
      .replace(/(<style\b[^>]*>)[\s\S]*?(<\/style>)/gi, '$1$2');
    const addresses = [...bare.matchAll(/\b(?:src|href|action|srcset|content)\s*=\s*["']?([^"'\s>]+)/gi)].map(
      ([, to]) => to!,
    );
    expect(addresses.filter((to) => /^(?:\w+:)?\/\//.test(to))).toEqual([]);
    const styles = [...html.matchAll(/<style\b[^>]*>([\s\S]*?)<\/style>/gi)]
      .map(([, css]) => css!)
      .join('\n');
    expect(styles).not.toMatch(/@import|url\(\s*["']?(?:https?:)?\/\//i);
    expect(html).not.toMatch(/unpkg\.com|jsdelivr|cdnjs|cdn\.|googleapis|esm\.sh/i);
  });

  it('does not answer queries to whoever asks for HTML', async () => {
    const response = await fetch(`${endpoint()}?query=${encodeURIComponent('{ pools { totalCount } }')}`, {
      headers: { accept: 'text/html' },
    });
    expect(await response.text()).not.toContain('"totalCount":');
  });
});

it('gives pages of other sites no leave to read, and those that are allowed it', async () => {
  const allowed = 'https://app.example.com';
  const own = await startTestServer({ databaseUrl: server.databaseUrl, allowedOrigins: [allowed] });
  const ask = (url: string, origin: string) =>
    fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin, authorization: `Bearer ${venue.token}` },
      body: JSON.stringify({ query: '{ __typename }' }),
    });
  for (let i = 0; i < 3; i++) {
    const granted = await ask(own.url, allowed);
    expect(granted.headers.get('access-control-allow-origin')).toBe(allowed);
    for (const response of [await ask(own.url, 'https://evil.example.com'), await ask(server.url, allowed)]) {
      // A browser lets a page read what names its own origin, or any.
      expect([
        '*',
        new URL(response.url).origin === own.url ? 'https://evil.example.com' : allowed,
      ]).not.toContain(response.headers.get('access-control-allow-origin'));
    }
  }
  await own.close();
});

it('answers whoever was asking when it was told to stop, and nobody afterwards', async () => {
  const own = await startTestServer({ databaseUrl: server.databaseUrl });
  const locker = postgres(server.databaseUrl, { max: 1, fetch_types: false });
  const caller = await own.caller(integrator);
  let release = () => {};
  const locked = new Promise<void>((ready) => {
    locker
      .begin(async (sql) => {
        await sql`select 1 from pools where name = 'pool' for update`;
        ready();
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      })
      .catch(() => {});
  });
  await locked;
  const underWay = caller(mutationText('publishMarks'), {
    input: { pool: 'pool', marks: [{ market: 'BTC', price: '101' }] },
  });
  await eventually('the mutation waits', async () => {
    const [row] = await withLocks(server.databaseUrl);
    return row!.waiting > 0;
  });
  const closing = own.close();
  await eventually('no new connection', async () =>
    fetch(`${own.url}/health`).then(
      () => false,
      () => true,
    ),
  );
  release();
  expect((await within('the answer', underWay)).data.publishMarks.__typename).toBe('PublishMarksPayload');
  await within('the end', closing);
  await locker.end();
});

async function withLocks(url: string): Promise<{ waiting: number }[]> {
  const sql = postgres(url, { max: 1, fetch_types: false });
  try {
    return await sql<
      { waiting: number }[]
    >`select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  } finally {
    await sql.end();
  }
}
