import { expect } from 'vitest';
import { recordFills } from '../../src/settlement/fills.ts';
import { fresh } from '../support/venue.ts';
import { trade } from './closeouts.ts';
import type { Random } from './random.ts';
import { fillsOf } from './rows.ts';
import { active, type Fill, type Maker, price, text, UNIT, type World } from './world.ts';

/** Trades of a pool that takes its positions from fills: two sides each, some through zero, some sent again. */

const sizeIn = ({ model }: World, ref: string, symbol: string): bigint =>
  model.account(ref).positions.get(symbol)?.size ?? 0n;

/** A trade between two accounts, a fill for each. */
function someTrade(world: World): readonly Fill[] {
  const { random, model } = world;
  const [buyer, seller] = random.shuffled(active(world)) as [string, string];
  const symbol = random.weighted([
    [10, 'BTC'],
    [10, 'ETH'],
    [0.3, 'NEW'],
  ]);
  const [long, short] = [sizeIn(world, seller, symbol), -sizeIn(world, buyer, symbol)];
  const held = long > 0n ? long : short > 0n ? short : UNIT;
  const size = random.weighted<bigint>([
    [5, BigInt(random.int(1, 20)) * UNIT + random.digits(18)],
    [1, random.digits(random.pick([3, 20])) + 1n],
    // What one of them holds, and through zero.
    [2, held],
    [3, held + BigInt(random.int(1, 5)) * UNIT],
  ]);
  const at = price(random, model.markets.get(symbol)!.mark ?? 50n * UNIT);
  const shared = { trade: fresh('trade'), symbol, price: at };
  return [
    { ...shared, account: buyer, size, fee: someFee(random, model.decimals) },
    { ...shared, account: seller, size: -size, fee: someFee(random, model.decimals) },
  ];
}

/** A fee, a rebate, or neither. */
const someFee = (random: Random, decimals: number): bigint | null =>
  random.chance(0.4) ? null : random.digits(decimals + 1) * (random.chance(0.3) ? -1n : 1n);

const fills: Maker = (world) => {
  const { random, pool, model } = world;
  const refused = model.rules.positionSource === 'SNAPSHOTS';
  if ((refused && random.chance(0.9)) || active(world).length < 2) return null;
  const added = random.chance(0.1)
    ? []
    : Array.from({ length: random.int(1, 3) }, () => someTrade(world)).flat();
  const known = world.fills.filter(({ account }) => model.account(account).status === 'ACTIVE');
  const again = random.chance(0.3) ? random.shuffled([...known.slice(-20), ...added]).slice(0, 3) : [];
  const changed = random.chance(0.07) && known.length > 0 ? random.pick(known) : null;
  const conflict = changed && { ...changed, price: changed.price + 1n };
  const gone = random.chance(0.03) ? world.fills.find((fill) => !known.includes(fill)) : undefined;
  const list = [...added, ...again, ...(conflict ? [conflict] : []), ...(gone ? [gone] : [])];
  if (list.length === 0) return null;
  const key = fresh('key');
  const input = {
    ...{ pool: pool.name, idempotencyKey: key },
    fills: list.map(({ trade, account, symbol, size, price, fee }) => ({
      ...{ trade, account, market: symbol, size: text(size, 18), price: text(price, 18) },
      fee: fee === null ? null : text(fee, model.decimals),
    })),
  };
  return {
    words: `fills: ${input.fills.map((f) => `${f.trade} ${f.account} ${f.size} ${f.market} at ${f.price}, fee ${f.fee}`).join('; ')}`,
    key,
    call: () => recordFills(pool.venue.runtime, input),
    expected: refused
      ? 'WRONG_POSITION_SOURCE'
      : gone
        ? 'ACCOUNT_NOT_ACTIVE'
        : conflict
          ? 'IDEMPOTENCY_CONFLICT'
          : async (committed) => {
              expect(await fillsOf(pool, committed)).toEqual(record(world, added));
              expect(committed.count).toBe(added.length);
              if (again.length > 0) world.met.push('a repeated fill');
            },
  };
};

/** Books fills that are new, and answers them with what each realized. */
function record(world: World, added: readonly Fill[]) {
  const { model, met } = world;
  const net = new Map<string, bigint>();
  const booked = added.map((fill) => {
    const { account: ref, symbol, size, price, fee } = fill;
    const before = sizeIn(world, ref, symbol);
    const realized = trade(model, ref, symbol, size, price);
    model.account(ref).balance += realized;
    model.bring(ref, -(fee ?? 0n));
    net.set(ref, (net.get(ref) ?? 0n) + realized);
    if (before * sizeIn(world, ref, symbol) < 0n) met.push('a fill through zero');
    return { ...fill, fee: fee ?? 0n, realized };
  });
  for (const [ref, realized] of net) {
    model.realize(ref, realized);
    model.endBurdenIfFlat(ref);
  }
  world.fills.push(...added);
  return booked;
}

export const FILLS: readonly (readonly [weight: number, Maker])[] = [[7, fills]];
