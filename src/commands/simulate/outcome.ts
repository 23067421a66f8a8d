import type { SimulationOutcomeQuery } from '../generated/graphql.ts';
import { plain, print } from '../kit/output.ts';
import { printTable } from '../kit/table.ts';

type Outcome = NonNullable<SimulationOutcomeQuery['simulation']>;
type Estimate = { readonly value: number; readonly standardError?: number | null };

/** More would be noise: these are estimates, with a standard error, and no amounts of the ledger. */
const DIGITS = 5;

const figure = (value: number | null | undefined): string | null =>
  value === null || value === undefined ? null : String(Number(value.toPrecision(DIGITS)));

/** What it came to, for people. */
export async function showOutcome({ result, sequence, accountCount }: Outcome, asset: string): Promise<void> {
  if (!result) return;
  await print(
    `${result.paths} paths of ${accountCount} accounts, from sequence ${sequence}; amounts in ${plain(asset)}.\n`,
  );
  const estimates: readonly (readonly [string, Estimate | null | undefined])[] = [
    ['probability that an account ends below zero', result.probabilityOfBankruptcy],
    ['probability that profits give something up', result.probabilityOfSocialization],
    ['probability that something stays uncovered', result.probabilityOfUncovered],
    ['expected deficit', result.expectedDeficit],
    ['expected draw on the fund', result.expectedFundDraw],
    ['expected socialized loss', result.expectedSocialized],
    ['expected uncovered loss', result.expectedUncovered],
    ['expected haircut rate', result.expectedHaircutRate],
    ['expected haircut rate, where there is one', result.expectedHaircutRateGivenSocialization],
  ];
  await printTable(estimates, [
    { title: 'ESTIMATE', of: ([name]) => name },
    { title: 'VALUE', isNumber: true, of: ([, estimate]) => figure(estimate?.value) },
    { title: '± STANDARD ERROR', isNumber: true, of: ([, estimate]) => figure(estimate?.standardError) },
  ]);
  await print('');
  await printTable(
    [
      ['residual loss', result.residualAtRisk],
      ['haircut rate', result.haircutAtRisk],
    ] as const,
    [
      { title: 'EXCEEDED IN 1 OF 100', of: ([name]) => name },
      { title: 'VALUE', isNumber: true, of: ([, { value }]) => figure(value) },
      { title: '95 % FROM', isNumber: true, of: ([, { low }]) => figure(low) },
      { title: 'TO', isNumber: true, of: ([, { high }]) => figure(high) },
    ],
  );
}
