import { mayReadAccount } from '../auth/viewer.ts';
import { formatScaled, ONE, SCALE, scaleDecimal, trimDecimal } from '../core/decimal.ts';
import { max } from '../core/money.ts';
import { type Ratio, ratio, ratioDecimal } from '../core/ratio.ts';
import type { Direction, Place } from '../settlement/exposures.ts';
import { amount } from './amounts.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { badUserInput } from './errors.ts';
import { AccountRef, PoolTotalsRef, RatioRef } from './refs.ts';

/** What the accounts that are in trouble now could cost an account, and whether the fund covers them. */

interface Exposure {
  readonly poolId: number;
  readonly capacity: bigint;
  readonly capacityShare: Ratio;
  readonly haircut: bigint;
  readonly haircutRate: Ratio;
  readonly deficit: bigint;
  readonly socialized: bigint;
  readonly uncovered: bigint;
  readonly place: Place;
  readonly accountNo: number;
}

function slippageOf(text: string | null | undefined): bigint {
  const scaled = scaleDecimal(text ?? '0', SCALE, ONE);
  if ('problem' in scaled || scaled.value < 0n)
    throw badUserInput('`slippage` is a share from 0 to 1, with at most 18 fraction digits.');
  return scaled.value;
}

async function scenario(context: Context, poolId: number, slippage: string | null | undefined) {
  const { sequence } = (await context.loaders.pool.load({ poolId }))!;
  const place = { poolId, sequence, slippage: slippageOf(slippage) };
  const found = await context.turns.take(context.viewer!.subject, () => context.exposures.scenario(place));
  return { ...found, place };
}

const LossExposure = builder.objectRef<Exposure>('LossExposure').implement({
  fields: (t) => {
    const sum = (name: 'capacity' | 'haircut' | 'deficit' | 'socialized' | 'uncovered') =>
      t.field({ type: 'Decimal', resolve: (row, _, context) => amount(context, row.poolId, row[name]) });
    const shock = (direction: Direction) =>
      t.field({
        type: 'Decimal',
        nullable: true,
        resolve: async ({ place, accountNo }, _, { exposures, turns, viewer }) => {
          const share = await turns.take(viewer!.subject, () =>
            exposures.touchedAt(place, accountNo, direction),
          );
          return share === null ? null : trimDecimal(formatScaled(share, SCALE));
        },
      });
    return {
      capacity: sum('capacity'),
      capacityShare: t.expose('capacityShare', { type: RatioRef }),
      haircut: sum('haircut'),
      haircutRate: t.expose('haircutRate', { type: RatioRef }),
      deficit: sum('deficit'),
      socialized: sum('socialized'),
      uncovered: sum('uncovered'),
      touchedByFall: shock('fall'),
      touchedByRise: shock('rise'),
    };
  },
});

builder.objectField(AccountRef, 'lossExposure', (t) =>
  t.field({
    type: LossExposure,
    nullable: true,
    args: { slippage: t.arg({ type: 'Decimal' }) },
    resolve: async ({ poolId, accountNo, owner }, { slippage }, context) => {
      if (!mayReadAccount(context.viewer!, owner)) return null;
      const found = await scenario(context, poolId, slippage);
      const index = found.index.get(accountNo);
      const of = (column: { get(index: number): bigint }) => (index === undefined ? 0n : column.get(index));
      const haircut = found.outcome ? of(found.outcome.haircuts) : 0n;
      return {
        poolId,
        capacity: of(found.caps),
        capacityShare: ratio(of(found.caps), found.capacity),
        haircut,
        haircutRate: ratio(haircut, of(found.profits)),
        deficit: found.deficit,
        socialized: found.outcome?.socialized ?? 0n,
        uncovered: found.outcome?.uncovered ?? 0n,
        place: found.place,
        accountNo,
      };
    },
  }),
);

builder.objectField(PoolTotalsRef, 'fundCoverage', (t) =>
  t.field({
    type: 'Decimal',
    nullable: true,
    args: { slippage: t.arg({ type: 'Decimal' }) },
    resolve: async ({ poolId }, { slippage }, context) => {
      const found = await scenario(context, poolId, slippage);
      if (found.deficit === 0n) return null;
      const pool = (await context.loaders.pool.load({ poolId }))!;
      return ratioDecimal(ratio(max(0n, pool.fundBalance - pool.fundReserve), found.deficit));
    },
  }),
);
