import type { Path } from '../../core/refusal.ts';
import { exp, log } from '../sampling/elementary.ts';
import { ChiSquareTable, logGamma } from '../sampling/gamma.ts';
import { checkDimensions, checkNumber, invalid } from './check.ts';
import { Diffusion, type DiffusionSpec } from './diffusion.ts';
import type { PathBlock, PriceModel } from './model.ts';

/**
 * Log returns with fat tails: those of a step are multivariate t with ν degrees of freedom, steps are independent, and a log return
 * has mean (μ − σ²/2) dt and variance σ² dt. A step's markets have one χ² in common, so that they crash together even where they are
 * uncorrelated.
 *
 * The mean of e^t does not exist: μ is the growth that normal returns of the same mean and variance would have, and a mean of
 * prices over paths converges to nothing. Medians, probabilities and losses that the equity bounds do. Nothing is capped.
 *
 * A tail shifts the normals. With few degrees of freedom most of a tail comes from a small χ², which no shift brings about: shift by
 * 1 to 2 deviations then, for more makes it known worse.
 */
export interface StudentSpec extends DiffusionSpec {
  readonly kind: 'STUDENT_T';
  /** ν, above 2 and at most 10,000; 3 to 5 for crypto assets. */
  readonly degreesOfFreedom: number;
}

/** @throws Refusal with the path of what is wrong in the spec */
export function student(spec: StudentSpec, path: Path): PriceModel {
  const nu = spec.degreesOfFreedom;
  const nuPath = [...path, 'degreesOfFreedom'];
  checkNumber(nu, 'The number of degrees of freedom', 2, 10_000, nuPath);
  if (nu === 2) {
    throw invalid(
      'With 2 degrees of freedom the variance does not exist: give more than 2, such as 2.1.',
      nuPath,
    );
  }
  // A step's normals are multiplied by √((ν − 2)/χ²), which has the mean √(ν/2 − 1) Γ((ν − 1)/2) / Γ(ν/2).
  const logScale = log(nu - 2);
  const meanScale = exp(log(nu / 2 - 1) / 2 + logGamma((nu - 1) / 2) - logGamma(nu / 2));
  const diffusion = new Diffusion(spec, meanScale, path);
  const { markets, steps, firstDimensions, laterDimensions } = diffusion;
  const dimensions = firstDimensions + steps + laterDimensions;
  checkDimensions(dimensions, path);
  const table = new ChiSquareTable(nu);
  let scales = new Float64Array(0);
  return {
    marketCount: markets,
    stepCount: steps,
    dimensions,
    draw(uniforms: Float64Array, paths: number, into: PathBlock): void {
      if (scales.length < steps * paths) scales = new Float64Array(steps * paths);
      diffusion.draw(uniforms, paths, firstDimensions + steps, into.weights);
      const from = firstDimensions * paths;
      for (let k = 0; k < steps * paths; k++) {
        // 1 − u, so that a large number means a large shock.
        scales[k] = exp((logScale - table.logQuantile(1 - uniforms[from + k]!)) / 2);
      }
      diffusion.scaleIncrements(scales, paths);
      diffusion.write(paths, into);
    },
  };
}
