import { expect } from 'vitest';
import { type LiquidateInput, liquidate } from '../../src/settlement/liquidation.ts';
import { fresh } from '../support/venue.ts';
import { type Close, leftAfter, type ModelLiquidation, plan, liquidate as take } from './liquidations.ts';
import { FEE_RATES } from './make-rules.ts';
import { sizeOf } from './model.ts';
import { liquidationOf } from './rows.ts';
import { active, endCascade, type Maker, price, text, UNIT, type World } from './world.ts';

/** Marks that move hard, and liquidations: mostly of who is in trouble, and what each does to who takes over. */

/** Who has less than its maintenance margin and can be valued. */
const inTrouble = (world: World): string[] =>
  active(world).filter(
    (ref) => !world.model.unmarked(ref) && ['LIQUIDATABLE', 'BANKRUPT'].includes(world.model.health(ref)),
  );

/** A cascade goes on while somebody is in trouble. */
export function cascades(world: World): boolean {
  world.cascade.running &&= inTrouble(world).length > 0;
  return world.cascade.running;
}

/** A mark moves so that several accounts are in trouble at once, most of them above zero still. */
const crash: Maker = (world) => {
  const { random, pool, model } = world;
  const moves = Array.from({ length: 8 }, () => {
    const symbol = random.pick(['BTC', 'ETH']);
    const market = model.markets.get(symbol)!;
    const before = market.mark!;
    const mark = (before * BigInt(random.pick([random.int(550, 930), random.int(1080, 1700)]))) / 1000n;
    market.mark = mark;
    const hit = inTrouble(world).map((ref) => model.health(ref));
    market.mark = before;
    return {
      symbol,
      mark,
      hit: hit.length,
      standing: hit.filter((health) => health === 'LIQUIDATABLE').length,
    };
  });
  const worst = moves.filter(({ hit }) => hit >= 2 && hit <= 6).sort((a, b) => b.standing - a.standing)[0];
  if (!worst) return null;
  const { symbol, mark } = worst;
  const key = fresh('key');
  return {
    words: `crash: ${symbol} ${text(mark, 18)}`,
    key,
    call: () => pool.update({ marks: [{ market: symbol, price: text(mark, 18) }] }, key),
    expected: () => {
      model.markets.get(symbol)!.mark = mark;
      endCascade(world, true);
    },
  };
};

/** Close-out prices for some of what an account holds, with sizes or without; null for the marks. */
function someCloseouts({ random, model }: World, account: string): ModelLiquidation['closeouts'] {
  const held = model.holdings(account);
  if (held.length === 0 || random.chance(0.6)) return null;
  const chosen = random.chance(0.6) ? random.shuffled(held) : [random.pick(held)];
  return chosen.map(({ symbol, size, market }) => {
    const part = (sizeOf(size) * BigInt(random.int(1, 1000))) / 1000n;
    const sized = random.chance(0.4) && part > 0n;
    return {
      symbol,
      price: random.chance(0.3) ? (market.mark ?? UNIT) : price(random, market.mark ?? UNIT),
      size: !sized ? null : random.chance(0.05) ? sizeOf(size) + 1n : part,
    };
  });
}

/** Whom to liquidate: the house only where that leaves it in business, for it takes over most. */
function someAccount(world: World): string | null {
  const { random, model } = world;
  const bankrupt = [...model.accounts].find(([, { status }]) => status === 'BANKRUPT')?.[0];
  if (bankrupt && random.chance(0.06)) return bankrupt;
  const troubled = inTrouble(world).filter((ref) => ref !== 'house' || model.equity(ref) >= 0n);
  if (troubled.length > 0 && random.chance(0.94)) {
    const tookOver = troubled.filter((ref) => world.cascade.tookOver.has(ref));
    return random.pick(tookOver.length > 0 && random.chance(0.5) ? tookOver : troubled);
  }
  return random.chance(0.3) ? random.pick(active(world).filter((ref) => ref !== 'house')) : null;
}

export const liquidation: Maker = (world) => {
  const { random, pool, model } = world;
  const account = someAccount(world);
  if (account === null) return null;
  const others = active(world).filter((ref) => ref !== account);
  const weak = others.filter((ref) => model.health(ref) === 'MARGIN_CALL');
  const takeover = random.weighted([
    [10, account === 'house' ? random.pick(others) : 'house'],
    [8, random.pick(weak.length > 0 ? weak : others)],
    [4, random.pick(others)],
    [0.6, account],
  ]);
  const feeRate = random.chance(0.5) ? null : random.pick(FEE_RATES);
  const taken = random.chance(0.05) ? [...model.events.keys()][0] : undefined;
  const ref = taken ?? (random.chance(0.5) ? `fall-${model.sequence}` : null);
  const closeouts = someCloseouts(world, account);
  const made = { account, takeover, ref, closeouts, feeRate: feeRate ?? model.rules.liquidationFeeRate };
  const key = fresh('key');
  const input: LiquidateInput = {
    ...{ pool: pool.name, idempotencyKey: key, account, takeoverAccount: takeover, feeRate, ref },
    ...(closeouts === null
      ? { atMarks: true }
      : {
          closeouts: closeouts.map(({ symbol, price, size }) => ({
            market: symbol,
            price: text(price, 18),
            size: size === null ? null : text(size, 18),
          })),
        }),
  };
  const refused = refusal(world, made, taken !== undefined);
  // The house has to stay in business.
  if (!refused && account === 'house' && leftAfter(model, made, plan(model, made)).equity < 0n) return null;
  return {
    words: `liquidation: ${JSON.stringify(input, (_, value) => value ?? undefined)}`,
    key,
    call: () => liquidate(pool.venue.runtime, input),
    expected:
      refused ??
      (async (committed) => {
        const said = await liquidationOf(pool, committed);
        const closes = plan(model, made);
        tell(world, made, closes);
        expect(said).toEqual(take(model, made, closes, committed.sequence));
        expect(committed.count).toBe(closes.length);
      }),
  };
};

/** The code that a liquidation is refused with, in the order in which its parts are looked at. */
function refusal(
  { model }: World,
  { account, takeover, closeouts }: ModelLiquidation,
  taken: boolean,
): string | null {
  const holds = new Map(model.holdings(account).map(({ symbol, size }) => [symbol, sizeOf(size)]));
  if (taken) return 'ALREADY_EXISTS';
  if (model.account(account).status !== 'ACTIVE') return 'ACCOUNT_NOT_ACTIVE';
  if (takeover === account || model.unmarked(account)) return 'INVALID_INPUT';
  if (!['LIQUIDATABLE', 'BANKRUPT'].includes(model.health(account))) return 'NOT_LIQUIDATABLE';
  const tooMuch = closeouts?.some(({ symbol, size }) => size !== null && size > holds.get(symbol)!);
  return tooMuch ? 'INVALID_INPUT' : null;
}

/** Remembers what came up, and who is in the cascade. */
function tell({ model, met, cascade }: World, made: ModelLiquidation, closes: readonly Close[]): void {
  const { account, takeover, closeouts } = made;
  const sizeIn = (ref: string, symbol: string) => model.account(ref).positions.get(symbol)?.size ?? 0n;
  const last = closes.at(-1);
  const sized = closeouts?.some(({ symbol, size }) => symbol === last?.symbol && size !== null);
  if (last && !sized && last.size !== sizeIn(account, last.symbol)) met.push('a partial liquidation');
  if (closeouts?.some(({ size }) => size === null)) met.push('a liquidation at prices of the caller');
  if (closeouts?.some(({ size }) => size !== null)) met.push('a liquidation of sizes of the caller');
  const turned = closes.some(({ symbol, size }) => {
    const before = sizeIn(takeover, symbol);
    return before !== 0n && before > 0n !== size > 0n && sizeOf(size) > sizeOf(before);
  });
  if (turned) met.push('a takeover that changed side');
  const { fee, wanted } = leftAfter(model, made, closes);
  if (fee > 0n && fee < wanted) met.push('a fee cut by the equity');
  if (cascade.tookOver.has(account)) met.push('a cascade: who took over was liquidated at the same marks');
  if (cascade.liquidated.size > 0) met.push('several liquidations at the same marks');
  cascade.liquidated.add(account);
  if (closes.length > 0) cascade.tookOver.add(takeover);
}

export const LIQUIDATIONS: readonly (readonly [weight: number, Maker])[] = [
  [1.5, crash],
  [4, liquidation],
];
