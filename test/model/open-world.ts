import type { MarginTierInput } from '../../src/settlement/margin-terms.ts';
import { upsertMarkets } from '../../src/settlement/markets.ts';
import { upsertAccounts } from '../../src/settlement/pools.ts';
import type { LossRulesInput } from '../../src/settlement/rules.ts';
import * as oracle from '../support/oracle.ts';
import { PoolUnderTest, type Venue } from '../support/venue.ts';
import type { Bracket } from './margin.ts';
import { ModelPool } from './model.ts';
import type { Random } from './random.ts';
import { changedRules, FIRST_RULES, type ModelRules } from './rules.ts';
import { entry, text, UNIT, type World } from './world.ts';

/** Market terms that every part of margin shows in: several brackets, one, none that is required; odd rates and sizes. */
const MARKETS: readonly {
  symbol: string;
  contractSize: bigint;
  mark: bigint | null;
  brackets: MarginTierInput[];
}[] = [
  {
    symbol: 'PNL',
    contractSize: UNIT,
    mark: UNIT,
    brackets: [{ notionalAbove: '0', initialMarginRate: '0.1', maintenanceMarginRate: '0' }],
  },
  {
    symbol: 'BTC',
    contractSize: UNIT / 1000n,
    mark: 60_000n * UNIT,
    brackets: [
      { notionalAbove: '0', initialMarginRate: '0.2', maintenanceMarginRate: '0.1' },
      { notionalAbove: '1500.5', initialMarginRate: '0.35', maintenanceMarginRate: '0.2' },
      { notionalAbove: '5000', initialMarginRate: '0.6', maintenanceMarginRate: '0.4' },
    ],
  },
  {
    symbol: 'ETH',
    contractSize: 3n * UNIT + 7n,
    mark: 40n * UNIT + 1n,
    brackets: [
      {
        notionalAbove: '0',
        initialMarginRate: '0.150000000000000001',
        maintenanceMarginRate: '0.123456789012345678',
      },
    ],
  },
  {
    symbol: 'NEW',
    contractSize: UNIT,
    mark: null,
    brackets: [{ notionalAbove: '0', initialMarginRate: '0.05', maintenanceMarginRate: '0.01' }],
  },
];
const OWNERS = {
  house: ['house'],
  ann: ['a', 'z', 'B', 'aa'],
  ben: ['b', 'é', '\u{1f600}'],
  zoë: ['c', '\uff01', 'D'],
};

export async function openWorld(
  venue: Venue,
  random: Random,
  decimals: number,
  rules: LossRulesInput,
  positionSource: ModelRules['positionSource'],
): Promise<World> {
  const pool = await PoolUnderTest.create(venue, { decimals, rules });
  const model = new ModelPool(decimals, changedRules(FIRST_RULES, rules, decimals));
  await upsertMarkets(venue.runtime, {
    pool: pool.name,
    markets: MARKETS.map(({ symbol, contractSize, brackets: [first, ...marginTiers] }) => ({
      ...{ symbol, contractSize: text(contractSize, 18), marginTiers },
      initialMarginRate: first!.initialMarginRate,
      maintenanceMarginRate: first!.maintenanceMarginRate,
    })),
  });
  for (const { symbol, mark, contractSize, brackets } of MARKETS) {
    model.markets.set(symbol, { contractSize, mark, brackets: brackets.map(bracketOf) });
    if (mark !== null) await pool.mark(symbol, text(mark, 18));
  }
  const accounts = Object.entries(OWNERS).flatMap(([owner, refs]) => refs.map((ref) => ({ ref, owner })));
  await upsertAccounts(venue.runtime, { pool: pool.name, accounts });
  for (const { ref, owner } of accounts) {
    model.addAccount(ref, owner);
    model.bring(ref, BigInt(random.int(100, 3000)) * 10n ** BigInt(decimals));
  }
  await pool.transfers(
    accounts.map(({ ref }) => ({
      account: ref,
      kind: 'DEPOSIT',
      amount: text(model.account(ref).balance, decimals),
    })),
  );
  await pool.positions(
    accounts.slice(1).flatMap(({ ref }) => {
      const symbol = random.pick(['BTC', 'ETH']);
      const mark = model.markets.get(symbol)!.mark!;
      const size = BigInt(random.int(1, 20)) * (random.chance(0.5) ? UNIT : -UNIT);
      const house = (model.account('house').positions.get(symbol)?.size ?? 0n) - size;
      return [
        { ref, size, at: entry(random, size, mark) },
        { ref: 'house', size: house, at: mark },
      ].map(({ ref, size, at }) => {
        model.setPosition(ref, symbol, size, size === 0n ? 0n : at);
        const entryPrice = size === 0n ? '0' : text(at, 18);
        return { account: ref, market: symbol, size: text(size, 18), entryPrice };
      });
    }),
  );
  if (positionSource === 'FILLS') {
    await pool.rules({ positionSource });
    model.rules = { ...model.rules, positionSource };
    model.rulesVersion++;
  }
  model.sequence = await pool.sequence();
  // Of some pools settlements come out of memory, of others out of the tables: the model is the same.
  if (decimals > 2) await pool.remember();
  const cascade = { running: false, liquidated: new Set<string>(), tookOver: new Set<string>() };
  return { random, pool, model, answered: [], fills: [], cascade, met: [] };
}

function bracketOf({ notionalAbove, initialMarginRate, maintenanceMarginRate }: MarginTierInput): Bracket {
  const scaled = (value: string, digits: number) => {
    const { n, d } = oracle.parse(value);
    return (n * 10n ** BigInt(digits)) / d;
  };
  return {
    above: scaled(notionalAbove, 54),
    initial: scaled(initialMarginRate, 18),
    maintenance: scaled(maintenanceMarginRate, 18),
  };
}
