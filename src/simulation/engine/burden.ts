import type { SimulationBook } from '../book.ts';

/** How what is borne is spread over accounts. */
export const BURDEN_FIGURES = ['herfindahl', 'gini', 'topTenShare'] as const;
export type BurdenFigure = (typeof BURDEN_FIGURES)[number];

/**
 * The Herfindahl–Hirschman index, the Gini coefficient over all accounts of the book, and the share of the ten largest, of haircuts h ≥ 0
 * in doubles: the measures of core/concentration.ts. NaN where nobody bears anything.
 */
export function burdenOf(haircuts: Float64Array, { accountCount }: SimulationBook): Float64Array {
  const sorted = haircuts.slice().sort();
  let [total, squares, ranked, topTen] = [0, 0, 0, 0];
  for (let i = 0; i < accountCount; i++) {
    const h = sorted[i]!;
    total += h;
    squares += h * h;
    ranked += (i + 1) * h;
    if (i >= accountCount - 10) topTen += h;
  }
  if (!(total > 0)) return new Float64Array(BURDEN_FIGURES.length).fill(Number.NaN);
  const gini = ((2 * ranked) / total - (accountCount + 1)) / accountCount;
  return Float64Array.of(squares / (total * total), gini, topTen / total);
}
