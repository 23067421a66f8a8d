import { DeliveryQueue } from '../db/job-queue.ts';
import { type DeliveryOptions, deliver } from './deliver.ts';
import { dueWebhooks } from './place.ts';

const POLL_MS = 1_000;
/** How long a webhook is delivered to before others that wait get their turn. */
const TURN_MS = 5_000;

export interface RunnerOptions extends DeliveryOptions {
  readonly url: string;
  /** Webhooks that this server delivers to at once; 0 leaves them to others. */
  readonly concurrency: number;
}

/**
 * Delivers to the webhooks of all pools, together with the other servers: what is due is queued, and taken from the queue by whoever has
 * a hand free. What wakes it is a hint only: the rows say what is due, and they are read every second.
 */
export class WebhookRunner {
  readonly policy: RunnerOptions['policy'];
  readonly #options: RunnerOptions;
  readonly #queue: DeliveryQueue;
  readonly #timer: NodeJS.Timeout;
  readonly #working = new Map<string, Promise<void>>();
  #turn: Promise<void> | null = null;
  #again = false;
  #closed = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.policy = options.policy;
    this.#queue = new DeliveryQueue(options.url, options.onError);
    this.#closed = options.concurrency === 0;
    this.#timer = setInterval(() => this.wake(), POLL_MS).unref();
  }

  /** Something may be due. */
  wake(): void {
    if (this.#closed) return;
    this.#again = true;
    this.#turn ??= this.#work()
      .catch((error) => this.#options.onError(error, 'looking for webhooks that are due'))
      .finally(() => {
        this.#turn = null;
      });
  }

  /** Attempts that are under way come to their end. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#turn;
    await Promise.all(this.#working.values());
    await this.#queue.close();
  }

  async #work(): Promise<void> {
    const { db, clock, concurrency } = this.#options;
    while (this.#again && !this.#closed) {
      this.#again = false;
      const due = await dueWebhooks(db, clock.now());
      const waiting = due.filter(({ poolId, webhookId }) => !this.#working.has(`${poolId}/${webhookId}`));
      if (waiting.length === 0) return;
      await this.#queue.add(waiting);
      const free = concurrency - this.#working.size;
      if (free > 0) for (const claim of await this.#queue.take(free)) this.#begin(claim);
    }
  }

  #begin({ key, release }: Awaited<ReturnType<DeliveryQueue['take']>>[number]): void {
    const name = `${key.poolId}/${key.webhookId}`;
    const end = performance.now() + TURN_MS;
    const isOver = () => this.#closed || performance.now() > end;
    const work = deliver(this.#options, key, isOver)
      .finally(release)
      .catch((error) => this.#options.onError(error, 'delivering to a webhook'))
      .finally(() => {
        this.#working.delete(name);
        this.wake();
      });
    this.#working.set(name, work);
  }
}
