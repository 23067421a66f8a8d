import { type AllocationMethod, allocate, type Claims } from './allocation/allocation.ts';
import { apportion } from './apportion.ts';
import { assert } from './assert.ts';
import { AtomColumn } from './atom-column.ts';
import { max } from './money.ts';
import { compareBytes } from './order.ts';
import { runWaterfall, type Waterfall, type WaterfallResult } from './waterfall.ts';

export interface OpenLoss {
  readonly ref: string;
  /** What is still to be covered, in atoms, > 0. */
  readonly deficit: bigint;
}

export interface SettlementInput {
  readonly waterfall: Waterfall;
  readonly method: AllocationMethod;
  readonly fundBalance: bigint;
  readonly fundReserve: bigint;
  readonly losses: readonly OpenLoss[];
  readonly claims: Claims;
}

export interface LossShare<L extends OpenLoss> {
  readonly loss: L;
  readonly fundDraw: bigint;
  readonly socialized: bigint;
  readonly uncovered: bigint;
}

export interface SettlementOutcome<L extends OpenLoss> extends WaterfallResult {
  readonly deficit: bigint;
  /** U = Σcap. */
  readonly capacity: bigint;
  /** Σw, what the haircut ratio is taken of. */
  readonly profitTotal: bigint;
  /** One per claim, in the order of the claims. */
  readonly haircuts: AtomColumn;
  /** How many haircuts are above 0. */
  readonly haircutCount: number;
  /** One per loss, in byte order of refs. */
  readonly shares: readonly LossShare<L>[];
}

/**
 * Settles losses jointly: one waterfall over their sum, one allocation, and each loss its proportional share of the
 * draw and of what was socialized. The order of losses and of accounts cannot matter: losses are sorted here, and
 * claims come in the byte order of refs.
 */
export function settleJointly<L extends OpenLoss>(
  input: SettlementInput & { readonly losses: readonly L[] },
): SettlementOutcome<L> {
  const losses = [...input.losses].sort((a, b) => compareBytes(a.ref, b.ref));
  const deficits = AtomColumn.of(losses.map((loss) => loss.deficit));
  const deficit = deficits.sum();
  const capacity = input.claims.caps.sum();
  const profitTotal = input.claims.profits.sum();
  const result = runWaterfall(
    input.waterfall,
    deficit,
    max(0n, input.fundBalance - input.fundReserve),
    capacity,
  );

  const draws = apportion(result.fundDraw, deficits, deficit);
  const residuals = AtomColumn.of(losses.map((loss, i) => loss.deficit - draws.get(i)));
  const socialized = apportion(result.socialized, residuals, result.residual);
  const shares = losses.map((loss, i) => {
    const uncovered = residuals.get(i) - socialized.get(i);
    assert(draws.get(i) <= loss.deficit && uncovered >= 0n, 'no loss is paid more than its deficit');
    return { loss, fundDraw: draws.get(i), socialized: socialized.get(i), uncovered };
  });

  const haircuts = allocate(input.method, input.claims, result.socialized);
  let haircutCount = 0;
  for (let i = 0; i < haircuts.length; i++) if (haircuts.get(i) > 0n) haircutCount++;
  assert(
    result.fundDraw + result.socialized + result.uncovered === deficit,
    'draw + socialized + uncovered = deficit',
  );
  return { ...result, deficit, capacity, profitTotal, haircuts, haircutCount, shares };
}
