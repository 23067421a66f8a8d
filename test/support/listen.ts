import type { Client } from 'graphql-ws';

export interface Notice {
  readonly cursor: string;
  readonly sequence: string;
  readonly previousSequence: string | null;
  readonly amount?: string;
  readonly kind?: string;
  readonly haircut?: { readonly account: { readonly ref: string }; readonly amount: string };
  readonly explanation?: string;
}

export const HAIRCUT_NOTICES = `subscription Haircuts($pool: String!, $accounts: [String!], $after: String) {
  haircutNotices(pool: $pool, accounts: $accounts, after: $after) {
    cursor sequence previousSequence kind amount committedAt explanation
    haircut { amount profit balanceBefore balanceAfter account { ref } settlement { sequence socialized } }
  }
}`;

export const LOSS_NOTICES = `subscription Losses($pool: String!, $after: String) {
  lossNotices(pool: $pool, after: $after) {
    cursor sequence previousSequence kind lossEvent { ref deficit } settlement { sequence } pool { name }
  }
}`;

/** Collects what a subscription delivers until it ends; `until` waits for a number of notices. */
export class Listener {
  readonly notices: Notice[] = [];
  readonly ended: Promise<unknown>;
  readonly stop: () => void;
  #waiting: { count: number; resolve: () => void }[] = [];

  constructor(client: Client, query: string, variables: Record<string, unknown>) {
    let stop = () => {};
    this.ended = new Promise((resolve) => {
      stop = client.subscribe<Record<string, Notice>>(
        { query, variables },
        {
          next: ({ data, errors }) => {
            if (errors) return resolve(errors);
            this.notices.push(Object.values(data!)[0]!);
            this.#settle();
          },
          error: resolve,
          complete: () => resolve(null),
        },
      );
    });
    this.stop = stop;
  }

  until(count: number, withinMs = 15_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`heard ${this.notices.length} of ${count} notices in ${withinMs} ms`)),
        withinMs,
      );
      this.#waiting.push({
        count,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      });
      this.#settle();
    });
  }

  #settle(): void {
    this.#waiting = this.#waiting.filter(({ count, resolve }) => {
      if (this.notices.length < count) return true;
      resolve();
      return false;
    });
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
