import type { AllocationMethod } from '../../core/allocation/allocation.ts';
import type { SimulationBook } from '../book.ts';
import { AccountTotals } from './account-columns.ts';
import { type BatchResult, DISTRIBUTIONS, type Distribution, type SampledPath } from './batch.ts';
import { BURDEN_FIGURES, type BurdenFigure, burdenOf } from './burden.ts';
import { isProRata } from './engine.ts';
import { type Estimate, estimate } from './estimate.ts';
import { Histogram, type HistogramPart } from './histogram.ts';
import { METHOD_FIGURES, type MethodFigure, methodMean } from './method-tally.ts';
import { quantilesOfSamples } from './sampled-quantiles.ts';
import { planOf, type RunSpec } from './spec.ts';
import { bucketAt, fundAt, LIQUIDATION_BOUNDS, type Scalar, scalar } from './tally.ts';

type MaybeEstimate = Estimate | null;

export interface FundPoint {
  readonly fund: number;
  readonly probabilityOfSocialization: MaybeEstimate;
  readonly expectedResidual: MaybeEstimate;
  /** −ΔE[R] ÷ ΔF to the next size: between the probabilities at both. Null at the last. */
  readonly slope: number | null;
}

export interface LiquidationBucket {
  readonly from: number;
  /** Null for no end. */
  readonly to: number | null;
  readonly probability: MaybeEstimate;
  readonly expectedHaircutRate: MaybeEstimate;
}

/** What a run says, in units of the asset. */
export interface RunResult {
  readonly paths: number;
  readonly batches: number;
  readonly probabilityOfBankruptcy: MaybeEstimate;
  readonly probabilityOfSocialization: MaybeEstimate;
  readonly probabilityOfUncovered: MaybeEstimate;
  readonly expectedDeficit: MaybeEstimate;
  readonly expectedResidual: MaybeEstimate;
  readonly expectedSocialized: MaybeEstimate;
  readonly expectedUncovered: MaybeEstimate;
  readonly expectedFundDraw: MaybeEstimate;
  /** Given a winner, and given socialization. */
  readonly expectedHaircutRate: MaybeEstimate;
  readonly expectedHaircutRateGivenSocialization: MaybeEstimate;
  readonly wrongWayRisk: MaybeEstimate;
  readonly fundCurve: readonly FundPoint[];
  readonly liquidations: readonly LiquidationBucket[];
  readonly burden: Readonly<Record<BurdenFigure, MaybeEstimate>>;
  readonly methods: readonly ({ readonly method: AllocationMethod } & Readonly<
    Record<MethodFigure, MaybeEstimate>
  >)[];
  /** On how many loss paths the allocator that settles was asked too, and by how much its haircuts differed at most: a share of the loss. */
  readonly audited: number;
  readonly auditDifference: number | null;
}

/** Merges batches, in their order. Memory does not grow with the number of paths. */
export class RunTotals {
  readonly #spec: RunSpec;
  readonly #book: SimulationBook;
  readonly #tallies: Float64Array[] = [];
  readonly #methods: Float64Array[] = [];
  readonly #burdens: Float64Array[] = [];
  readonly #accounts: AccountTotals;
  readonly #samples: SampledPath[] = [];
  readonly #histograms = Object.fromEntries(DISTRIBUTIONS.map((name) => [name, new Histogram()])) as Record<
    Distribution,
    Histogram
  >;
  #paths = 0;
  #weight = 0;
  /** Σ weight². */
  #squares = 0;
  #audited = 0;
  #difference: number | null = null;

  constructor(spec: RunSpec, book: SimulationBook) {
    this.#spec = spec;
    this.#book = book;
    this.#accounts = new AccountTotals(book.equities);
  }

  /** The batch that it waits for. */
  get next(): number {
    return this.#tallies.length;
  }

  add(batch: BatchResult): void {
    this.#tallies.push(batch.tally);
    this.#methods.push(batch.methods);
    this.#burdens.push(burdenOf(batch.accounts.h, this.#book));
    this.#accounts.add(batch.accounts, batch.weight);
    this.#samples.push(...batch.samples);
    for (const name of DISTRIBUTIONS) this.#histograms[name].merge(batch.histograms[name]);
    this.#paths += batch.paths;
    this.#weight += batch.weight;
    const { squares, zeroSquares } = batch.histograms.deficit;
    this.#squares += squares.reduce((sum, square) => sum + square, zeroSquares);
    this.#audited += batch.audited;
    if (batch.auditDifference !== null)
      this.#difference = Math.max(this.#difference ?? 0, batch.auditDifference);
  }

  get accounts(): AccountTotals {
    return this.#accounts;
  }

  /** Hands over the distributions that quantiles at any level are taken of. */
  distributions(): Record<Distribution, HistogramPart> {
    return Object.fromEntries(DISTRIBUTIONS.map((name) => [name, this.#histograms[name].take()])) as Record<
      Distribution,
      HistogramPart
    >;
  }

  /** Quantiles of each account's haircut at each level of the run: by level, then account. */
  haircutsAtRisk(): { values: Float64Array; lows: Float64Array; highs: Float64Array }[] {
    const { accountCount } = this.#book;
    return quantilesOfSamples(this.#samples, this.#weight, this.#squares, accountCount, this.#spec.levels);
  }

  finish(): RunResult {
    const mean = (name: Scalar, over: Scalar = 'weight'): MaybeEstimate =>
      estimate(this.#tallies, (sums) => scalar(sums, name) / scalar(sums, over));
    return {
      paths: this.#paths,
      batches: planOf(this.#spec).batches,
      probabilityOfBankruptcy: mean('anyBankrupt'),
      probabilityOfSocialization: mean('anySocialized'),
      probabilityOfUncovered: mean('anyUncovered'),
      expectedDeficit: mean('deficit'),
      expectedResidual: mean('residual'),
      expectedSocialized: mean('socialized'),
      expectedUncovered: mean('uncovered'),
      expectedFundDraw: mean('fundDraw'),
      expectedHaircutRate: mean('rate', 'winning'),
      expectedHaircutRateGivenSocialization: mean('rateSocialized', 'anySocialized'),
      wrongWayRisk: estimate(this.#tallies, correlation),
      fundCurve: isProRata(this.#spec.rules) ? this.#curve() : [],
      liquidations: this.#liquidations(),
      burden: Object.fromEntries(BURDEN_FIGURES.map((figure, i) => [figure, this.#burden(i)])) as Record<
        BurdenFigure,
        MaybeEstimate
      >,
      methods: this.#spec.methods.map((method, k) => ({
        method,
        ...(Object.fromEntries(
          METHOD_FIGURES.map((figure) => [
            figure,
            estimate(this.#methods, (sums) => methodMean(sums, k, figure)),
          ]),
        ) as Record<MethodFigure, MaybeEstimate>),
      })),
      audited: this.#audited,
      auditDifference: this.#difference,
    };
  }

  #curve(): FundPoint[] {
    const { fundSizes } = this.#spec;
    const points = fundSizes.map((fund, i) => ({
      fund,
      probabilityOfSocialization: estimate(
        this.#tallies,
        (sums) => fundAt(sums, i).weight / scalar(sums, 'weight'),
      ),
      expectedResidual: estimate(this.#tallies, (sums) => fundAt(sums, i).residual / scalar(sums, 'weight')),
    }));
    return points.map((point, i) => {
      const next = points[i + 1];
      const slope =
        next && point.expectedResidual && next.expectedResidual
          ? (point.expectedResidual.value - next.expectedResidual.value) / (next.fund - point.fund)
          : null;
      return { ...point, slope };
    });
  }

  #liquidations(): LiquidationBucket[] {
    return LIQUIDATION_BOUNDS.flatMap((from, bucket) => {
      const next = LIQUIDATION_BOUNDS[bucket + 1];
      const probability = estimate(
        this.#tallies,
        (sums) => bucketAt(sums, bucket).weight / scalar(sums, 'winning'),
      );
      if (!probability || probability.value === 0) return [];
      const expectedHaircutRate = estimate(this.#tallies, (sums) => {
        const { weight, rate } = bucketAt(sums, bucket);
        return rate / weight;
      });
      return [{ from, to: next === undefined ? null : next - 1, probability, expectedHaircutRate }];
    });
  }

  /** Of the mean haircuts: what all batches say together, and how far each is from the others. */
  #burden(figure: number): MaybeEstimate {
    const value = burdenOf(this.#accounts.expectedHaircuts(), this.#book)[figure]!;
    if (!Number.isFinite(value)) return null;
    const own = this.#burdens.map((burden) => burden[figure]!).filter(Number.isFinite);
    if (own.length < 2) return { value, standardError: null };
    const mean = own.reduce((sum, each) => sum + each, 0) / own.length;
    const variance = own.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (own.length - 1);
    return { value, standardError: Math.sqrt(variance / own.length) };
  }
}

/** A variance below this share of the mean square is rounding. */
const LEAST_VARIANCE = 1e-12;

/** Of rate and gross gain, over the paths with a winner. No number where either is the same on all of them. */
function correlation(sums: Float64Array): number {
  const mean = (name: Scalar) => scalar(sums, name) / scalar(sums, 'winning');
  const [rate, gain] = [mean('rate'), mean('gain')];
  const spreadOf = (square: number, value: number) =>
    square - value ** 2 > LEAST_VARIANCE * square ? Math.sqrt(square - value ** 2) : 0;
  const spread = spreadOf(mean('rateSquared'), rate) * spreadOf(mean('gainSquared'), gain);
  return spread > 0 ? (mean('rateGain') - rate * gain) / spread : Number.NaN;
}
