import type { Trader } from './book.ts';
import type { Client } from './client.ts';
import { OURS } from './figures.ts';
import { done } from './terminal.ts';

const POOL = OURS.pool;
const PATIENCE_MS = 30_000;

export interface Ears {
  readonly haircuts: HaircutNotice[];
  readonly losses: LossNotice[];
  /** Resolves when so many haircut notices, and so many notices of the pool, have been heard. */
  heard(haircuts: number, losses: number): Promise<void>;
}

export interface HaircutNotice {
  readonly amount: string;
  readonly explanation: string;
  readonly haircut: { readonly profit: string; readonly account: { readonly ref: string } };
}

export interface LossNotice {
  readonly kind: 'LOSS_OPENED' | 'SETTLED';
  readonly sequence: string;
  readonly previousSequence: string | null;
}

/** Trader apps and the venue's operator begin to listen, each on a socket of its own. */
export async function listen(
  apps: readonly { client: Client; trader: Trader; label: string }[],
  operator: Client,
): Promise<Ears> {
  const haircuts: HaircutNotice[] = [];
  const losses: LossNotice[] = [];
  let wake = () => {};
  let fail: ((error: Error) => void) | undefined;
  let failure: Error | undefined;
  const onEnd = (error: Error) => {
    failure ??= error;
    fail?.(error);
  };
  const { sequence } = await operator.ask<{ sequence: string }>(
    'query At($pool: String!) { pool(name: $pool) { sequence } }',
    { pool: POOL },
  );
  const from = { pool: POOL, after: sequence };
  for (const { client, trader, label } of apps) {
    await client.listen<HaircutNotice>(
      `subscription Mine($pool: String!, $after: String) {
        haircutNotices(pool: $pool, after: $after) { amount explanation haircut { profit account { ref } } } }`,
      from,
      (notice) => {
        haircuts.push(notice);
        wake();
      },
      onEnd,
    );
    done(`${trader.ref} listens for its own haircuts: ${label}`);
  }
  await operator.listen<LossNotice>(
    'subscription Losses($pool: String!, $after: String) { lossNotices(pool: $pool, after: $after) { kind sequence previousSequence } }',
    from,
    (notice) => {
      losses.push(notice);
      wake();
    },
    onEnd,
  );
  done('the operator listens for losses and settlements of the whole pool');

  const heard = (manyHaircuts: number, manyLosses: number) =>
    new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('The notices did not arrive in time.')), PATIENCE_MS);
      fail = (error) => reject(new Error(`A subscription ended: ${error.message}`));
      if (failure) fail(failure);
      wake = () => {
        if (haircuts.length < manyHaircuts || losses.length < manyLosses) return;
        clearTimeout(late);
        resolve();
      };
      wake();
    });
  return { haircuts, losses, heard };
}

/** Each notice names the one before: that is how a reader knows that it missed none. */
export function inOrder(notices: readonly LossNotice[]): void {
  notices.forEach(({ previousSequence }, i) => {
    if (previousSequence !== (notices[i - 1]?.sequence ?? null))
      throw new Error('A notice is missing or out of order.');
  });
}
