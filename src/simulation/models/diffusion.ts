import type { Path } from '../../core/refusal.ts';
import { exp } from '../sampling/elementary.ts';
import { normalQuantile } from '../sampling/normal.ts';
import { bridge } from './bridge.ts';
import { checkDrifts, checkEach, checkHorizon, checkMarkets, type Horizon, invalid } from './check.ts';
import { checkCorrelation, type Factor } from './correlation.ts';
import type { PathBlock } from './model.ts';
import { returnOfLog } from './returns.ts';
import { shiftOf, type TailSpec } from './tail.ts';

const DAYS_A_YEAR = 365;

/** What the models of correlated normals have in common. One entry a market, 1 to 500 of them. */
export interface DiffusionSpec extends Horizon {
  /** Annual drifts μ, from −50 to 50. */
  readonly drifts: readonly number[];
  /** Annual volatilities σ of the log price, from 0 to 50: 0.8 is 80 %. */
  readonly vols: readonly number[];
  /** Of the log returns, markets × markets. */
  readonly correlation: readonly (readonly number[])[];
  /** null to sample paths as they are likely. */
  readonly tail: TailSpec | null;
}

/**
 * Independent Brownian motions, by a bridge, and what they make of the markets' log prices. In units of a step: increments have
 * variance 1.
 *
 * The numbers of a path: with a tail first one that chooses whether the path is shifted, then `rank` for the ends of the motions;
 * the rest of the bridge takes (steps − 1) × rank, wherever the model places them.
 */
export class Diffusion {
  readonly markets: number;
  readonly steps: number;
  /** The length of a step in years. */
  readonly dt: number;
  /** (μ − σ²/2) dt of each market: what a step adds to its log price on average. */
  readonly drifts: Float64Array;
  /** How many numbers come first, and how many elsewhere. */
  readonly firstDimensions: number;
  readonly laterDimensions: number;
  readonly #factor: Factor;
  /** σ √dt of each market. */
  readonly #spreads: Float64Array;
  readonly #arches: ReturnType<typeof bridge>;
  /** θ, or null; and the share of paths that go without. */
  readonly #shift: Float64Array | null;
  readonly #unshifted: number;
  /** steps × rank × paths. */
  #motions = new Float64Array(0);

  /**
   * @param meanScale the mean of what the model multiplies a step's normals by: 1 for none
   * @param path where the caller has the spec, for refusals
   */
  constructor(spec: DiffusionSpec, meanScale: number, path: Path) {
    checkHorizon(spec, path);
    this.markets = spec.vols.length;
    checkMarkets(this.markets, [...path, 'vols']);
    checkEach(spec.vols, ['volatility', 'volatilities'], this.markets, [0, 50], [...path, 'vols']);
    checkDrifts(spec.drifts, this.markets, [...path, 'drifts']);
    if (spec.correlation.length !== this.markets) {
      throw invalid(
        `There are ${spec.correlation.length} rows of correlations for ${this.markets} markets: give one for each.`,
        [...path, 'correlation'],
      );
    }
    this.#factor = checkCorrelation(spec.correlation, [...path, 'correlation']);
    this.#shift = spec.tail && shiftOf(spec.tail, this.#factor, meanScale, [...path, 'tail']);
    this.#unshifted = spec.tail?.unshifted ?? 1;
    this.steps = spec.steps;
    this.dt = spec.horizonDays / DAYS_A_YEAR / spec.steps;
    this.drifts = Float64Array.from(spec.vols, (vol, m) => (spec.drifts[m]! - (vol * vol) / 2) * this.dt);
    this.#spreads = Float64Array.from(spec.vols, (vol) => vol * Math.sqrt(this.dt));
    this.#arches = bridge(spec.steps);
    this.firstDimensions = this.#factor.rank + (this.#shift ? 1 : 0);
    this.laterDimensions = (spec.steps - 1) * this.#factor.rank;
  }

  /**
   * Draws the motions of a block of paths, and the likelihood ratio of each.
   *
   * @param later the first of the dimensions of the bridge's rest
   */
  draw(uniforms: Float64Array, paths: number, later: number, weights: Float64Array): void {
    const { rank } = this.#factor;
    const size = this.steps * rank * paths;
    if (this.#motions.length < size) this.#motions = new Float64Array(size);
    this.#drawEnds(uniforms, paths, weights);
    const motions = this.#motions;
    let from = later * paths;
    for (let i = 1; i < this.#arches.length; i++) {
      const { point, left, right, leftShare, rightShare, spread } = this.#arches[i]!;
      const at = (point - 1) * rank * paths;
      const atLeft = (left - 1) * rank * paths;
      const atRight = (right - 1) * rank * paths;
      for (let k = 0; k < rank * paths; k++) {
        const known = (left > 0 ? leftShare * motions[atLeft + k]! : 0) + rightShare * motions[atRight + k]!;
        motions[at + k] = known + spread * normalQuantile(uniforms[from + k]!);
      }
      from += rank * paths;
    }
  }

  /**
   * The ends of the motions. A shifted path has the density q(z) = p(z − θ); all together they are drawn from α p + (1 − α) q, so
   * that a path weighs p / (α p + (1 − α) q) = 1 / (α + (1 − α) e^(θ·z − θ²/2)).
   */
  #drawEnds(uniforms: Float64Array, paths: number, weights: Float64Array): void {
    const { rank } = this.#factor;
    const motions = this.#motions;
    const shift = this.#shift;
    const at = (this.steps - 1) * rank * paths;
    const spread = this.#arches[0]!.spread;
    const alpha = this.#unshifted;
    weights.fill(shift ? 0 : 1, 0, paths);
    for (let j = 0; j < rank; j++) {
      const from = (shift ? j + 1 : j) * paths;
      const theta = shift ? shift[j]! : 0;
      for (let p = 0; p < paths; p++) {
        let z = normalQuantile(uniforms[from + p]!);
        if (shift) {
          if (uniforms[p]! >= alpha) z += theta;
          weights[p]! += theta * (z - theta / 2);
        }
        motions[at + j * paths + p] = spread * z;
      }
    }
    if (!shift) return;
    for (let p = 0; p < paths; p++) weights[p] = 1 / (alpha + (1 - alpha) * exp(weights[p]!));
  }

  /**
   * Multiplies each step's increments by a number of its own.
   *
   * @param scales steps × paths, by step
   */
  scaleIncrements(scales: Float64Array, paths: number): void {
    const { rank } = this.#factor;
    const motions = this.#motions;
    const size = rank * paths;
    for (let k = (this.steps - 1) * size - 1; k >= 0; k--) motions[k + size]! -= motions[k]!;
    for (let step = 0; step < this.steps; step++) {
      for (let j = 0; j < rank; j++) {
        const at = step * size + j * paths;
        for (let p = 0; p < paths; p++) {
          const before = step > 0 ? motions[at - size + p]! : 0;
          motions[at + p] = before + motions[at + p]! * scales[step * paths + p]!;
        }
      }
    }
  }

  /** What the motions add to a market's log price by the end of a step, counted from 0: one number a path, from `at` on. */
  logsOf(market: number, step: number, paths: number, into: Float64Array, at: number): void {
    const { rank, rows } = this.#factor;
    const motions = this.#motions;
    into.fill(0, at, at + paths);
    for (let j = 0; j < rank; j++) {
      const share = rows[market * rank + j]! * this.#spreads[market]!;
      if (share === 0) continue;
      const from = (step * rank + j) * paths;
      for (let p = 0; p < paths; p++) into[at + p]! += share * motions[from + p]!;
    }
  }

  /** Writes the returns of all steps and markets, where nothing but drift and motions makes them. */
  write(paths: number, into: PathBlock): void {
    for (let step = 0; step < this.steps; step++) {
      const returns = into.steps[step]!;
      for (let m = 0; m < this.markets; m++) {
        this.logsOf(m, step, paths, returns, m * paths);
        const drift = this.drifts[m]! * (step + 1);
        for (let k = m * paths; k < (m + 1) * paths; k++) returns[k] = returnOfLog(drift + returns[k]!);
      }
    }
  }
}
