import type { AllocationMethod } from '../../core/allocation/allocation.ts';
import { concentrationOf } from '../../core/concentration.ts';
import type { Ratio } from '../../core/ratio.ts';
import type { LossRules } from '../../core/rules.ts';
import { settleJointly } from '../../core/settlement.ts';
import type { PathSettlement } from './path-settlement.ts';

/** What is added up of each method, a settlement each that takes haircuts: how what is shared is spread. */
export const METHOD_FIGURES = [
  'touched',
  'wipedOut',
  'largestRate',
  'herfindahl',
  'gini',
  'topTenShare',
] as const;
export type MethodFigure = (typeof METHOD_FIGURES)[number];

const asNumber = ({ numerator, denominator }: Ratio): number =>
  Number((numerator * 10n ** 15n) / denominator) / 1e15;

/**
 * Divides what a path socializes by other methods too, with the allocator that settles. Each method finds the same loss on the same path:
 * what they differ by is theirs, and not chance.
 */
export class MethodTally {
  readonly #methods: readonly AllocationMethod[];
  readonly #rules: LossRules;
  #sums: Float64Array;

  constructor(methods: readonly AllocationMethod[], rules: LossRules) {
    this.#methods = methods;
    this.#rules = rules;
    this.#sums = this.#empty();
  }

  /** The weight of the settlements first, then the figures of each method. */
  #empty(): Float64Array {
    return new Float64Array(1 + this.#methods.length * METHOD_FIGURES.length);
  }

  add({ bearers, losses, fundBalance }: PathSettlement, weight: number): void {
    const marketOrder = [...new Set(bearers.marketProfits?.markets ?? [])].sort((a, b) => a - b);
    const settled = this.#methods.map((method) => {
      const rules = { ...this.#rules, method };
      const { profits, haircuts } = settleJointly({ rules, fundBalance, losses, bearers, marketOrder });
      return concentrationOf(profits, haircuts);
    });
    // A step that the fund pays for says nothing of any method.
    if (settled.every(({ touched }) => touched === 0)) return;
    this.#sums[0]! += weight;
    settled.forEach((concentration, k) => {
      METHOD_FIGURES.forEach((figure, f) => {
        const value = concentration[figure];
        this.#sums[1 + k * METHOD_FIGURES.length + f]! +=
          weight * (typeof value === 'number' ? value : asNumber(value));
      });
    });
  }

  take(): Float64Array {
    const sums = this.#sums;
    this.#sums = this.#empty();
    return sums;
  }
}

/** A method's mean of a figure over the settlements. */
export const methodMean = (sums: Float64Array, method: number, figure: MethodFigure): number =>
  sums[1 + method * METHOD_FIGURES.length + METHOD_FIGURES.indexOf(figure)]! / sums[0]!;
