import { applyUpdates } from '../../src/settlement/apply-updates.ts';
import { reportBankruptcy } from '../../src/settlement/bankruptcy.ts';
import { recordFills } from '../../src/settlement/fills.ts';
import { contributeToFund } from '../../src/settlement/fund.ts';
import { liquidate } from '../../src/settlement/liquidation.ts';
import { publishMarks } from '../../src/settlement/marks.ts';
import { recordRecovery } from '../../src/settlement/recovery.ts';
import { reverseSettlement } from '../../src/settlement/reversal.ts';
import { settleLosses } from '../../src/settlement/settle.ts';
import type { Runtime } from '../../src/settlement/transaction.ts';
import { postTransfers } from '../../src/settlement/transfers.ts';
import { fresh, type PoolUnderTest } from '../support/venue.ts';
import type { Random } from './random.ts';

/** What the workers of concurrency.test.ts call. */

/** A pool that all workers write to, with the losses and settlements that they know of in it. */
export interface Shared {
  readonly pool: PoolUnderTest;
  /** Whether positions come from fills, and not from snapshots. */
  readonly byFills: boolean;
  readonly events: string[];
  readonly settlements: bigint[];
}

/** One worker's next call: its own pair of accounts trade with each other, so that sizes always add up to zero. */
export function nextCall(
  runtime: Runtime,
  random: Random,
  { pool, byFills, events, settlements }: Shared,
  worker: number,
): () => Promise<unknown> {
  const [long, short] = [`long-${worker}`, `short-${worker}`];
  const idempotencyKey = fresh('key');
  const base = { pool: pool.name, idempotencyKey };
  const amount = String(random.int(1, 500));
  const back = String(random.int(1, 60));
  return random.weighted<() => Promise<unknown>>([
    [4, () => (byFills ? tradeByFills : tradeBySnapshots)(runtime, random, base, [long, short])],
    [
      byFills ? 12 : 0,
      () =>
        liquidate(runtime, {
          ...base,
          account: random.pick([long, short]),
          takeoverAccount: 'house',
          atMarks: true,
        }),
    ],
    [2, () => postTransfers(runtime, { ...base, transfers: [{ account: long, kind: 'DEPOSIT', amount }] })],
    [
      2,
      () =>
        postTransfers(runtime, {
          ...base,
          transfers: [
            { account: long, kind: 'FUNDING', amount: `-${amount}` },
            { account: short, kind: 'FUNDING', amount },
          ],
        }),
    ],
    [
      2,
      () =>
        postTransfers(runtime, {
          ...base,
          transfers: [{ account: short, kind: 'WITHDRAWAL', amount: `-${amount}` }],
        }),
    ],
    [
      3,
      () =>
        publishMarks(runtime, {
          pool: pool.name,
          marks: [{ market: 'BTC', price: String(random.int(60, 140)) }],
        }),
    ],
    [1, () => contributeToFund(runtime, { ...base, amount, kind: 'LIQUIDATION_FEE' })],
    [
      byFills ? 2 : 6,
      async () => {
        const ref = fresh('event');
        const account = random.pick([long, short]);
        await reportBankruptcy(runtime, { ...base, ref, account, takeoverAccount: 'house' });
        events.push(ref);
      },
    ],
    [6, async () => settlements.push((await settleLosses(runtime, base)).sequence)],
    [2, () => recordRecovery(runtime, { ...base, lossEvent: random.pick(events) ?? 'none', amount: back })],
    [
      4,
      () => {
        const settlement = `${random.pick(settlements.slice(-4)) ?? 0}`;
        return reverseSettlement(runtime, { ...base, settlement, reason: 'a wrong mark' });
      },
    ],
  ]);
}

type Base = { readonly pool: string; readonly idempotencyKey: string };
type Pair = readonly [long: string, short: string];

/** The pair's positions as they are to be, and PnL between the two. */
function tradeBySnapshots(runtime: Runtime, random: Random, base: Base, [long, short]: Pair) {
  const size = random.int(1, 30);
  const line = (account: string, size: number) => ({
    account,
    market: 'BTC',
    size: String(size),
    entryPrice: String(random.int(80, 120)),
  });
  const pnl = random.int(-200, 200) || 1;
  return applyUpdates(runtime, {
    ...base,
    positions: [line(long, size), line(short, -size)],
    transfers: [
      { account: long, kind: 'REALIZED_PNL', amount: String(pnl) },
      { account: short, kind: 'REALIZED_PNL', amount: String(-pnl) },
    ],
  });
}

/** A trade of the pair, either way round; now and then it is sent twice in one call. */
function tradeByFills(runtime: Runtime, random: Random, base: Base, pair: Pair) {
  const [buyer, seller] = random.chance(0.7) ? pair : pair.toReversed();
  const size = random.int(1, 20);
  const shared = { trade: fresh('trade'), market: 'BTC', price: String(random.int(80, 120)), fee: '0.02' };
  const both = [
    { ...shared, account: buyer!, size: String(size) },
    { ...shared, account: seller!, size: String(-size) },
  ];
  return recordFills(runtime, { ...base, fills: random.chance(0.2) ? [...both, ...both] : both });
}
