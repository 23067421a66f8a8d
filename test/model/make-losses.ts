import { expect } from 'vitest';
import { ALLOCATION_METHODS } from '../../src/core/allocation/allocation.ts';
import { compareAllocations } from '../../src/settlement/comparison.ts';
import { previewSettlement, type SettlementPreview } from '../../src/settlement/preview.ts';
import { recordRecovery } from '../../src/settlement/recovery.ts';
import { reverseSettlement } from '../../src/settlement/reversal.ts';
import { fresh } from '../support/venue.ts';
import { bankrupt, deficitAt } from './closeouts.ts';
import { irreversible, outcomeOf, recover, reverse, settle, sumsOf } from './losses.ts';
import { noticesOf, returnedAt, settlementOf, verifySettlement } from './rows.ts';
import { active, type Maker, price, text, UNIT, type World } from './world.ts';

/** Losses: how they open, who bears them, and what comes back. */

/** An account loses what it has, and then a part of what the others could bear. */
const ruin: Maker = (world) => {
  const { random, pool, model } = world;
  const solvent = active(world).filter((ref) => ref !== 'house' && model.equity(ref) >= 0n);
  if (solvent.length < 5) return null;
  const account = random.pick(solvent);
  const { capacity } = outcomeOf(model, []);
  const deficit =
    (capacity * BigInt(random.int(1, random.pick([150, 400, 1300])))) / 1000n + random.digits(1) + 1n;
  const amount = -(model.equity(account) + deficit);
  const kinds = ['FEE', 'FUNDING', 'REALIZED_PNL'] as const;
  const kind = random.pick(model.rules.positionSource === 'FILLS' ? kinds.slice(0, 2) : kinds);
  const key = fresh('key');
  return {
    words: `ruin: ${account} ${kind} ${amount}`,
    key,
    call: () => pool.transfers([{ account, kind, amount: text(amount, model.decimals) }], key),
    expected: () => {
      model.bring(account, amount);
      if (kind === 'REALIZED_PNL') model.realize(account, amount);
    },
  };
};

const bankruptcy: Maker = (world) => {
  const { random, pool, model } = world;
  const candidates = active(world).filter((ref) => ref !== 'house');
  const broke = candidates.filter((ref) => model.equity(ref) < 0n);
  if (candidates.length < 3 || (broke.length === 0 && random.chance(0.95))) return null;
  const account = broke.length > 0 && random.chance(0.95) ? random.pick(broke) : random.pick(candidates);
  const others = candidates.filter((ref) => ref !== account);
  const takeover = random.chance(0.8) ? 'house' : random.chance(0.9) ? random.pick(others) : null;
  const prices = new Map(
    (random.chance(0.3) ? random.some(model.holdings(account)) : []).map(({ symbol, market }) => [
      symbol,
      price(random, market.mark ?? UNIT),
    ]),
  );
  const holds = model.holdings(account).length > 0;
  const event = `event-${model.events.size + 1}`;
  const key = fresh('key');
  const closeouts = [...prices].map(([market, at]) => ({ market, price: text(at, 18) }));
  const report = { ref: event, account, takeoverAccount: takeover };
  return {
    words: `bankruptcy ${event} of ${account}, taken over by ${takeover}, at ${closeouts.map((line) => `${line.market} ${line.price}`)}`,
    key,
    call: () => pool.report(closeouts.length > 0 ? { ...report, closeouts } : report, key),
    expected:
      model.unmarked(account) || (holds && takeover === null)
        ? 'INVALID_INPUT'
        : deficitAt(model, account, prices) <= 0n
          ? 'NOT_BANKRUPT'
          : () => bankrupt(model, event, account, takeover, prices),
  };
};

type Outcome = ReturnType<typeof outcomeOf>;

function expectOutcome({ outcome, bearers }: Pick<SettlementPreview, 'outcome' | 'bearers'>, model: Outcome) {
  const { deficit, recourse, operatorCapital, fundDraw, socialized, uncovered } = model;
  expect(outcome).toMatchObject({ deficit, recourse, operatorCapital, fundDraw, socialized, uncovered });
  const haircuts = new Map(bearers.refs.map((ref, i) => [ref, outcome.haircuts.get(i)]));
  for (const [ref, haircut] of model.haircuts) expect([ref, haircuts.get(ref) ?? 0n]).toEqual([ref, haircut]);
}

/** A preview says what settling will do, and a comparison what each method would. */
async function ask({ random, pool, model }: World, named: readonly string[] | null, refs: readonly string[]) {
  const question = { pool: pool.name, lossEvents: named };
  if (random.chance(0.3))
    expectOutcome(await previewSettlement(pool.venue.db, question), outcomeOf(model, refs));
  if (random.chance(0.15)) {
    const extra = random.chance(0.5) ? random.digits(model.decimals + 3) : 0n;
    const extraDeficit = text(extra, model.decimals);
    const { methods } = await compareAllocations(pool.venue.db, { ...question, extraDeficit });
    expect(methods.map(({ method }) => method)).toEqual(ALLOCATION_METHODS);
    for (const said of methods) expectOutcome(said, outcomeOf(model, refs, { method: said.method }, extra));
  }
}

const settlement: Maker = (world) => {
  const { random, pool, model } = world;
  const uncovered = [...model.events.values()].filter((event) => sumsOf(event).uncovered > 0n);
  const choice = random.chance(0.9) ? uncovered.map(({ ref }) => ref) : [...model.events.keys()];
  const named = random.chance(0.5) ? random.some(choice) : null;
  const refs = named ?? model.openEvents;
  if (refs.length === 0 && random.chance(0.8)) return null;
  const covered = refs.some((ref) => sumsOf(model.events.get(ref)!).uncovered === 0n);
  const key = fresh('key');
  return {
    words: `settle ${named ? named.join(', ') || 'an empty list' : 'all that is open'}`,
    key,
    call: () => pool.settle(named ?? undefined, key),
    ...(named?.length === 0 ? { halted: 'refused anyway' } : {}),
    before: () => ask(world, named, refs),
    expected:
      refs.length === 0
        ? 'NOTHING_TO_SETTLE'
        : covered
          ? 'LOSS_ALREADY_SETTLED'
          : async (committed) => {
              const { outcome, notices } = settle(model, refs, committed.sequence);
              const { profits, caps, haircuts, lacking, ...said } = outcome;
              expect(await settlementOf(pool, committed)).toEqual({
                ...said,
                rulesVersion: model.rulesVersion,
              });
              expect(await noticesOf(pool, committed)).toEqual(notices);
              expect(committed.count).toBe(notices.length);
              if (random.chance(0.3)) await verifySettlement(pool, model.decimals, committed);
            },
  };
};

const recovery: Maker = ({ random, pool, model }) => {
  if (model.events.size === 0) return null;
  const event = random.pick([...model.events.values()]);
  const rest = event.deficit - event.recovered;
  if (rest === 0n && random.chance(0.9)) return null;
  const unknown = random.chance(0.03);
  const { uncovered, socialized } = sumsOf(event);
  const amount = random.weighted<bigint>([
    [4, (rest * BigInt(random.int(1, 1000)) + 999n) / 1000n],
    [2, random.digits(model.decimals + 2) + 1n],
    [1, uncovered > 0n ? uncovered : 1n],
    [1, uncovered + random.digits(2)],
    [1, uncovered + socialized + random.digits(1)],
    [1, rest],
    [0.4, rest + random.digits(3) + 1n],
  ]);
  const key = fresh('key');
  const input = {
    pool: pool.name,
    idempotencyKey: key,
    lossEvent: unknown ? 'none' : event.ref,
    amount: text(amount, model.decimals),
  };
  return {
    words: `recovery of ${amount} for ${input.lossEvent}`,
    key,
    call: () => recordRecovery(pool.venue.runtime, input),
    expected:
      amount <= 0n
        ? 'INVALID_INPUT'
        : unknown
          ? 'NOT_FOUND'
          : amount > rest
            ? 'INVALID_INPUT'
            : async (committed) => {
                const { returned, notices } = recover(model, event.ref, amount, committed.sequence);
                expect(await noticesOf(pool, committed)).toEqual(notices);
                expect(await returnedAt(pool, committed)).toEqual(
                  returned.map((share) => ({ event: event.ref, ...share })),
                );
                expect(committed.count).toBe(notices.length);
              },
  };
};

const reversal: Maker = ({ random, pool, model }) => {
  const all = [...model.settlements.values()];
  const possible = all.filter((settlement) => !irreversible(model, settlement));
  const unknown = random.chance(0.05);
  if (all.length === 0 || (possible.length === 0 && random.chance(0.8))) return null;
  const settlement = random.pick(possible.length > 0 && random.chance(0.8) ? possible : all);
  const sequence = unknown ? 1n : settlement.sequence;
  const key = fresh('key');
  const input = { pool: pool.name, idempotencyKey: key, settlement: `${sequence}`, reason: 'a wrong mark' };
  return {
    words: `reversal of #${sequence}`,
    key,
    halted: 'taken',
    call: () => reverseSettlement(pool.venue.runtime, input),
    expected: unknown
      ? 'NOT_FOUND'
      : irreversible(model, settlement)
        ? 'NOT_REVERSIBLE'
        : async (committed) => {
            const notices = reverse(model, settlement, committed.sequence);
            expect(await noticesOf(pool, committed)).toEqual(notices);
            expect(committed.count).toBe(notices.length);
            // What was given back since does not change what the settlement proves.
            if (random.chance(0.3)) await verifySettlement(pool, model.decimals, { ...committed, sequence });
          },
  };
};

export const LOSSES: readonly (readonly [weight: number, Maker])[] = [
  [4, ruin],
  [6, bankruptcy],
  [9, settlement],
  [6, recovery],
  [1.5, reversal],
];
