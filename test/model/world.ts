import { expect } from 'vitest';
import type { Committed } from '../../src/settlement/transaction.ts';
import { checkInvariants, dump } from '../support/invariants.ts';
import { type PoolUnderTest, refusalOf } from '../support/venue.ts';
import type { Situation } from './coverage.ts';
import type { ModelPool, Picture } from './model.ts';
import type { Random } from './random.ts';
import { pictureOf } from './rows.ts';
import { expectConserved, holdingsIn } from './worth.ts';

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
  /** Fills that were recorded: sent again, they are passed over. */
  readonly fills: Fill[];
  /** The cascade since the last marks: whether it goes on, who was liquidated, and who took over. */
  readonly cascade: { running: boolean; readonly liquidated: Set<string>; readonly tookOver: Set<string> };
  /** What happened that no row tells by itself. */
  readonly met: Situation[];
}

/** One side of a trade: size and price in 10^-18, the fee in atoms. */
export interface Fill {
  readonly trade: string;
  readonly account: string;
  readonly symbol: string;
  readonly size: bigint;
  readonly price: bigint;
  readonly fee: bigint | null;
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

/** New marks: what goes wrong from here on has another cause. */
export function endCascade({ cascade }: World, running = false): void {
  cascade.running = running;
  cascade.liquidated.clear();
  cascade.tookOver.clear();
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
  const held = holdingsIn(model, model.picture());
  const committed = await call();
  model.sequence++;
  expect(committed.sequence).toBe(model.sequence);
  await expected(committed);
  if (key) answered.push({ key, call, answer: committed });
  if (answered.length > 0 && random.chance(0.1)) {
    const { call, answer } = random.pick(answered);
    expect(await call()).toEqual(answer);
  }
  const picture = await pictureOf(pool);
  expect(picture).toEqual(model.picture());
  expectConserved(model, held, picture as unknown as Picture);
  expect(await checkInvariants(sql, { zeroSum: true })).toEqual([]);
  return `#${committed.sequence}`;
}
