import * as oracle from '../support/oracle.ts';
import { type ModelPool, sizeOf } from './model.ts';

/** Trades at average cost, and accounts that are closed out whole. */

/** Adds a trade to a position; what it closes is realized, floored, and the cost that stays takes up the rounding. */
export function trade(pool: ModelPool, ref: string, symbol: string, size: bigint, price: bigint): bigint {
  const { positions } = pool.account(ref);
  const { contractSize } = pool.markets.get(symbol)!;
  const own = positions.get(symbol) ?? { size: 0n, cost: 0n };
  const traded = size * contractSize * price;
  let realized = 0n;
  if (own.size !== 0n && own.size > 0n !== size > 0n) {
    const closed = oracle.smaller(sizeOf(size), sizeOf(own.size));
    const pnl = (own.size * contractSize * price - own.cost) * closed;
    realized = oracle.floor({ n: pnl, d: sizeOf(own.size) * pool.exact(1n) });
  }
  const next = own.size + size;
  if (next === 0n) pool.roundings++;
  positions.set(symbol, { size: next, cost: next === 0n ? 0n : own.cost + traded + pool.exact(realized) });
  return realized;
}

/** What each position comes to at these prices, the mark where there is none. */
function closeouts(pool: ModelPool, ref: string, prices: ReadonlyMap<string, bigint>) {
  return pool.holdings(ref).map(({ symbol, size, cost, market }) => {
    const price = prices.get(symbol) ?? market.mark!;
    return { symbol, size, price, pnl: size * market.contractSize * price - cost };
  });
}

/** What would be owed after closing out at these prices; above 0 the account is bankrupt. */
export function deficitAt(pool: ModelPool, ref: string, prices: ReadonlyMap<string, bigint>): bigint {
  const pnl = oracle.total(closeouts(pool, ref, prices).map((line) => line.pnl));
  return -(pool.account(ref).balance + pool.atoms(pnl));
}

/** Opens a loss event over what an account owes once it holds nothing any more. */
export function openLoss(
  pool: ModelPool,
  event: string,
  ref: string,
  pnls: readonly { readonly symbol: string; readonly pnl: bigint }[],
): void {
  const account = pool.account(ref);
  account.status = 'BANKRUPT';
  account.endBurden();
  const lost = pnls
    .map(({ symbol, pnl }) => ({ market: symbol, loss: -pool.atoms(pnl) }))
    .filter(({ loss }) => loss > 0n);
  const deficit = -account.balance;
  pool.events.set(event, { ref: event, account: ref, deficit, lost, recovered: 0n, settlements: [] });
}

export function bankrupt(
  pool: ModelPool,
  event: string,
  ref: string,
  takeover: string | null,
  prices: ReadonlyMap<string, bigint>,
): void {
  const deficit = deficitAt(pool, ref, prices);
  const account = pool.account(ref);
  const closed = closeouts(pool, ref, prices);
  let realized = 0n;
  for (const { symbol, size, price } of closed) {
    realized += trade(pool, takeover!, symbol, size, price);
    account.positions.set(symbol, { size: 0n, cost: 0n });
  }
  account.balance = -deficit;
  pool.roundings++;
  if (takeover !== null) {
    pool.account(takeover).balance += realized;
    pool.realize(takeover, realized);
    pool.endBurdenIfFlat(takeover);
  }
  openLoss(pool, event, ref, closed);
}
