import { PgBoss } from 'pg-boss';

/** The queue's tables have a schema of their own, which `npm run migrate` makes and changes: nothing else touches it. */
const SCHEMA = 'webhook_queue';
const QUEUE = 'deliveries';
/** Connections of a server to the queue. */
const CONNECTIONS = 2;
/** A job whose server says nothing for so long is another's: the least that the queue takes. */
const SILENCE_SECONDS = 10;
const BEAT_MS = 3_000;
/** How often silence is looked for. */
const LOOK_SECONDS = 3;

/** One webhook, which has something to deliver. */
export interface WebhookKey {
  readonly poolId: number;
  readonly webhookId: string;
}

/** A webhook that this server, and no other, delivers to until it lets go. */
export interface Claim {
  readonly key: WebhookKey;
  release(): Promise<void>;
}

const options = (url: string) => ({
  connectionString: url,
  schema: SCHEMA,
  max: CONNECTIONS,
  application_name: 'shearwater webhooks',
  schedule: false,
  monitorVacuum: false,
  // Nobody asks the queue which servers there are, and one that could not say so at its start would fail with each beat from then on.
  registerInstance: false,
});

/** Makes the queue's tables, or brings them to what this version needs. Who calls it sees that nobody else does. */
export async function migrateQueue(url: string): Promise<void> {
  const boss = new PgBoss({ ...options(url), supervise: false });
  boss.on('error', () => {});
  try {
    await boss.start();
    const rules = {
      // One job a webhook, waiting or at work, of all servers.
      policy: 'exclusive',
      // The webhook's row says when to try again (deliver.ts), and whoever finds that due makes a new job.
      retryLimit: 0,
      heartbeatSeconds: SILENCE_SECONDS,
      deleteAfterSeconds: 3_600,
    };
    if (!(await boss.getQueue(QUEUE))) await boss.createQueue(QUEUE, rules);
  } finally {
    await boss.stop({ graceful: false });
  }
}

/**
 * Who delivers to which webhook: pg-boss sees that each is at most one server's, and takes it from a server that went silent. What there
 * is to deliver, from where and when, is in the webhook's own row: a job says no more than that it is due, so losing or repeating
 * one costs nothing.
 */
export class DeliveryQueue {
  readonly #boss: PgBoss;
  readonly #beats = new Set<NodeJS.Timeout>();
  #starting: Promise<unknown> | null = null;

  constructor(url: string, onError: (error: unknown, doing: string) => void) {
    this.#boss = new PgBoss({
      ...options(url),
      migrate: false,
      superviseIntervalSeconds: LOOK_SECONDS,
      monitorIntervalSeconds: LOOK_SECONDS,
    });
    this.#boss.on('error', (error) => onError(error, 'looking after the queue of webhooks'));
  }

  /** Queues webhooks that are due. One that is queued or at work already stays as it is. */
  async add(keys: readonly WebhookKey[]): Promise<void> {
    await this.#started();
    const jobs = keys.map((key) => ({ data: key, singletonKey: `${key.poolId}/${key.webhookId}` }));
    // In one order, whoever queues them: of two that insert the same in different orders PostgreSQL ends one as a deadlock.
    jobs.sort((a, b) => (a.singletonKey < b.singletonKey ? -1 : 1));
    await this.#boss.insert(QUEUE, jobs);
  }

  /** Takes up to so many of what is queued, the oldest first. */
  async take(count: number): Promise<Claim[]> {
    await this.#started();
    const jobs = await this.#boss.fetch<WebhookKey>(QUEUE, { batchSize: count });
    return jobs.map(({ id, retryCount, data }) => {
      const attempt = { id, retryCount };
      // A beat that is lost is followed by others before the job is another's.
      const beat = setInterval(() => void this.#boss.touch(QUEUE, attempt).catch(() => {}), BEAT_MS);
      this.#beats.add(beat);
      return {
        key: data,
        release: async () => {
          clearInterval(beat);
          this.#beats.delete(beat);
          await this.#boss.deleteJob(QUEUE, attempt);
        },
      };
    });
  }

  /** What was not released goes to another server once that has noticed. */
  async close(): Promise<void> {
    for (const beat of this.#beats) clearInterval(beat);
    await this.#starting?.catch(() => {});
    await this.#boss.stop({ graceful: false });
  }

  /** Nobody connects before there is something to deliver. What failed is tried again. */
  #started(): Promise<unknown> {
    this.#starting ??= this.#boss.start().catch((error) => {
      this.#starting = null;
      throw error;
    });
    return this.#starting;
  }
}
