import type { Book } from './book.ts';
import type { Client } from './client.ts';
import { type Cents, COINS, type Coin, OURS } from './figures.ts';
import { contribute, openPool, publishMarks, reportBankrupt, type Settled, settle } from './venue.ts';

/** How many pools are filled at once: each orders its own writers, and two cores do not do more. */
const AT_ONCE = 3;

/**
 * The same day with a pool for each coin: the same traders, positions and prices, but only the coin's own winners bear its
 * losses. Every number comes from the API, by a settlement in every pool.
 */
export async function settlePerCoin(
  client: Client,
  book: Book,
  onSettled: (done: number) => void,
): Promise<Map<Coin, Settled>> {
  const funds = splitFund();
  const results = new Map<Coin, Settled>();
  const waiting = [...COINS].sort((a, b) => Number(b.profit - a.profit));
  const work = async () => {
    for (let coin = waiting.shift(); coin; coin = waiting.shift()) {
      results.set(coin, await settleCoin(client, book, coin, funds.get(coin)!));
      onSettled(results.size);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}

async function settleCoin(client: Client, { traders }: Book, coin: Coin, fund: Cents): Promise<Settled> {
  const pool = `only-${coin.symbol}`;
  const holders = traders
    .map((trader) => ({ ...trader, legs: trader.legs.filter((leg) => leg.coin === coin) }))
    .filter(({ legs }) => legs.length > 0);
  await openPool(client, pool, [coin], holders);
  if (fund > 0n) await contribute(client, pool, fund);
  await publishMarks(client, pool, [coin], 100n);
  for (const trader of holders) {
    if (trader.role === 'bankrupt') await reportBankrupt(client, pool, trader);
  }
  return settle(client, pool);
}

/** The same fund, in proportion to what each coin's bankrupts owe: the kindest split, which nobody could know before. */
function splitFund(): Map<Coin, Cents> {
  const all = COINS.reduce((sum, coin) => sum + coin.deficit, 0n);
  const funds = new Map(COINS.map((coin) => [coin, (OURS.fund * 100n * coin.deficit) / all]));
  const left = OURS.fund * 100n - [...funds.values()].reduce((sum, fund) => sum + fund, 0n);
  funds.set(COINS[0]!, funds.get(COINS[0]!)! + left);
  return funds;
}
