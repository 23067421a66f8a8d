import * as oracle from '../support/oracle.ts';
import { openLoss, trade } from './closeouts.ts';
import { type Health, healthOf, required } from './margin.ts';
import { type ModelPool, sizeOf } from './model.ts';

/*
 * How an account is liquidated: what it would be left with is worked out before anything is booked, from what its
 * positions come to at the marks and from how far each close-out price is from its mark.
 */

export interface ModelLiquidation {
  readonly account: string;
  readonly takeover: string;
  /** Which markets to close, at which price, and how much of each where that is said; null for all, at the marks. */
  readonly closeouts: readonly Closeout[] | null;
  readonly feeRate: string;
  readonly ref: string | null;
}

export interface Closeout {
  readonly symbol: string;
  readonly price: bigint;
  /** Above zero. */
  readonly size: bigint | null;
}

/** A part of a position, signed as the position is. */
export interface Close {
  readonly symbol: string;
  readonly size: bigint;
  readonly price: bigint;
}

type Holdings = ReturnType<ModelPool['holdings']>;

/** What an account comes to once parts of its positions are closed. */
export function leftAfter(
  pool: ModelPool,
  { account, feeRate }: Pick<ModelLiquidation, 'account' | 'feeRate'>,
  closes: readonly Close[],
) {
  let cash = pool.account(account).balance;
  let [open, turnover, initial, maintenance] = [0n, 0n, 0n, 0n];
  for (const { symbol, size, pnl, market } of pool.holdings(account)) {
    const { contractSize, mark, brackets } = market;
    const close = closes.find((line) => line.symbol === symbol) ?? { size: 0n, price: mark! };
    const worth = pnl + close.size * contractSize * (close.price - mark!);
    // Of what is left of a position the cost takes up what was rounded; of nothing it cannot.
    if (close.size === size) cash += pool.atoms(worth);
    else open += worth;
    const notional = sizeOf(size - close.size) * contractSize * mark!;
    initial += required(notional, brackets, 'initial');
    maintenance += required(notional, brackets, 'maintenance');
    turnover += sizeOf(close.size) * contractSize * close.price;
  }
  const equity = cash + pool.atoms(open);
  const { n, d } = oracle.parse(feeRate);
  const wanted = oracle.floor({ n: turnover * n, d: d * pool.exact(1n) });
  return {
    equity,
    wanted,
    fee: oracle.smaller(wanted, oracle.positive(equity)),
    initial: pool.marginAtoms(initial),
    maintenance: pool.marginAtoms(maintenance),
  };
}

type Left = ReturnType<typeof leftAfter>;
const suffices = ({ equity, fee, initial }: Left): boolean => equity >= 0n && equity - fee >= initial;

/** Positions in the order in which they are closed; equal ones by symbol. */
function inOrder(pool: ModelPool, account: string): Holdings {
  const rank = ({ pnl, notional, market }: Holdings[number]): bigint => {
    if (pool.rules.liquidationOrder === 'LARGEST_LOSS') return -pnl;
    if (pool.rules.liquidationOrder === 'SMALLEST_LOSS') return pnl;
    return required(notional, market.brackets, 'maintenance');
  };
  const bySymbol = pool.holdings(account).sort((a, b) => oracle.byBytes(a.symbol, b.symbol));
  return bySymbol.sort((a, b) => (rank(a) === rank(b) ? 0 : rank(a) > rank(b) ? -1 : 1));
}

/** Parts of positions are closed in steps of 10^-6 contracts. */
const STEP = 10n ** 12n;

/**
 * The fewest steps of a range after which `left` suffices. A range is passed over only where its best equity, its
 * lowest fee and its lowest margin together would not: all three move one way, whatever each is rounded to.
 */
function fewest(from: bigint, to: bigint, left: (steps: bigint) => Left): bigint | null {
  if (from > to) return null;
  const [first, last] = [left(from), left(to)];
  const equity = -oracle.smaller(-first.equity, -last.equity);
  if (equity < 0n || oracle.positive(equity - first.wanted) < last.initial) return null;
  if (from === to) return from;
  const middle = (from + to) / 2n;
  return fewest(from, middle, left) ?? fewest(middle + 1n, to, left);
}

/** The least that brings the account back to SAFE: whole positions in their order, and of the last one a part. */
export function plan(pool: ModelPool, liquidation: ModelLiquidation): Close[] {
  const { account, closeouts } = liquidation;
  const held = new Map(pool.holdings(account).map((holding) => [holding.symbol, holding]));
  const closes: Close[] = [];
  for (const { symbol, price, size } of closeouts ?? []) {
    if (size === null) continue;
    closes.push({ symbol, price, size: held.get(symbol)!.size > 0n ? size : -size });
  }
  for (const { symbol, size, market } of inOrder(pool, account)) {
    const given = closeouts?.find((line) => line.symbol === symbol);
    if (closeouts !== null && given?.size !== null) continue;
    if (suffices(leftAfter(pool, liquidation, closes))) break;
    const price = given?.price ?? market.mark!;
    const part = (steps: bigint): Close => ({
      symbol,
      price,
      size: size > 0n ? oracle.smaller(steps * STEP, size) : -oracle.smaller(steps * STEP, -size),
    });
    const left = (steps: bigint) => leftAfter(pool, liquidation, [...closes, part(steps)]);
    const all = (sizeOf(size) + STEP - 1n) / STEP;
    closes.push(part(fewest(1n, all - 1n, left) ?? all));
  }
  return closes;
}

/** Closes, books the fee, and opens a loss event over what is below zero with nothing left to close. */
export function liquidate(
  pool: ModelPool,
  liquidation: ModelLiquidation,
  closes: readonly Close[],
  sequence: bigint,
) {
  const { account: ref, takeover, feeRate, ref: event } = liquidation;
  const account = pool.account(ref);
  const before = { health: pool.health(ref), equity: pool.equity(ref), holdings: pool.holdings(ref) };
  const left = leftAfter(pool, liquidation, closes);
  const lines = closes.map((close) => ({
    ...close,
    realized: trade(pool, ref, close.symbol, -close.size, close.price),
  }));
  const realized = oracle.total(lines.map((line) => line.realized));
  const taken = closes.map(({ symbol, size, price }) => trade(pool, takeover, symbol, size, price));
  account.balance += realized;
  pool.realize(ref, realized);
  pool.account(takeover).balance += oracle.total(taken);
  pool.realize(takeover, oracle.total(taken));

  const { liquidatorAccount, liquidatorShare } = pool.rules;
  const there = liquidatorAccount !== null && pool.accounts.get(liquidatorAccount)?.status === 'ACTIVE';
  const liquidator = there && liquidatorAccount !== ref ? liquidatorAccount : null;
  const { n, d } = oracle.parse(liquidatorShare);
  const liquidatorFee = liquidator === null ? 0n : (left.fee * n) / d;
  account.balance -= left.fee;
  if (liquidator !== null) pool.account(liquidator).balance += liquidatorFee;
  pool.fund += left.fee - liquidatorFee;

  for (const touched of [ref, takeover]) pool.endBurdenIfFlat(touched);
  const isBankrupt = left.equity < 0n && pool.holdings(ref).length === 0;
  const lossRef = isBankrupt ? (event ?? `liquidation-${sequence}`) : null;
  if (lossRef !== null) openLoss(pool, lossRef, ref, lossesOf(before.holdings, closes));
  const equityAfter = left.equity - left.fee;
  const healthAfter: Health = healthOf(equityAfter, left);
  return {
    ...{ account: ref, takeover, event: lossRef, feeRate, fee: left.fee, realized, closes: lines },
    ...{
      fundFee: left.fee - liquidatorFee,
      liquidatorFee,
      liquidator: liquidatorFee > 0n ? liquidator : null,
    },
    ...{ healthBefore: before.health, healthAfter, equityBefore: before.equity, equityAfter },
  };
}

/** What whole positions come to at the prices at which they were closed. */
const lossesOf = (holdings: Holdings, closes: readonly Close[]) =>
  holdings.map(({ symbol, size, cost, market }) => {
    const { price } = closes.find((close) => close.symbol === symbol)!;
    return { symbol, pnl: size * market.contractSize * price - cost };
  });
