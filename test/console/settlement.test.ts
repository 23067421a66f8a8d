import { expect, it } from 'vitest';
import type { Haircut } from '../../src/console/settlement/haircut.ts';
import { brackets, measure } from '../../src/console/settlement/measures.ts';

const haircut = (amount: string, profit = '1000.00'): Haircut => ({
  ...{ id: amount, account: amount, amount, profit, cap: profit, recovered: '0.00' },
});

it('measures how haircuts are spread, to the digit', () => {
  const measures = measure([haircut('60.00', '100.00'), haircut('20.00', '20.00'), haircut('20.00')]);
  // 1 ÷ (0.6² + 0.2² + 0.2²) = 1 ÷ 0.44.
  expect(measures).toEqual({
    ...{
      touched: 3,
      wipedOut: 1,
      largestRate: '1.000000',
      topTenShare: '1.000000',
      effectiveNumber: '2.272727',
    },
  });
  expect(measure(Array.from({ length: 40 }, () => haircut('0.01'))).topTenShare).toBe('0.250000');
});

it('sorts haircuts into powers of ten, each once, and sums them', () => {
  const amounts = ['0.01', '0.09', '0.10', '9.99', '10.00', '99.99', '1000.00'];
  expect(
    brackets(
      amounts.map((amount) => haircut(amount)),
      2,
    ),
  ).toEqual([
    { power: 3, count: 1, sum: '1000.00' },
    { power: 1, count: 2, sum: '109.99' },
    { power: 0, count: 1, sum: '9.99' },
    { power: -1, count: 1, sum: '0.10' },
    { power: -2, count: 2, sum: '0.10' },
  ]);
});
