import type { Path } from '../../core/refusal.ts';
import { checkDimensions } from './check.ts';
import { Diffusion, type DiffusionSpec } from './diffusion.ts';
import type { PathBlock, PriceModel } from './model.ts';

/** Correlated geometric Brownian motions: ln P(t) = ln P₀ + (μ − σ²/2) t + σ W(t), so that E[P(t)] = P₀ e^(μt). */
export interface GbmSpec extends DiffusionSpec {
  readonly kind: 'GBM';
}

/** @throws Refusal with the path of what is wrong in the spec */
export function gbm(spec: GbmSpec, path: Path): PriceModel {
  const diffusion = new Diffusion(spec, 1, path);
  const { markets, steps, firstDimensions, laterDimensions } = diffusion;
  const dimensions = firstDimensions + laterDimensions;
  checkDimensions(dimensions, path);
  return {
    marketCount: markets,
    stepCount: steps,
    dimensions,
    draw(uniforms: Float64Array, paths: number, into: PathBlock): void {
      diffusion.draw(uniforms, paths, firstDimensions, into.weights);
      diffusion.write(paths, into);
    },
  };
}
