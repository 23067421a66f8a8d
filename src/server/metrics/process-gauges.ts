import { Counter, Gauge, type Registry } from 'prom-client';
import type { Database } from '../../db/database.ts';
import type { Hub } from '../../outbox/hub.ts';
import type { Books } from '../../settlement/books.ts';
import type { SimulationRunner } from '../../settlement/simulation-runner.ts';

/** Where the gauges of this process look. */
export interface ProcessSources {
  readonly sockets: () => number;
  readonly isDraining: () => boolean;
  readonly hub: Pick<Hub, 'figures'>;
  readonly db: Pick<Database, 'connections'>;
  readonly books: Pick<Books, 'figures'>;
  readonly simulations: Pick<SimulationRunner, 'isWorking'>;
  readonly version: string;
  /** Of the read replica; null without one. */
  readonly replicaLagSeconds?: () => number | null;
}

const CONNECTION_STATES = ['idle', 'busy', 'connecting'] as const;

/** What this process holds in memory: read when it is scraped, and never from the database. */
export function processGauges(registers: Registry[], sources: ProcessSources): void {
  const { sockets, isDraining, hub, db, books, simulations, version } = sources;
  const gauge = (name: string, help: string, read: () => number) => {
    new Gauge({
      name: `shearwater_${name}`,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };
  const { replicaLagSeconds } = sources;
  if (replicaLagSeconds)
    gauge(
      'replica_lag_seconds',
      'The most that a commit may be missing for on the read replica; NaN without one.',
      () => replicaLagSeconds() ?? Number.NaN,
    );
  gauge('draining', '1 from when the process was told to stop.', () => (isDraining() ? 1 : 0));
  gauge('websockets', 'Open WebSockets.', sockets);
  gauge('subscribers', 'Subscriptions to notices that this process serves.', () => hub.figures.subscribers);
  gauge(
    'subscriber_queue_notices',
    'Notices that wait in memory for all subscribers.',
    () => hub.figures.queued,
  );
  gauge(
    'subscriber_queue_deepest_notices',
    'Notices that wait in memory for the subscriber with most.',
    () => hub.figures.deepest,
  );
  gauge(
    'oldest_unsent_notice_seconds',
    'For how long the oldest notice of any subscriber has waited to be taken by its connection.',
    () => hub.figures.oldestUnsentMs / 1_000,
  );
  gauge('book_pools', 'Pools that are kept in memory.', () => books.figures.pools);
  gauge('book_bytes', 'What the columns of these pools take, without names.', () => books.figures.bytes);
  gauge('simulation_working', '1 while this process works on a simulation.', () =>
    simulations.isWorking ? 1 : 0,
  );
  gauge(
    'database_waiting',
    'Statements and transactions that wait for a connection.',
    () => db.connections.waiting,
  );
  new Gauge({
    name: 'shearwater_database_connections',
    help: 'Connections of this process to the database, by what they are at.',
    labelNames: ['state'],
    registers,
    collect() {
      const { connections } = db;
      for (const state of CONNECTION_STATES) this.set({ state }, connections[state]);
    },
  });
  new Counter({
    name: 'shearwater_stalled_subscribers_total',
    help: 'Subscribers that were ended because they took nothing.',
    registers,
    collect() {
      this.reset();
      this.inc(hub.figures.stalled);
    },
  });
  new Gauge({
    name: 'shearwater_build_info',
    help: 'Always 1; the version of Shearwater and of Node.',
    labelNames: ['version', 'node'],
    registers,
  }).set({ version, node: process.versions.node }, 1);
}
