import { makeBook } from '../../demo/book.ts';
import { Client, signToken } from '../../demo/client.ts';
import { COINS, OURS } from '../../demo/figures.ts';
import {
  contribute,
  openPool,
  publishMarks,
  reportBankrupt,
  type Settled,
  settle,
} from '../../demo/venue.ts';

/** The demo's book of 10 October 2025, for pages that must stay readable with 19,230 haircuts. */

export interface October {
  readonly pool: string;
  /** Of one who won much. */
  readonly winner: string;
  settle(): Promise<Settled>;
}

/** Plays the day up to its 165 reported bankruptcies. */
export async function openOctober(url: string, secret: string): Promise<October> {
  const client = new Client(url, await signToken(secret, 'venue', 'ADMIN'));
  const { traders, winners, bankrupts } = makeBook();
  await openPool(client, OURS.pool, COINS, traders);
  await contribute(client, OURS.pool, OURS.fund * 100n);
  for (const fallen of OURS.crash) await publishMarks(client, OURS.pool, COINS, fallen);
  for (const bankrupt of bankrupts) await reportBankrupt(client, OURS.pool, bankrupt);
  return { pool: OURS.pool, winner: winners[5]!.ref, settle: () => settle(client, OURS.pool) };
}
