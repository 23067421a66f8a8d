import { expect } from 'vitest';
import * as oracle from '../support/oracle.ts';
import type { ModelPool, Picture } from './model.ts';

/** What a pool holds altogether, and that no operation makes of it more or less than it brings in or takes out. */

/**
 * Σ balance + fund − Σ cost, in 10^-54. Sizes of a market add up to zero, so at any marks this is Σ equity + fund, but
 * for the fractions that equity is floored by.
 */
function worthOf(pool: ModelPool, { accounts, positions, fund }: Picture): bigint {
  const costs = Object.values(positions).flatMap((own) => Object.values(own).map(({ cost }) => cost));
  const balances = Object.values(accounts).map(({ balance }) => balance);
  return pool.exact(oracle.total(balances) + fund) - oracle.total(costs);
}

/** What has to hold still: taken before an operation, compared after it. */
export interface Holdings {
  readonly worth: bigint;
  readonly brought: bigint;
  readonly roundings: bigint;
}

export function holdingsIn(pool: ModelPool, picture: Picture): Holdings {
  const { brought, roundings } = pool;
  return { worth: worthOf(pool, picture), brought, roundings };
}

/** Expects that the rows hold what they held, and what was brought, less under an atom of each rounding. */
export function expectConserved(pool: ModelPool, before: Holdings, picture: Picture): void {
  for (const symbol of pool.markets.keys()) {
    const sizes = Object.values(picture.positions).map((own) => own[symbol]?.size ?? 0n);
    expect([symbol, oracle.total(sizes)]).toEqual([symbol, 0n]);
  }
  const after = holdingsIn(pool, picture);
  const gone = before.worth + (after.brought - before.brought) - after.worth;
  const most = pool.exact(after.roundings - before.roundings);
  expect(
    gone === 0n || (gone > 0n && gone < most),
    `${gone} of 10^-54 are gone, and under ${most} may be`,
  ).toBe(true);
  expectEquities(pool, picture, after.worth);
}

/** Expects of Σ equity + fund that it is the worth, less under an atom an account; what has no mark is worth its cost. */
function expectEquities(pool: ModelPool, { accounts, positions, fund }: Picture, worth: bigint): void {
  const unmarked = Object.values(positions).flatMap((own) =>
    Object.entries(own).flatMap(([symbol, { cost }]) =>
      pool.markets.get(symbol)!.mark === null ? [cost] : [],
    ),
  );
  const list = Object.values(accounts);
  const equities = list.map(({ balance, unrealized }) => balance + unrealized);
  const floored = worth + oracle.total(unmarked) - pool.exact(oracle.total(equities) + fund);
  expect(
    floored >= 0n && floored < pool.exact(BigInt(list.length)),
    `equities are off by ${floored} of 10^-54`,
  ).toBe(true);
}
