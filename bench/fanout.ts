import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { type Bench, type BenchOptions, median, type Report, round } from './support/bench.ts';
import { type Cluster, withCluster } from './support/cluster.ts';
import type { ClientsAnswer, ClientsOrder } from './support/fanout-clients.ts';
import { POOL, preparePool } from './support/pool.ts';
import { type ServedProcess, serve } from './support/serve.ts';
import type { SocketsAnswer, SocketsOrder } from './support/serve-sockets.ts';

const NOTICES = `subscription Haircuts($pool: String!) { haircutNotices(pool: $pool) {
  cursor sequence previousSequence kind amount committedAt explanation haircut { profit balanceAfter } } }`;
const SETTLE = `mutation { settleLosses(input: { pool: "${POOL}", idempotencyKey: "now" }) { __typename ... on Error { message } } }`;
const WARM = `mutation { publishMarks(input: { pool: "${POOL}", marks: [{ market: "M1", price: "100" }] }) {
  __typename ... on Error { message } } }`;

/** How long each client waited, in ms, and what a connection takes of the server's memory. */
interface Outcome {
  readonly delays: readonly number[];
  readonly kibPerSocket: number;
}

export const fanout: Bench = {
  name: 'fanout',
  about:
    'tells N subscribers of a haircut each, over WebSockets, beside a bare ws server that sends the same bytes',
  size: 10_000,
  sizeOf: 'subscribers',
  run: (options) => withCluster((cluster) => measure(cluster, options)),
};

async function measure(cluster: Cluster, { size, runs, progress }: BenchOptions): Promise<Report> {
  progress(`making a pool of ${size} accounts`);
  await cluster.prepare((url) => preparePool(url, { winners: size, losers: 0, history: 0 }));
  const folder = mkdtempSync(join(tmpdir(), 'shearwater-fanout-'));
  const ours: Outcome[] = [];
  const bare: Outcome[] = [];
  try {
    for (let run = 1; run <= runs; run++) {
      progress(`run ${run} of ${runs}: shearwater`);
      const texts = join(folder, 'texts.json');
      ours.push(await cluster.withCopy((url) => tellOurs(url, size, texts)));
      progress(`run ${run} of ${runs}: bare ws`);
      bare.push(await tellBare(size, texts));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const of = (outcomes: readonly Outcome[], share: number) =>
    median(
      outcomes.map(({ delays }) => [...delays].sort((a, b) => a - b)[Math.ceil(delays.length * share) - 1]!),
    );
  return {
    floor:
      'a ws server in a process of its own that sends each socket the very text that Shearwater sent it, from a loop, to the same ' +
      'clients. It reads nothing from a database and knows no subscription.',
    fields: {
      ratio: round(of(ours, 0.99) / of(bare, 0.99), 2),
      name: 'fanout',
      size,
      p99_ms: round(of(ours, 0.99)),
      floor_p99_ms: round(of(bare, 0.99)),
      p50_ms: round(of(ours, 0.5)),
      floor_p50_ms: round(of(bare, 0.5)),
      worst_ms: round(of(ours, 1)),
      floor_worst_ms: round(of(bare, 1)),
      kib_per_connection: round(median(ours.map(({ kibPerSocket }) => kibPerSocket)), 1),
      floor_kib_per_connection: round(median(bare.map(({ kibPerSocket }) => kibPerSocket)), 1),
      runs,
    },
  };
}

/** From the commit, as PostgreSQL's NOTIFY tells it, to the arrival at each trader, who is signed in as the owner of an account. */
async function tellOurs(databaseUrl: string, size: number, keep: string): Promise<Outcome> {
  const server = await serve('shearwater', databaseUrl);
  const listener = postgres(databaseUrl, { max: 1 });
  const clients = start('fanout-clients');
  try {
    // As a server is that has run for a while: with the pool in memory.
    await ask(server, WARM, '"PublishMarksPayload"');
    const idleKib = await server.rssKib();
    const subscribe = JSON.stringify({
      id: '1',
      type: 'subscribe',
      payload: { query: NOTICES, variables: { pool: POOL } },
    });
    const opening: string[][] = [];
    for (let i = 1; i <= size; i++) {
      const authorization = await server.bearer({ sub: `owner-${i}`, roles: ['TRADER'] });
      opening.push([JSON.stringify({ type: 'connection_init', payload: { authorization } }), subscribe]);
    }
    const url = `${server.url}/graphql`;
    const order: ClientsOrder = { url, protocol: 'graphql-transport-ws', opening, keep };
    await clients.ask<{ opened: number }>(order);
    await until(async () => (await subscribers(server)) === size);
    const kibPerSocket = ((await server.rssKib()) - idleKib) / size;
    const committed = new Promise<number>((resolve) => {
      listener.listen('shearwater_outbox', () => resolve(performance.timeOrigin + performance.now()));
    });
    const arrived = clients.answer<{ arrivals: number[] }>();
    await ask(server, SETTLE, '"Settlement"');
    const { arrivals } = await arrived;
    const from = await committed;
    return { delays: arrivals.map((at) => at - from), kibPerSocket };
  } finally {
    clients.stop();
    await listener.end();
    await server.stop();
  }
}

async function tellBare(size: number, texts: string): Promise<Outcome> {
  const server = start('serve-sockets');
  const clients = start('fanout-clients');
  const peers = () => server.ask<{ peers: number; rssKib: number }>('peers' satisfies SocketsOrder);
  try {
    const { url } = await server.ask<{ url: string }>({ texts } satisfies SocketsOrder);
    const idle = await peers();
    const opening = Array.from({ length: size }, (_, i) => [String(i)]);
    await clients.ask({ url, protocol: null, opening, keep: null } satisfies ClientsOrder);
    await until(async () => (await peers()).peers === size);
    const kibPerSocket = ((await peers()).rssKib - idle.rssKib) / size;
    const arrived = clients.answer<{ arrivals: number[] }>();
    const { sentAt } = await server.ask<{ sentAt: number }>('go' satisfies SocketsOrder);
    return { delays: (await arrived).arrivals.map((at) => at - sentAt), kibPerSocket };
  } finally {
    clients.stop();
    server.stop();
  }
}

/** A program of bench/support in a process of its own. */
function start(program: string) {
  const child: ChildProcess = fork(fileURLToPath(new URL(`./support/${program}.ts`, import.meta.url)));
  const answer = async <A extends ClientsAnswer | SocketsAnswer>(): Promise<A> => {
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`${program} ended with exit code ${code}.`);
    });
    const [message] = await Promise.race([once(child, 'message'), ended]);
    return message;
  };
  return {
    answer,
    ask<A extends ClientsAnswer | SocketsAnswer>(order: ClientsOrder | SocketsOrder): Promise<A> {
      const answered = answer<A>();
      child.send(order);
      return answered;
    },
    stop: () => child.connected && child.disconnect(),
  };
}

async function ask({ url, headers }: ServedProcess, query: string, expected: string): Promise<void> {
  const answer = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
  const text = await answer.text();
  if (!text.includes(expected)) throw new Error(`The server did not answer: ${text.slice(0, 300)}`);
}

async function subscribers({ url }: ServedProcess): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^shearwater_subscribers (\d+)/m.exec(text)?.[1] ?? 0);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('The subscribers did not all attach.');
}
