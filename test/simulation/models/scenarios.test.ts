import { describe, expect, test } from 'vitest';
import { type ScenarioSpec, scenarios } from '../../../src/simulation/models/scenarios.ts';
import { blockOf } from './paths.ts';

const spec: ScenarioSpec = {
  kind: 'SCENARIOS',
  returns: [
    [-0.5, -0.9],
    [0, 0],
    [0.2, 3],
    [-0.99, 0.01],
  ],
  probabilities: [0.1, 0.7, 0.15, 0.05],
};

describe('scenarios', () => {
  test('are the paths, whole or block by block', () => {
    const set = scenarios(spec, []);
    expect(set).toMatchObject({ marketCount: 2, scenarioCount: 4 });
    const whole = blockOf(1, 2, 4);
    set.draw(0, 4, whole);
    expect([...whole.steps[0]!]).toEqual([-0.5, 0, 0.2, -0.99, -0.9, 0, 3, 0.01]);
    const part = blockOf(1, 2, 3);
    set.draw(1, 3, part);
    expect([...part.steps[0]!]).toEqual([0, 0.2, -0.99, 0, 3, 0.01]);
    expect(part.weights).toEqual(whole.weights.subarray(1));
  });

  test('weigh 1 on average, so that a weighted mean is the expectation', () => {
    const set = scenarios(spec, []);
    const { steps, weights } = blockOf(1, 2, 4);
    set.draw(0, 4, { steps, weights });
    expect(weights.reduce((sum, weight) => sum + weight) / 4).toBeCloseTo(1, 15);
    const mean = weights.reduce((sum, weight, p) => sum + weight * steps[0]![p]!, 0) / 4;
    expect(mean).toBeCloseTo(-0.5 * 0.1 + 0.2 * 0.15 - 0.99 * 0.05, 15);
  });

  test('of thirds add up', () => {
    const third = { ...spec, returns: spec.returns.slice(1), probabilities: [1 / 3, 1 / 3, 1 / 3] };
    const block = blockOf(1, 2, 3);
    scenarios(third, []).draw(0, 3, block);
    expect([...block.weights]).toEqual([1, 1, 1]);
  });
});
