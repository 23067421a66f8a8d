import { expect } from 'vitest';
import { upsertAccounts } from '../../src/settlement/pools.ts';
import type { LossRulesInput } from '../../src/settlement/rules.ts';
import type { Committed } from '../../src/settlement/transaction.ts';
import { checkInvariants, dump } from '../support/invariants.ts';
import { PoolUnderTest, refusalOf, type Venue } from '../support/venue.ts';
import { ModelPool } from './model.ts';
import type { Random } from './random.ts';
import { pictureOf } from './rows.ts';
import { changedRules, FIRST_RULES } from './rules.ts';

/** A pool of the service and the pool of the model that it has to be like. */
export interface World {
  readonly random: Random;
  readonly pool: PoolUnderTest;
  readonly model: ModelPool;
  /** Keyed calls that committed: asked again, they answer the same. */
  readonly answered: {
    readonly key: string;
    readonly call: () => Promise<Committed>;
    readonly answer: Committed;
  }[];
}

/** An operation that was made up: what it is in words, how to call it, and what the model expects of it. */
export interface Operation {
  readonly words: string;
  readonly call: () => Promise<Committed>;
  /** The code that it is refused with, or what it changes in the model. */
  readonly expected: string | ((committed: Committed) => void | Promise<void>);
  readonly key?: string;
  /** What is asked right before it, if it goes through. */
  readonly before?: () => Promise<void>;
  /** Whether a halted pool takes it, or refuses it for what it says before it sees that the pool is halted. */
  readonly halted?: 'taken' | 'refused anyway';
}

export type Maker = (world: World) => Operation | null;

export const UNIT = 10n ** 18n;
export const LONG_AGO = '2025-10-10T20:00:00.000000Z';

/** An integer of 10^-digits as canonical decimal text. */
export function text(value: bigint, digits: number): string {
  const magnitude = (value < 0n ? -value : value).toString().padStart(digits + 1, '0');
  const whole = magnitude.slice(0, magnitude.length - digits);
  const fraction = magnitude.slice(magnitude.length - digits).replace(/0+$/, '');
  return `${value < 0n ? '-' : ''}${whole}${digits > 0 && fraction ? `.${fraction}` : ''}`;
}

export const active = ({ model }: World): string[] =>
  [...model.accounts].filter(([, { status }]) => status === 'ACTIVE').map(([ref]) => ref);

/** A price not far from another, with many digits or few. */
export function price(random: Random, around: bigint): bigint {
  const [low, high] = random.chance(0.15) ? [600, 1500] : [920, 1090];
  return (around * BigInt(random.int(low, high))) / 1000n + random.digits(random.pick([1, 12]));
}

/** What a position was entered at: most win. */
export function entry(random: Random, size: bigint, mark: bigint): bigint {
  const below = size > 0n === random.chance(0.8);
  return price(random, (mark * BigInt(below ? random.int(500, 1030) : random.int(970, 1500))) / 1000n);
}

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
): Promise<World> {
  const pool = await PoolUnderTest.create(venue, { decimals, rules });
  const model = new ModelPool(decimals, changedRules(FIRST_RULES, rules, decimals));
  model.markets.set('PNL', { contractSize: UNIT, marginRate: UNIT / 10n, mark: UNIT });
  for (const [symbol, contractSize, mark] of [
    ['BTC', UNIT / 1000n, 60_000n * UNIT],
    ['ETH', 3n * UNIT + 7n, 40n * UNIT + 1n],
    ['NEW', UNIT, null],
  ] as const) {
    await pool.market(symbol, text(contractSize, 18), '0.05');
    model.markets.set(symbol, { contractSize, marginRate: UNIT / 20n, mark });
    if (mark !== null) await pool.mark(symbol, text(mark, 18));
  }
  const accounts = Object.entries(OWNERS).flatMap(([owner, refs]) => refs.map((ref) => ({ ref, owner })));
  await upsertAccounts(venue.runtime, { pool: pool.name, accounts });
  for (const { ref, owner } of accounts) {
    model.addAccount(ref, owner);
    model.account(ref).balance = BigInt(random.int(100, 3000)) * 10n ** BigInt(decimals);
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
  model.sequence = await pool.sequence();
  // Of some pools settlements come out of memory, of others out of the tables: the model is the same.
  if (decimals > 2) await pool.remember();
  return { random, pool, model, answered: [] };
}

/** Performs an operation on both pools and compares them. Answers with its sequence, or the code of its refusal. */
export async function perform(world: World, operation: Operation): Promise<string> {
  const { pool, model, answered, random } = world;
  const { call, key, before, halted } = operation;
  const { sql } = pool.venue;
  const expected = model.halted && !halted ? 'POOL_HALTED' : operation.expected;
  if (typeof expected === 'string') {
    const rows = await dump(sql);
    expect(await refusalOf(call())).toMatchObject({ code: expected });
    expect(await dump(sql)).toBe(rows);
    return expected;
  }
  await before?.();
  const committed = await call();
  model.sequence++;
  expect(committed.sequence).toBe(model.sequence);
  await expected(committed);
  if (key) answered.push({ key, call, answer: committed });
  if (answered.length > 0 && random.chance(0.1)) {
    const { call, answer } = random.pick(answered);
    expect(await call()).toEqual(answer);
  }
  expect(await pictureOf(pool)).toEqual(model.picture());
  expect(await checkInvariants(sql, { zeroSum: true })).toEqual([]);
  return `#${committed.sequence}`;
}
