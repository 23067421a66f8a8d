import { type Path, Refusal } from '../../core/refusal.ts';
import { type BootstrapSpec, bootstrap } from './bootstrap.ts';
import { type GbmSpec, gbm } from './gbm.ts';
import { type MertonSpec, merton } from './merton.ts';
import type { PriceModel } from './model.ts';
import { type StudentSpec, student } from './student.ts';

/** A model as plain data, which any thread can build it from. Scenarios are no model of chance: they have a function of their own. */
export type ModelSpec = GbmSpec | MertonSpec | StudentSpec | BootstrapSpec;

/**
 * Builds a model. It keeps scratch of its own, which grows with the largest block: one model serves one thread.
 *
 * @param path where the caller has the spec, for refusals
 * @throws Refusal INVALID_INPUT with the path of what is wrong in the spec
 */
export function buildModel(spec: ModelSpec, path: Path = ['model']): PriceModel {
  switch (spec.kind) {
    case 'GBM':
      return gbm(spec, path);
    case 'MERTON':
      return merton(spec, path);
    case 'STUDENT_T':
      return student(spec, path);
    case 'BOOTSTRAP':
      return bootstrap(spec, path);
    default:
      throw new Refusal(
        'INVALID_INPUT',
        'There is no such model: choose GBM, MERTON, STUDENT_T or BOOTSTRAP.',
        [...path, 'kind'],
      );
  }
}
