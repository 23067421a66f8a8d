import { expect } from 'vitest';
import { succeed } from './api.ts';
import type { Caller } from './server.ts';

/** Pools with as many haircuts as a test of notices wants, through the public API. */

const PER_CALL = 4_000;

/** Refs in byte order, so that the order of notices can be told from the number. */
export const winnerRef = (i: number): string => `w${String(i).padStart(6, '0')}`;

/** A pool with n winners of 1000 profit each. The owner of a winner is `owner-<ref>`, unless told otherwise. */
export async function winnersBook(
  root: Caller,
  venue: Caller,
  pool: string,
  n: number,
  owner: (i: number) => string = (i) => `owner-${winnerRef(i)}`,
): Promise<void> {
  await succeed(root, 'createPool', { name: pool, asset: 'USDC', decimals: 6 });
  await succeed(venue, 'upsertMarkets', {
    pool,
    markets: [{ symbol: 'BTC', initialMarginRate: '0.1', maintenanceMarginRate: '0.05' }],
  });
  await succeed(venue, 'publishMarks', { pool, marks: [{ market: 'BTC', price: '101' }] });
  for (let from = 0; from < n; from += PER_CALL) {
    const part = Array.from({ length: Math.min(PER_CALL, n - from) }, (_, i) => from + i);
    await succeed(venue, 'upsertAccounts', {
      pool,
      accounts: part.map((i) => ({ ref: winnerRef(i), owner: owner(i) })),
    });
    await succeed(venue, 'applyUpdates', {
      pool,
      idempotencyKey: `book-${from}`,
      positions: part.map((i) => ({ account: winnerRef(i), market: 'BTC', size: '1000', entryPrice: '100' })),
      transfers: part.map((i) => ({ account: winnerRef(i), kind: 'DEPOSIT', amount: '100' })),
    });
  }
}

/** Another bankruptcy of that deficit, reported but not settled. */
export async function openLoss(
  venue: Caller,
  pool: string,
  round: number | string,
  deficit: number,
): Promise<void> {
  const account = `bankrupt-${round}`;
  await succeed(venue, 'upsertAccounts', { pool, accounts: [{ ref: account, owner: account }] });
  await succeed(venue, 'postTransfers', {
    pool,
    idempotencyKey: `loss-of-${round}`,
    transfers: [{ account, kind: 'REALIZED_PNL', amount: String(-deficit) }],
  });
  await succeed(venue, 'reportBankruptcy', {
    pool,
    idempotencyKey: `report-${round}`,
    ref: `loss-${round}`,
    account,
  });
}

/** One loss and its settlement; answers with the settlement's sequence. */
export async function settleOne(
  venue: Caller,
  pool: string,
  round: number | string,
  deficit: number,
): Promise<{ sequence: string; haircutCount: number }> {
  await openLoss(venue, pool, round, deficit);
  return succeed(venue, 'settleLosses', { pool, idempotencyKey: `settle-${round}` });
}

/** A loss that two settlements took from the winners of winnersBook, and a recovery that gives both back in one commit. Answers with its sequence. */
export async function giveBackTwo(venue: Caller, pool: string, winners: number): Promise<string> {
  // All of their profit of 1,000 each; what is uncovered then comes from the next 1,000.
  await settleOne(venue, pool, 'twice', winners * 1_100);
  await succeed(venue, 'publishMarks', { pool, marks: [{ market: 'BTC', price: '102' }] });
  await succeed(venue, 'settleLosses', { pool, idempotencyKey: 'the rest', lossEvents: ['loss-twice'] });
  const recovery = { pool, idempotencyKey: 'back', lossEvent: 'loss-twice', amount: String(winners * 1_100) };
  return (await succeed(venue, 'recordRecovery', recovery)).sequence;
}

export interface Heard {
  readonly cursor: string;
  readonly sequence: string;
  readonly previousSequence: string | null;
  readonly haircut: { readonly id: string };
}

/** What a reader asks for that wants many: nothing of it costs the server a statement. */
export const LEAN_NOTICES = `subscription Lean($pool: String!, $accounts: [String!], $after: String) {
  haircutNotices(pool: $pool, accounts: $accounts, after: $after) { cursor sequence previousSequence amount haircut { id amount } }
}`;

/** The same with a kilobyte of ballast: what fills the buffers of a connection that nobody reads. */
export const BULKY_NOTICES = `subscription Bulky($pool: String!, $accounts: [String!], $after: String) {
  haircutNotices(pool: $pool, accounts: $accounts, after: $after) { cursor sequence previousSequence haircut { id
    ${Array.from({ length: 16 }, (_, i) => `b${i}: id`).join(' ')} } }
}`;

export const LEAN_LOSSES = `subscription Losses($pool: String!, $after: String) {
  lossNotices(pool: $pool, after: $after) { cursor sequence previousSequence kind }
}`;

/** The account in a haircut's id. Clients must not look into ids; a test that counts 20,000 notices may. */
export function refOf(notice: Heard): string {
  return (JSON.parse(Buffer.from(notice.haircut.id, 'base64url').toString()) as string[])[3]!;
}

/**
 * Each notice once, in order of sequence and ref, and every account's chain unbroken: what a client proves with
 * previousSequence. `known` is what the reader heard of before, by ref.
 */
export function expectUnbroken(
  notices: readonly Heard[],
  known: ReadonlyMap<string, string> = new Map(),
): void {
  const last = new Map<string, string | null>(known);
  let before: { sequence: bigint; ref: string } | null = null;
  const faults: string[] = [];
  for (const notice of notices) {
    const ref = refOf(notice);
    const sequence = BigInt(notice.sequence);
    if (
      before &&
      (sequence < before.sequence ||
        (sequence === before.sequence && Buffer.compare(Buffer.from(ref), Buffer.from(before.ref)) <= 0))
    ) {
      faults.push(`${ref}@${sequence} after ${before.ref}@${before.sequence}`);
    }
    if ((last.get(ref) ?? null) !== notice.previousSequence) {
      faults.push(
        `${ref}@${sequence} says it follows ${notice.previousSequence}, heard last ${last.get(ref) ?? null}`,
      );
    }
    last.set(ref, notice.sequence);
    before = { sequence, ref };
  }
  expect(faults.slice(0, 5), `${faults.length} faults in ${notices.length} notices`).toEqual([]);
}
