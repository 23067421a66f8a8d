import type { Estimate } from '../simulation/engine/estimate.ts';
import type { Quantile } from '../simulation/engine/histogram.ts';
import { builder } from './builder.ts';
import { badUserInput } from './errors.ts';

export const EstimateType = builder.objectRef<Estimate>('Estimate').implement({
  fields: (t) => ({
    value: t.exposeFloat('value'),
    standardError: t.exposeFloat('standardError', { nullable: true }),
  }),
});

export const QuantileType = builder.objectRef<Quantile>('Quantile').implement({
  fields: (t) => ({ value: t.exposeFloat('value'), low: t.exposeFloat('low'), high: t.exposeFloat('high') }),
});

/** A probability above 0 and below 1, of an argument. */
export function probability(value: number, name: string): number {
  if (value > 0 && value < 1) return value;
  throw badUserInput(`\`${name}\` is above 0 and below 1, such as 0.99.`);
}
