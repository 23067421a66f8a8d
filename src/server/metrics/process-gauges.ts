import { Counter, Gauge, type Registry } from 'prom-client';
import type { Database } from '../../db/database.ts';
import type { Hub } from '../../outbox/hub.ts';
import type { Books } from '../../settlement/books.ts';
import type { SimulationRunner } from '../../settlement/simulation-runner.ts';
import type { Connections } from '../connections.ts';

/** Where the gauges of this process look. */
export interface ProcessSources {
  readonly sockets: () => number;
  readonly isDraining: () => boolean;
  readonly connections: Pick<Connections, 'subscriptions'>;
  readonly hub: Pick<Hub, 'figures'>;
  readonly db: Pick<Database, 'connections'>;
  readonly books: Pick<Books, 'figures'>;
  readonly simulations: Pick<SimulationRunner, 'isWorking'>;
  readonly version: string;
  /** Of the read replica; null without one. */
  readonly replicaLagSeconds: () => number | null;
}

const CONNECTION_STATES = ['idle', 'busy', 'connecting'] as const;

/** The gauges of what this process holds in memory. What is returned looks, once a scrape, and never into the database. */
export function processGauges(registers: Registry[], sources: ProcessSources): () => void {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `shearwater_${name}`, help, labelNames, registers });
  const draining = gauge('draining', '1 from when the process was told to stop.');
  const websockets = gauge('websockets', 'Open WebSockets.');
  const subscriptions = gauge('subscriptions', 'Open subscriptions, of every kind and transport.');
  const subscribers = gauge('subscribers', 'Subscriptions to notices that this process serves.');
  const queued = gauge('subscriber_queue_notices', 'Notices that wait in memory for all subscribers.');
  const deepest = gauge(
    'subscriber_queue_deepest_notices',
    'Notices that wait in memory for the subscriber with most.',
  );
  const unsent = gauge(
    'oldest_unsent_notice_seconds',
    'For how long the oldest notice of any subscriber has waited to be taken by its connection.',
  );
  const stalled = new Counter({
    name: 'shearwater_stalled_subscribers_total',
    help: 'Subscribers that were ended because they took nothing.',
    registers,
  });
  const bookPools = gauge('book_pools', 'Pools that are kept in memory.');
  const bookBytes = gauge('book_bytes', 'What the columns of these pools take, without names.');
  const working = gauge('simulation_working', '1 while this process works on a simulation.');
  const waiting = gauge('database_waiting', 'Statements and transactions that wait for a connection.');
  const connections = gauge(
    'database_connections',
    'Connections of this process to the database, by what they are at.',
    ['state'],
  );
  const replicaLag = gauge(
    'replica_lag_seconds',
    'The most that a commit may be missing for on the read replica; NaN without one.',
  );
  const { version } = sources;
  const info = gauge('build_info', 'Always 1; the version of Shearwater and of Node.', ['version', 'node']);
  info.set({ version, node: process.versions.node }, 1);

  return () => {
    const { sockets, isDraining, hub, db, books, simulations } = sources;
    draining.set(isDraining() ? 1 : 0);
    websockets.set(sockets());
    subscriptions.set(sources.connections.subscriptions);
    replicaLag.set(sources.replicaLagSeconds() ?? Number.NaN);
    const figures = hub.figures;
    subscribers.set(figures.subscribers);
    queued.set(figures.queued);
    deepest.set(figures.deepest);
    unsent.set(figures.oldestUnsentMs / 1_000);
    stalled.reset();
    stalled.inc(figures.stalled);
    const { pools, bytes } = books.figures;
    bookPools.set(pools);
    bookBytes.set(bytes);
    working.set(simulations.isWorking ? 1 : 0);
    const states = db.connections;
    waiting.set(states.waiting);
    for (const state of CONNECTION_STATES) connections.set({ state }, states[state]);
  };
}
