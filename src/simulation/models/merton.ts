import type { Path } from '../../core/refusal.ts';
import { exp } from '../sampling/elementary.ts';
import { normalQuantile } from '../sampling/normal.ts';
import { PoissonTable } from '../sampling/poisson.ts';
import { checkDimensions, checkEach, checkLength, checkNumber, invalid } from './check.ts';
import { Diffusion, type DiffusionSpec } from './diffusion.ts';
import type { PathBlock, PriceModel } from './model.ts';
import { returnOfLog } from './returns.ts';

/** Jumps at the times of a Poisson process, each a normal number that adds to the log price. */
export interface JumpTerms {
  /** How many a year on average, from 0 to 10,000. */
  readonly intensity: number;
  /** Of the log jump, from −5 to 5: −0.1 is a fall by about 10 %. */
  readonly mean: number;
  /** The standard deviation of the log jump, from 0 to 5. */
  readonly sd: number;
}

/**
 * Merton's jump diffusion ("Option pricing when underlying stock returns are discontinuous", J. Financial Economics 3, 1976):
 * geometric Brownian motions with jumps that all markets have in common, market m by βₘ J, and jumps of its own. Compensated: with
 * λ the intensity and κ = E[e^jump] − 1 = e^(mean + sd²/2) − 1 of each kind, the drift is μ − σ²/2 − Σ λκ, so that
 * E[P(t)] = P₀ e^(μt). The vols are those of the diffusion alone: with the jumps a year's variance is σ² + Σ λ (mean² + sd²).
 *
 * A tail shifts the diffusion, by its own standard deviations; jumps stay as they are likely.
 */
export interface MertonSpec extends DiffusionSpec {
  readonly kind: 'MERTON';
  readonly common: JumpTerms;
  /** What a market makes of a common jump, from −10 to 10; one a market. */
  readonly betas: readonly number[];
  /** One a market; of intensity 0 for a market that has none. */
  readonly own: readonly JumpTerms[];
}

/** Jumps beyond this would make a mean of paths so rare that none of a run has them. */
const MAX_LOG_MEAN = 20;

/** @throws Refusal with the path of what is wrong in the spec */
export function merton(spec: MertonSpec, path: Path): PriceModel {
  const diffusion = new Diffusion(spec, 1, path);
  const { markets, steps, dt, firstDimensions } = diffusion;
  checkJumps(spec, markets, path);
  const common = spec.common.intensity > 0 ? new Jumps(spec.common, dt) : null;
  const own = spec.own.map((terms) => (terms.intensity > 0 ? new Jumps(terms, dt) : null));
  // A step takes a count and a size of each kind of jump: common ones early, because they move all markets.
  const bridgeAt = firstDimensions + (common ? 2 * steps : 0);
  const ownAt = bridgeAt + diffusion.laterDimensions;
  const dimensions = ownAt + 2 * steps * own.filter((jumps) => jumps).length;
  checkDimensions(dimensions, path);
  const drifts = diffusion.drifts.map((drift, m) => {
    return drift - (compensation(spec.common, spec.betas[m]!) + compensation(spec.own[m]!, 1)) * dt;
  });
  let commonSums = new Float64Array(0);
  let ownSums = new Float64Array(0);
  return {
    marketCount: markets,
    stepCount: steps,
    dimensions,
    draw(uniforms: Float64Array, paths: number, into: PathBlock): void {
      if (commonSums.length < paths) {
        commonSums = new Float64Array(paths);
        ownSums = new Float64Array(markets * paths);
      }
      commonSums.fill(0);
      ownSums.fill(0);
      diffusion.draw(uniforms, paths, bridgeAt, into.weights);
      let commonFrom = firstDimensions * paths;
      let ownFrom = ownAt * paths;
      for (let step = 0; step < steps; step++) {
        const returns = into.steps[step]!;
        if (common) {
          common.add(uniforms, commonFrom, paths, commonSums, 0);
          commonFrom += 2 * paths;
        }
        for (let m = 0; m < markets; m++) {
          const at = m * paths;
          const jumps = own[m]!;
          if (jumps) {
            jumps.add(uniforms, ownFrom, paths, ownSums, at);
            ownFrom += 2 * paths;
          }
          diffusion.logsOf(m, step, paths, returns, at);
          const drift = drifts[m]! * (step + 1);
          const beta = spec.betas[m]!;
          for (let p = 0; p < paths; p++) {
            returns[at + p] = returnOfLog(
              drift + returns[at + p]! + beta * commonSums[p]! + ownSums[at + p]!,
            );
          }
        }
      }
    },
  };
}

/** One kind of jump over steps of one length. */
class Jumps {
  readonly #counts: PoissonTable;
  readonly #mean: number;
  readonly #sd: number;

  constructor({ intensity, mean, sd }: JumpTerms, dt: number) {
    this.#counts = new PoissonTable(intensity * dt);
    this.#mean = mean;
    this.#sd = sd;
  }

  /** Adds a step's jumps to the sum of each path. N of them add up to a normal number of mean N mean and variance N sd². */
  add(uniforms: Float64Array, from: number, paths: number, sums: Float64Array, at: number): void {
    for (let p = 0; p < paths; p++) {
      const count = this.#counts.quantile(uniforms[from + p]!);
      if (count === 0) continue;
      const z = normalQuantile(uniforms[from + paths + p]!);
      sums[at + p]! += count * this.#mean + Math.sqrt(count) * this.#sd * z;
    }
  }
}

/** What jumps add to a price's expected growth a year: λ (e^(β mean + β² sd²/2) − 1). */
function compensation({ intensity, mean, sd }: JumpTerms, beta: number): number {
  return intensity * (exp(logMean(mean, sd, beta)) - 1);
}

function checkJumps({ common, betas, own }: MertonSpec, markets: number, path: Path): void {
  checkTerms(common, 'the common jumps', [...path, 'common']);
  checkEach(betas, ['beta', 'betas'], markets, [-10, 10], [...path, 'betas']);
  checkLength(own, 'own jumps', markets, [...path, 'own']);
  for (const [m, terms] of own.entries()) {
    checkTerms(terms, `the jumps of market ${m}`, [...path, 'own', m]);
    checkSize(terms, 1, m, [...path, 'own', m]);
    checkSize(common, betas[m]!, m, [...path, 'betas', m]);
  }
}

function checkTerms({ intensity, mean, sd }: JumpTerms, which: string, path: Path): void {
  checkNumber(intensity, `The intensity of ${which} a year`, 0, 10_000, [...path, 'intensity']);
  checkNumber(mean, `The mean of ${which}`, -5, 5, [...path, 'mean']);
  checkNumber(sd, `The standard deviation of ${which}`, 0, 5, [...path, 'sd']);
}

function checkSize({ mean, sd }: JumpTerms, beta: number, market: number, path: Path): void {
  const size = logMean(mean, sd, beta);
  if (size <= MAX_LOG_MEAN) return;
  throw invalid(
    `A jump multiplies the price of market ${market} by e^${size.toFixed(1)} on average, more than e^${MAX_LOG_MEAN}: make the jumps smaller.`,
    path,
  );
}

/** ln E[e^(β J)] of a normal number J. */
function logMean(mean: number, sd: number, beta: number): number {
  const spread = beta * sd;
  return beta * mean + (spread * spread) / 2;
}
