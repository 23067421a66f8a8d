import { ALLOCATION_METHODS } from '../../src/core/allocation/allocation.ts';
import {
  haltPool,
  resumePool,
  setHaircutCaps,
  startSession,
  updatePoolRules,
} from '../../src/settlement/rule-changes.ts';
import type { LossRulesInput, TierInput } from '../../src/settlement/rules.ts';
import { fresh } from '../support/venue.ts';
import type { Random } from './random.ts';
import { changedRules, WATERFALLS } from './rules.ts';
import { type Maker, text } from './world.ts';

/** What an administrator does: rules, sessions, caps of single accounts, halt and resume. */

function someTiers(random: Random, decimals: number): TierInput[] {
  const amount = () => text(random.digits(decimals + 3), decimals);
  const last = random.chance(0.93);
  const middle = random
    .shuffled(['OWNER_RECOURSE', 'OPERATOR_CAPITAL', 'INSURANCE_FUND'] as const)
    .filter((tier) => (tier === 'INSURANCE_FUND' && !last) || random.chance(0.6));
  return [
    { tier: 'OWN_COLLATERAL' },
    ...middle.map((tier): TierInput => {
      if (tier === 'OWNER_RECOURSE') return { tier };
      if (tier === 'OPERATOR_CAPITAL')
        return { tier, capPerEvent: text(random.digits(decimals + 2), decimals) };
      const capPerEvent = random.chance(0.4) ? amount() : null;
      return { tier, capPerEvent, reserve: random.chance(0.3) ? amount() : null };
    }),
    ...(last ? [{ tier: 'SOCIALIZATION' } as const] : []),
  ];
}

/** From none to more than most accounts have left. */
export const FEE_RATES = ['0', '0.0075', '0.0075', '0.05', '0.3', '0.012345678901234567'];

/** Who gets a share of the fee: somebody, or nobody who is there. */
const someLiquidator = (random: Random): LossRulesInput => ({
  liquidatorShare: random.pick(['0', '0.4', '0.7', '0.333333333333333333', '1']),
  liquidatorAccount: random.pick(['house', 'house', 'a', 'b', 'nobody']),
});

const RATES = ['1', '1', '0.9', '0.5', '0.333333333333333333', '0.05'];

/** Some rules, each left out as often as `change` says. */
export function someRules(random: Random, decimals: number, change: number): LossRulesInput {
  const maybe = <T>(make: () => T, more = 1): T | null => (random.chance(change * more) ? make() : null);
  const tiers = maybe(() => someTiers(random, decimals), 1.2);
  const scope = maybe(() => random.pick(['POOL', 'MARKET', 'MARKET'] as const));
  return {
    tiers,
    waterfall: tiers
      ? null
      : maybe(() => random.pick(Object.keys(WATERFALLS)) as keyof typeof WATERFALLS, 0.3),
    fundReserve: tiers ? null : maybe(() => text(random.digits(decimals + 2), decimals), 0.5),
    method: maybe(() => random.pick(ALLOCATION_METHODS), 2),
    leverageExponent: maybe(() => random.int(0, 4)),
    maxLeverage: maybe(() => random.pick(['0', '0.000001', '3.5', '20', '100.123456789'])),
    scope,
    overflow: maybe(() => random.pick(['POOL', 'UNCOVERED'] as const)),
    profitBasis:
      scope === 'MARKET'
        ? 'UNREALIZED'
        : maybe(() => random.pick(['UNREALIZED', 'SESSION', 'SESSION'] as const)),
    maxHaircutRate: maybe(() => random.pick(RATES)),
    withdrawalsWhileLossOpen: maybe(() => random.pick(['BLOCK', 'ALLOW'] as const)),
    liquidationOrder: maybe(() => random.pick(['LARGEST_MARGIN', 'LARGEST_LOSS', 'SMALLEST_LOSS'] as const)),
    liquidationFeeRate: maybe(() => random.pick(FEE_RATES), 1.5),
    ...maybe(() => someLiquidator(random), 1.5),
  };
}

const rulesChange: Maker = ({ random, pool, model }) => {
  const positionSource = random.chance(0.1) ? random.pick(['SNAPSHOTS', 'FILLS'] as const) : null;
  const rules = { ...someRules(random, model.decimals, 0.4), positionSource };
  const after = changedRules(model.rules, rules, model.decimals);
  const cuts = after.profitBasis !== model.rules.profitBasis;
  const contradiction = after.scope === 'MARKET' && after.profitBasis === 'SESSION';
  if (contradiction && random.chance(0.8)) return null;
  const key = fresh('key');
  return {
    words: `rules: ${JSON.stringify(rules, (_, value) => value ?? undefined)}`,
    key,
    halted: 'taken',
    call: () => updatePoolRules(pool.venue.runtime, { pool: pool.name, idempotencyKey: key, rules }),
    expected: contradiction
      ? 'INVALID_INPUT'
      : cuts && model.openEvents.length > 0
        ? 'LOSS_OPEN'
        : ({ sequence }) => {
            model.rules = after;
            model.rulesVersion++;
            if (cuts) model.cut(sequence);
          },
  };
};

const sessionStart: Maker = ({ random, pool, model }) => {
  const { profitBasis } = model.rules;
  if (profitBasis === 'UNREALIZED' && random.chance(0.9)) return null;
  const key = fresh('key');
  return {
    words: 'session',
    key,
    call: () => startSession(pool.venue.runtime, { pool: pool.name, idempotencyKey: key }),
    expected:
      profitBasis === 'UNREALIZED'
        ? 'INVALID_INPUT'
        : model.openEvents.length > 0
          ? 'LOSS_OPEN'
          : ({ sequence }) => model.cut(sequence),
  };
};

const caps: Maker = ({ random, pool, model }) => {
  const list = random.some([...model.accounts.keys()]).map((account) => ({
    account,
    maxHaircutRate: random.chance(0.4) ? null : random.pick([...RATES, '0', '0.700000000000000001']),
  }));
  if (list.length === 0) return null;
  const wrong = random.weighted([
    [10, null],
    [1, 'NOT_FOUND'],
    [1, 'INVALID_INPUT'],
  ]);
  const more = { NOT_FOUND: { account: 'nobody' }, INVALID_INPUT: { account: list[0]!.account } };
  const input = { pool: pool.name, caps: wrong ? [...list, more[wrong as keyof typeof more]] : list };
  return {
    words: `caps: ${list.map(({ account, maxHaircutRate }) => `${account} ${maxHaircutRate}`).join(', ')}${wrong ? ` and one that is ${wrong}` : ''}`,
    halted: 'taken',
    call: () => setHaircutCaps(pool.venue.runtime, input),
    expected:
      wrong ??
      (() => {
        for (const { account, maxHaircutRate } of list) model.account(account).cap = maxHaircutRate;
      }),
  };
};

const halt: Maker = ({ pool, model }) => {
  const key = fresh('key');
  const input = { pool: pool.name, idempotencyKey: key, reason: 'a wrong mark' };
  return {
    words: 'halt',
    key,
    call: () => haltPool(pool.venue.runtime, input),
    expected: () => {
      model.halted = true;
    },
  };
};

export const resume: Maker = ({ random, pool, model }) => {
  if (!model.halted && random.chance(0.9)) return null;
  const key = fresh('key');
  return {
    words: 'resume',
    key,
    halted: 'taken',
    call: () => resumePool(pool.venue.runtime, { pool: pool.name, idempotencyKey: key }),
    expected: model.halted
      ? () => {
          model.halted = false;
        }
      : 'INVALID_INPUT',
  };
};

export const RULES: readonly (readonly [weight: number, Maker])[] = [
  [3, rulesChange],
  [1, sessionStart],
  [1.5, caps],
  [0.4, halt],
  [3, resume],
];
