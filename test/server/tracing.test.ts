import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createNetServer, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { mutationText } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { LEAN_NOTICES, openLoss, winnersBook } from '../support/notice-book.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { admin, integrator, startTestServer } from '../support/server.ts';

/** Traces as a collector gets them: OTLP over HTTP, to a receiver of the test's own. */

interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: { key: string; value: { stringValue?: string; intValue?: number } }[];
  readonly status: { code?: number };
}

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function startReceiver() {
  const spans: SentSpan[] = [];
  const resources = new Set<string>();
  const bodies: string[] = [];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      bodies.push(body);
      if (req.method === 'POST' && req.url === '/v1/traces') {
        for (const { resource, scopeSpans } of JSON.parse(body).resourceSpans) {
          for (const { key, value } of resource.attributes) resources.add(`${key}=${value.stringValue}`);
          for (const scope of scopeSpans) spans.push(...scope.spans);
        }
      }
      res.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(() => new Promise((resolve) => server.close(resolve)));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { spans, resources, bodies, endpoint };
}

it('tells one story from the request to the notices, below the span of whoever asked', async () => {
  const { spans, resources, bodies, endpoint } = await startReceiver();
  const server = await startTestServer({ tracing: { endpoint, ratio: 1, serviceName: 'venue-risk' } });
  let closed = false;
  undo.push(async () => closed || server.close());
  const venue = await server.caller(integrator);
  await winnersBook(await server.caller(admin), venue, 'pool', 2);
  await openLoss(venue, 'pool', 1, 4);
  const socket = await RawSocket.open(server, venue.token);
  socket.subscribe('1', LEAN_NOTICES, { pool: 'pool' });
  await eventually('a subscriber', async () =>
    /shearwater_subscribers 1/.test(await (await fetch(`${server.url}/metrics`)).text()),
  );
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const caller = 'b7ad6b7169203331';
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${venue.token}`,
      traceparent: `00-${traceId}-${caller}-01`,
    },
    body: JSON.stringify({
      query: mutationText('settleLosses'),
      variables: { input: { pool: 'pool', idempotencyKey: 'a-key-in-variables' } },
    }),
  });
  expect(response.headers.get('x-request-id')).toBe(traceId);
  await response.text();
  await eventually('notices', () => socket.values('1').length === 2);
  await server.close();
  closed = true;

  expect([...resources]).toEqual(
    expect.arrayContaining(['service.name=venue-risk', 'service.version=0.1.0']),
  );
  const story = spans.filter((span) => span.traceId === traceId);
  const one = (name: string) => {
    const found = story.filter((span) => span.name === name);
    expect(found, name).toHaveLength(1);
    return found[0]!;
  };
  const request = one('POST /graphql');
  const operation = one('mutation Do');
  const mutation = one('settleLosses');
  const delivery = one('deliver notices');
  expect(request).toMatchObject({ parentSpanId: caller, kind: 2 });
  expect(operation.parentSpanId).toBe(request.spanId);
  expect(mutation.parentSpanId).toBe(operation.spanId);
  expect(delivery).toMatchObject({ parentSpanId: mutation.spanId, kind: 5 });
  const phases = story
    .filter((span) => span.parentSpanId === mutation.spanId && span !== delivery)
    .sort((a, b) => Number(BigInt(a.startTimeUnixNano) - BigInt(b.startTimeUnixNano)));
  expect(phases.map(({ name }) => name)).toEqual([
    'turn',
    'connect',
    'lock',
    'work',
    'read',
    'allocate',
    'write',
    'notice',
    'commit',
  ]);
  const attributes = Object.fromEntries(
    mutation.attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]),
  );
  expect(attributes).toEqual({
    'shearwater.pool': 'pool',
    'shearwater.count': 2,
    'shearwater.outcome': 'committed',
  });
  expect(story.filter(({ status }) => status.code === 2)).toEqual([]);
  // The subscription's own trace: the request id that the socket and the operation have in the log.
  const subscription = spans.find(({ name }) => name === 'subscription Lean')!;
  expect(subscription.attributes).toContainEqual({
    key: 'shearwater.request_id',
    value: { stringValue: expect.stringMatching(/^[0-9a-f-]{36}\/1$/) },
  });
  const sent = bodies.join('');
  for (const secret of [venue.token, 'a-key-in-variables', 'authorization'])
    expect(sent).not.toContain(secret);
});

it('records no trace that its caller, or the ratio, decided against', async () => {
  const { spans, endpoint } = await startReceiver();
  const server = await startTestServer({ tracing: { endpoint, ratio: 0, serviceName: 'shearwater' } });
  const venue = await server.caller(integrator);
  const ask = (traceparent: string | null) =>
    fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${venue.token}`,
        ...(traceparent ? { traceparent } : {}),
      },
      body: JSON.stringify({ query: '{ viewer { subject } }' }),
    }).then((answer) => answer.text());
  await ask(null);
  await ask('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00');
  await ask('00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
  await server.close();
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set(['1af7651916cd43dd8448eb211c80319c']));
});

it('costs spans and nothing else where the collector takes connections and answers nothing', async () => {
  const sockets = new Set<Socket>();
  const silent = createNetServer((socket) => sockets.add(socket.on('error', () => {})));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const server = await startTestServer({ tracing: { endpoint, ratio: 1, serviceName: 'shearwater' } });
  const venue = await server.caller(integrator);
  expect((await venue('{ viewer { subject } }')).data.viewer.subject).toBe('venue');
  const began = performance.now();
  await server.close();
  expect(performance.now() - began).toBeLessThan(9_000);
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => silent.close(resolve));
});

it('loads no SDK until somebody wants traces', () => {
  const root = new URL('../../src/', import.meta.url);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const loading = files.flatMap((file) =>
    readFileSync(new URL(file, root), 'utf8')
      .split('\n')
      .filter((line) => /['"]@opentelemetry\/(?!api['"])/.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  );
  expect(loading).toEqual([
    "server/tracing.ts: import('@opentelemetry/sdk-trace'),",
    "server/tracing.ts: import('@opentelemetry/exporter-trace-otlp-http'),",
    "server/tracing.ts: import('@opentelemetry/resources'),",
  ]);
});
