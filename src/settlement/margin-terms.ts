import { type Path, Refusal } from '../core/refusal.ts';
import type { MarketRow } from '../db/rows.ts';
import type { MarginTerms, MarginTier } from '../margin/margin.ts';
import { checkQuantity, checkRate } from './check.ts';
import { quantity, quantityText } from './quantity.ts';

export interface MarginTierInput {
  readonly notionalAbove: string;
  readonly initialMarginRate: string;
  readonly maintenanceMarginRate: string;
}

const MAX_TIERS = 50;

/** What a market requires of a position, by its notional: rates may only rise from tier to tier. */
export function checkTiers(
  base: { readonly initial: bigint; readonly maintenance: bigint },
  tiers: readonly MarginTierInput[],
  path: Path,
): readonly MarginTier[] {
  const invalid = (message: string, ...at: (string | number)[]) =>
    new Refusal('INVALID_INPUT', message, [...path, ...at]);
  if (tiers.length > MAX_TIERS) throw invalid(`A market has at most ${MAX_TIERS} margin tiers: merge some.`);
  let before: MarginTier = { floor: 0n, initialRate: base.initial, maintenanceRate: base.maintenance };
  return tiers.map((input, index) => {
    const at = (field: string): Path => [...path, index, field];
    const tier = {
      floor: checkQuantity(input.notionalAbove, 'notionalAbove', at('notionalAbove')),
      initialRate: checkRate(input.initialMarginRate, 'The initial margin rate', at('initialMarginRate')),
      maintenanceRate: checkRate(
        input.maintenanceMarginRate,
        'The maintenance margin rate',
        at('maintenanceMarginRate'),
      ),
    };
    if (tier.floor <= before.floor)
      throw invalid('Tiers begin at ever larger notionals, above 0: sort them.', index, 'notionalAbove');
    if (tier.initialRate < before.initialRate || tier.maintenanceRate < before.maintenanceRate)
      throw invalid('Margin rates rise with size: a tier requires no less than the one before.', index);
    if (tier.maintenanceRate > tier.initialRate)
      throw invalid(
        'The maintenance margin rate is above the initial margin rate: lower it.',
        index,
        'maintenanceMarginRate',
      );
    before = tier;
    return tier;
  });
}

/** A market's terms as it is stored, at its mark or another. */
export const marginTerms = (row: MarketRow, mark = row.markPrice): MarginTerms => ({
  contractSize: quantity(row.contractSize),
  mark: mark === null ? null : quantity(mark),
  initialRate: quantity(row.initialMarginRate),
  maintenanceRate: quantity(row.maintenanceMarginRate),
  tiers: row.tierFloors.map((floor, i) => ({
    floor: quantity(floor),
    initialRate: quantity(row.tierInitialRates[i]!),
    maintenanceRate: quantity(row.tierMaintenanceRates[i]!),
  })),
});

const list = (values: readonly bigint[]): string => `{${values.map(quantityText).join(',')}}`;

/** The tiers as the texts of their three columns. */
export const tierColumns = (tiers: readonly MarginTier[]) => ({
  floors: list(tiers.map(({ floor }) => floor)),
  initial: list(tiers.map(({ initialRate }) => initialRate)),
  maintenance: list(tiers.map(({ maintenanceRate }) => maintenanceRate)),
});
