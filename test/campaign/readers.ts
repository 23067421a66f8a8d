import { type Client, createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { createShearwater } from '../../src/client/index.ts';
import { EventStream } from '../support/event-stream.ts';
import { DOCUMENTS, type Heading, lineOf } from '../support/ledger-log.ts';
import { BULKY_NOTICES } from '../support/notice-book.ts';
import { Resuming, ResumingStream } from '../support/resuming.ts';
import { pause } from './faults.ts';
import type { Member } from './fleet.ts';

/** A subscriber that resumes after its last cursor, and keeps all that it ever heard. */
export interface Reader {
  readonly name: string;
  readonly heading: Heading;
  readonly pool: string;
  /** Whose accounts it hears of; null for all. */
  readonly owner: string | null;
  heard(): string[];
  stop(): Promise<void>;
}

/** Each as a caller would write it, and the client that does it for callers. */
export const TRANSPORTS = ['WebSocket', 'SSE', 'the client'] as const;

export function startReader(
  member: Member,
  transport: (typeof TRANSPORTS)[number],
  heading: Heading,
  pool: string,
  token: string,
  owner: string | null = null,
): Reader {
  const name = `${heading} of ${pool}${owner ? ` for ${owner}` : ''} over ${transport} from ${member.name}`;
  const query = DOCUMENTS[heading];
  const base = { name, heading, pool, owner };
  if (transport === 'SSE') {
    const stream = new ResumingStream(member.url, token, query, { pool }, '0');
    return {
      ...base,
      heard: () => stream.notices.map((notice) => lineOf(heading, notice)),
      stop: async () => stream.stop(),
    };
  }
  if (transport === 'the client') return { ...base, ...listenByClient(member, heading, pool, token) };
  const client: Client = createClient({
    url: `${member.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 1_000_000,
    shouldRetry: () => true,
    retryWait: () => pause(50),
    connectionParams: { authorization: `Bearer ${token}` },
  });
  const resuming = new Resuming(client, query, pool, '0');
  return {
    ...base,
    heard: () => resuming.notices.map((notice) => lineOf(heading, notice)),
    async stop() {
      resuming.stop();
      client.terminate();
    },
  };
}

/** What ends an iteration is a fault, and stands among what was heard: nothing that a round does is a reason to give up. */
function listenByClient(
  member: Member,
  heading: Heading,
  pool: string,
  token: string,
): Pick<Reader, 'heard' | 'stop'> {
  const client = createShearwater({ url: member.url, token, keepAliveMs: 2_000 });
  const listening = { pool, after: '0' };
  const lines: string[] = [];
  const listen = async () => {
    if (heading === 'haircuts')
      for await (const notice of client.haircuts(listening)) lines.push(lineOf(heading, notice));
    if (heading === 'losses')
      for await (const notice of client.losses(listening)) lines.push(lineOf(heading, notice));
    if (heading === 'alerts') {
      for await (const {
        number: sequence,
        previousNumber: previousSequence,
        ...alert
      } of client.marginAlerts(listening))
        lines.push(lineOf(heading, { ...alert, sequence, previousSequence }));
    }
  };
  const listened = listen().catch((error) => void lines.push(`ended: ${error}`));
  return {
    heard: () => lines,
    async stop() {
      client.close();
      await listened;
    },
  };
}

/** Asks for every haircut that there ever was, by the kilobyte, and takes none of it: what is due waits in the server's queues. */
export async function flood(
  member: Member,
  pools: readonly string[],
  token: string,
  ms: number,
): Promise<void> {
  const streams = pools.map((pool) => {
    const stream = new EventStream(member.url, token, {
      query: BULKY_NOTICES,
      variables: { pool, after: '0' },
    });
    void stream.opened().then(
      () => stream.pause(),
      () => {},
    );
    return stream;
  });
  await pause(ms);
  for (const stream of streams) stream.end();
}

export const PROGRESS = 'subscription ($id: ID!) { simulationProgress(id: $id) { id status progress } }';

/** Follows a simulation to its end, over as many streams as it takes; answers with the last status that it heard. */
export async function followSimulation(
  member: Member,
  token: string,
  id: string,
  isOver: () => boolean,
): Promise<{ readonly id: string; readonly last: string | null }> {
  let last: string | null = null;
  while (!isOver()) {
    const stream = new EventStream(member.url, token, { query: PROGRESS, variables: { id } });
    while (stream.ended === null && !isOver()) await pause(25);
    last = stream.values.at(-1)?.status ?? last;
    stream.end();
    if (stream.ended === 'complete' && last !== null && last !== 'QUEUED' && last !== 'RUNNING') break;
    await pause(100);
  }
  return { id, last };
}
