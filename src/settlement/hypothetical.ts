import { floorDiv } from '../core/decimal.ts';
import { type OpenLoss, type SettlementOutcome, settleJointly } from '../core/settlement.ts';
import { type MarketTerms, type Position, positionPnl, valuePerAtom } from '../margin/position.ts';
import type { PoolBearers } from './bearers.ts';
import type { LockedPool } from './locked-pool.ts';
import type { PoolBook } from './pool-book.ts';

/** The price at which a position is closed out, of the mark, in units of 10^-18. */
export type ClosingPrice = (mark: bigint, marketNo: number, size: bigint) => bigint;

/** What closing a position comes to, as a value; one without a mark comes to nothing. */
export function pnlAt(
  marketNo: number,
  position: Position,
  terms: MarketTerms,
  priceOf: ClosingPrice,
): bigint {
  const mark = terms.mark === null ? null : priceOf(terms.mark, marketNo, position.size);
  return positionPnl(position, { ...terms, mark });
}

/**
 * Settles deficits that nobody has, one an account, by the waterfall and the allocator that settle. Null where there are none.
 *
 * @param deficits in atoms, above 0, by account number; none of these accounts is among the bearers
 */
export function settleDeficits(
  book: PoolBook,
  pool: LockedPool,
  bearers: PoolBearers,
  deficits: ReadonlyMap<number, bigint>,
  priceOf: ClosingPrice = (mark) => mark,
): SettlementOutcome<OpenLoss> | null {
  if (deficits.size === 0) return null;
  const ofOwner = pool.rules.tiers.includes('OWNER_RECOURSE')
    ? Map.groupBy(bearers.accountNos.keys(), (i) => book.ownerOf(bearers.accountNos[i]!))
    : new Map<string, number[]>();
  return settleJointly({
    rules: pool.rules,
    fundBalance: pool.fundBalance,
    losses: [...deficits].map(([accountNo, deficit]) => {
      const name = book.ownerOf(accountNo);
      return {
        ref: book.refOf(accountNo),
        deficit,
        fundPaid: 0n,
        operatorPaid: 0n,
        owner: { name, accounts: ofOwner.get(name) ?? [] },
        marketLosses: pool.rules.scope === 'MARKET' ? marketLosses(book, pool, accountNo, priceOf) : [],
      };
    }),
    bearers,
    marketOrder: book.marketNos(),
  });
}

function marketLosses(
  book: PoolBook,
  { decimals }: LockedPool,
  accountNo: number,
  priceOf: ClosingPrice,
): OpenLoss['marketLosses'] {
  const perAtom = valuePerAtom(decimals);
  return book
    .positionsBySymbol(accountNo)
    .map(({ marketNo, position, terms }) => ({
      marketNo,
      loss: -floorDiv(pnlAt(marketNo, position, terms, priceOf), perAtom),
    }))
    .filter(({ loss }) => loss > 0n);
}
