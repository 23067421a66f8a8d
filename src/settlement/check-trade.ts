import { floorDiv } from '../core/decimal.ts';
import { abs } from '../core/money.ts';
import { type Path, Refusal } from '../core/refusal.ts';
import { type Database, inTransaction } from '../db/database.ts';
import {
  criticalPrices,
  type Health,
  type Holding,
  healthOf,
  type Margin,
  marginOf,
} from '../margin/margin.ts';
import { addTrade } from '../margin/position.ts';
import { checkAmount, checkPrice, checkQuantity } from './check.ts';
import { readPositions } from './closeout.ts';
import { checkIsolation, readHeads } from './ledger.ts';
import { readPool } from './locked-pool.ts';
import { knownMarket, readMarkets } from './markets.ts';
import { checkPositionLimit } from './positions.ts';

export interface CheckTradeInput {
  readonly pool: string;
  readonly account: string;
  readonly market: string;
  readonly size: string;
  readonly price: string;
  readonly fee?: string | null;
}

/** What a trade would make of an account. Amounts in atoms, prices and sizes in units of 10^-18. */
export interface TradeCheck {
  readonly poolId: number;
  readonly accountNo: number;
  readonly allowed: boolean;
  /** Why not, in one sentence; null where it is allowed. */
  readonly reason: string | null;
  readonly margin: Margin;
  readonly health: Health;
  /** The position after it; its cost is in units of 10^-54. */
  readonly size: bigint;
  readonly cost: bigint;
  readonly contractSize: bigint;
  readonly liquidationPrice: bigint | null;
  readonly realized: bigint;
}

/**
 * Whether an account would be solvent and above its initial margin after a trade. One that lowers what is required of an
 * account is allowed below it too, as long as the account stays solvent: it may always reduce. Writes nothing.
 */
export async function checkTrade(
  db: Database,
  input: CheckTradeInput,
  mayRead: (owner: string) => boolean,
): Promise<TradeCheck> {
  const at = (field: string): Path => ['input', field];
  const size = checkQuantity(input.size, 'The size', at('size'));
  if (size === 0n) throw new Refusal('INVALID_INPUT', 'The size is zero: name what is traded.', at('size'));
  const price = checkPrice(input.price, 'The price', at('price'));
  return inTransaction(db, 'repeatable read read only', async (sql) => {
    const pool = await readPool(sql, input.pool);
    const fee = input.fee == null ? 0n : checkAmount(input.fee, pool.decimals, at('fee'));
    const tx = { sql, pool };
    const [heads, markets] = await Promise.all([readHeads(tx, [input.account]), readMarkets(tx)]);
    const head = heads.get(input.account);
    if (!head || !mayRead(head.owner)) {
      throw new Refusal(
        'NOT_FOUND',
        'There is no account of that ref in the pool: mend the ref.',
        at('account'),
      );
    }
    const market = knownMarket(markets, input.market, at('market'));
    const open = await readPositions(tx, head.accountNo, markets);
    const before = open.find((position) => position.market === market) ?? { market, size: 0n, cost: 0n };
    const trade = addTrade(before, size, price, market.contractSize, pool.decimals);
    const others = open.filter((position) => position.market !== market);
    const holdings: Holding[] = [
      { position: trade.position, terms: market },
      ...others.map(({ size, cost, market }) => ({ position: { size, cost }, terms: market })),
    ];
    const balance = head.balance + trade.realized - fee;
    const margin = marginOf(balance, holdings, pool.decimals);
    const required = marginOf(
      head.balance,
      open.map(({ size, cost, market }) => ({ position: { size, cost }, terms: market })),
      pool.decimals,
    ).initial;
    const reason =
      head.status !== 'ACTIVE'
        ? `The account is ${head.status}: it takes no more trades.`
        : (refusedBy(() => checkIsolation(head, market, [])) ??
          (abs(trade.position.size) > abs(before.size)
            ? refusedBy(() => checkPositionLimit(trade.position.size, market, []))
            : null) ??
          shortfall(margin, required));
    return {
      poolId: pool.poolId,
      accountNo: head.accountNo,
      allowed: reason === null,
      reason,
      margin,
      health: healthOf(margin),
      ...trade.position,
      contractSize: market.contractSize,
      liquidationPrice: criticalPrices(balance, holdings, 0, pool.decimals).liquidation,
      realized: trade.realized,
    };
  });
}

function shortfall({ equity, initial }: Margin, before: bigint): string | null {
  if (equity < 0n) return 'The account would be insolvent: its equity would be below zero.';
  if (equity >= initial || initial < before) return null;
  const missing = initial === 0n ? 0n : 100n - floorDiv(equity * 100n, initial);
  return `The equity would be ${missing} % below the initial margin: add collateral, or trade less.`;
}

function refusedBy(check: () => void): string | null {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}
