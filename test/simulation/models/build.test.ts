import { describe, expect, test } from 'vitest';
import type { BootstrapSpec } from '../../../src/simulation/models/bootstrap.ts';
import { buildModel, type ModelSpec } from '../../../src/simulation/models/build.ts';
import type { GbmSpec } from '../../../src/simulation/models/gbm.ts';
import type { MertonSpec } from '../../../src/simulation/models/merton.ts';
import { type ScenarioSpec, scenarios } from '../../../src/simulation/models/scenarios.ts';
import type { StudentSpec } from '../../../src/simulation/models/student.ts';
import { sampler } from '../../../src/simulation/sampling/sampler.ts';
import { blockOf, Paths } from './paths.ts';

const gbm: GbmSpec = {
  kind: 'GBM',
  horizonDays: 7,
  steps: 2,
  drifts: [0.1, 0],
  vols: [0.8, 1],
  correlation: [
    [1, 0.5],
    [0.5, 1],
  ],
  tail: null,
};
const jumps = { intensity: 10, mean: -0.05, sd: 0.1 };
const merton: MertonSpec = {
  ...gbm,
  kind: 'MERTON',
  common: jumps,
  betas: [1, 2],
  own: [jumps, { ...jumps, intensity: 0 }],
};
const student: StudentSpec = { ...gbm, kind: 'STUDENT_T', degreesOfFreedom: 4 };
const bootstrap: BootstrapSpec = {
  kind: 'BOOTSTRAP',
  horizonDays: 8,
  steps: 2,
  history: [
    [0.1, -0.1],
    [0, 0.02],
    [-0.05, 0.03],
    [0.01, 0],
  ],
  rowDays: 1,
  blockLength: 2,
  drifts: [0.1, 0],
};
const listed: ScenarioSpec = {
  kind: 'SCENARIOS',
  returns: [
    [-0.1, 0.2],
    [0, 0],
  ],
  probabilities: [0.25, 0.75],
};
const specs: ModelSpec[] = [
  gbm,
  { ...gbm, tail: { shifts: [-2, null], unshifted: 0.2 } },
  merton,
  student,
  bootstrap,
];

test('a model is the same out of JSON, and however its paths are cut into blocks', () => {
  for (const spec of specs) {
    const whole = new Paths(spec, 64, 'SOBOL', 3n);
    const copy = buildModel(JSON.parse(JSON.stringify(spec)));
    const numbers = sampler('SOBOL', 3n, copy.dimensions).batch(0);
    for (const [from, paths] of [
      [0, 10],
      [10, 50],
      [60, 4],
    ] as const) {
      const uniforms = new Float64Array(copy.dimensions * paths);
      const block = blockOf(copy.stepCount, copy.marketCount, paths);
      numbers.next(paths, uniforms);
      copy.draw(uniforms, paths, block);
      expect(block.weights).toEqual(whole.weights.subarray(from, from + paths));
      for (const [step, returns] of block.steps.entries()) {
        for (const m of [0, 1]) {
          const expected = whole.returns(step, m).subarray(from, from + paths);
          expect(returns.subarray(m * paths, (m + 1) * paths)).toEqual(expected);
        }
      }
    }
  }
});

/** Whoever changes these changes the digits of every run that anybody has the seed of. */
test('digits are fixed by the seed', () => {
  const digits = specs.map((spec) => {
    const paths = new Paths(spec, 4, 'PSEUDO', 2026n);
    return [paths.returns(-1, 0)[3], paths.returns(-1, 1)[2], paths.weights[1]];
  });
  expect(digits).toMatchInlineSnapshot(`
    [
      [
        -0.02133601888683112,
        0.26621841574562155,
        1,
      ],
      [
        0.036952043552989755,
        -0.11056155337025064,
        0.05015186146049803,
      ],
      [
        -0.004678266474183679,
        0.3100841837203878,
        1,
      ],
      [
        -0.016212546090925706,
        0.1811149017139393,
        1,
      ],
      [
        -0.05736321954042045,
        0.17316774658863499,
        1,
      ],
    ]
  `);
});

const NAN = Number.NaN;
const INF = Number.POSITIVE_INFINITY;
const many = (value: number, count: number) => Array<number>(count).fill(value);

describe('a spec is refused', () => {
  test.each<[string, ModelSpec, (string | number)[]]>([
    ['of no kind', { ...gbm, kind: 'HESTON' } as unknown as ModelSpec, ['kind']],
    ['with no horizon', { ...gbm, horizonDays: 0 }, ['horizonDays']],
    ['with a horizon of NaN', { ...gbm, horizonDays: NAN }, ['horizonDays']],
    ['with a horizon past 10 years', { ...gbm, horizonDays: 3_651 }, ['horizonDays']],
    ['with no step', { ...gbm, steps: 0 }, ['steps']],
    ['with half a step', { ...gbm, steps: 1.5 }, ['steps']],
    ['with 1,001 steps', { ...gbm, steps: 1_001 }, ['steps']],
    ['with no market', { ...gbm, vols: [], drifts: [], correlation: [] }, ['vols']],
    ['with 501 markets', { ...gbm, vols: many(1, 501) }, ['vols']],
    ['with a negative volatility', { ...gbm, vols: [1, -0.1] }, ['vols', 1]],
    ['with a volatility above 5,000 %', { ...gbm, vols: [51, 1] }, ['vols', 0]],
    ['with a volatility of infinity', { ...gbm, vols: [INF, 1] }, ['vols', 0]],
    ['with a drift too few', { ...gbm, drifts: [0] }, ['drifts']],
    ['with a drift of NaN', { ...gbm, drifts: [0, NAN] }, ['drifts', 1]],
    ['with a drift below −5,000 %', { ...gbm, drifts: [-51, 0] }, ['drifts', 0]],
    ['with correlations of other markets', { ...gbm, correlation: [[1]] }, ['correlation']],
    [
      'with correlations that are none',
      {
        ...gbm,
        correlation: [
          [1, 2],
          [2, 1],
        ],
      },
      ['correlation', 0, 1],
    ],
    ['with a tail of other markets', { ...gbm, tail: { shifts: [1], unshifted: 0.1 } }, ['tail', 'shifts']],
    [
      'with too many numbers a path',
      {
        ...student,
        steps: 1_000,
        vols: many(1, 150),
        drifts: many(0, 150),
        correlation: many(0, 150).map((_, i) => many(0, 150).map((_, j) => (i === j ? 1 : 0))),
      },
      [],
    ],
    ['with 2 degrees of freedom', { ...student, degreesOfFreedom: 2 }, ['degreesOfFreedom']],
    ['with NaN degrees of freedom', { ...student, degreesOfFreedom: NAN }, ['degreesOfFreedom']],
    ['with negative intensity', { ...merton, common: { ...jumps, intensity: -1 } }, ['common', 'intensity']],
    [
      'with absurd intensity',
      { ...merton, own: [jumps, { ...jumps, intensity: 10_001 }] },
      ['own', 1, 'intensity'],
    ],
    ['with jumps of NaN', { ...merton, common: { ...jumps, mean: NAN } }, ['common', 'mean']],
    [
      'with a negative spread of jumps',
      { ...merton, own: [{ ...jumps, sd: -0.1 }, jumps] },
      ['own', 0, 'sd'],
    ],
    ['with a beta too few', { ...merton, betas: [1] }, ['betas']],
    ['with jumps of its own too few', { ...merton, own: [jumps] }, ['own']],
    ['with jumps beyond reason', { ...merton, common: { ...jumps, sd: 2 }, betas: [1, 4] }, ['betas', 1]],
    ['with no history', { ...bootstrap, history: [] }, ['history']],
    ['with a history of no market', { ...bootstrap, history: [[]] }, ['history', 0]],
    ['with a ragged history', { ...bootstrap, history: [[0, 0], [0]] }, ['history', 1]],
    [
      'with a return of −1',
      {
        ...bootstrap,
        history: [
          [0, 0],
          [0, -1],
        ],
      },
      ['history', 1, 1],
    ],
    ['with a return of NaN', { ...bootstrap, history: [[NAN, 0]], blockLength: 1 }, ['history', 0, 0]],
    ['with a return of infinity', { ...bootstrap, history: [[0, INF]], blockLength: 1 }, ['history', 0, 1]],
    ['with 100,001 rows', { ...bootstrap, history: Array(100_001).fill([0]) }, ['history']],
    ['with blocks longer than the history', { ...bootstrap, blockLength: 5 }, ['blockLength']],
    ['with blocks of 0', { ...bootstrap, blockLength: 0 }, ['blockLength']],
    ['with rows of no time', { ...bootstrap, rowDays: 0 }, ['rowDays']],
    ['with a step of 1⅓ rows', { ...bootstrap, rowDays: 3 }, ['rowDays']],
    ['with a step of no row', { ...bootstrap, rowDays: 30 }, ['rowDays']],
    ['with drifts of other markets', { ...bootstrap, drifts: [1, 2, 3] }, ['drifts']],
  ])('%s', (_, spec, path) => {
    expect(() => buildModel(spec)).toThrow(
      expect.objectContaining({
        code: 'INVALID_INPUT',
        path: ['model', ...path],
        message: expect.stringMatching(/: (give|choose|take|make) .*\.$/),
      }),
    );
  });

  test.each<[string, ScenarioSpec, (string | number)[]]>([
    ['with no scenario', { ...listed, returns: [], probabilities: [] }, ['returns']],
    ['with a scenario too short', { ...listed, returns: [[0, 0], [0]] }, ['returns', 1]],
    [
      'with a return below −1',
      {
        ...listed,
        returns: [
          [0, 0],
          [-1.5, 0],
        ],
      },
      ['returns', 1, 0],
    ],
    ['with a probability too few', { ...listed, probabilities: [1] }, ['probabilities']],
    ['with a negative probability', { ...listed, probabilities: [1.5, -0.5] }, ['probabilities', 0]],
    ['with a probability of NaN', { ...listed, probabilities: [NAN, 1] }, ['probabilities', 0]],
    ['with probabilities of 90 %', { ...listed, probabilities: [0.25, 0.65] }, ['probabilities']],
  ])('%s', (_, spec, path) => {
    expect(() => scenarios(spec, ['model'])).toThrow(
      expect.objectContaining({
        code: 'INVALID_INPUT',
        path: ['model', ...path],
        message: expect.stringMatching(/: (give|divide) .*\.$/),
      }),
    );
  });
});
