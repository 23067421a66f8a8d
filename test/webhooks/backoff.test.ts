import fc from 'fast-check';
import { expect, it } from 'vitest';
import { backoffMs, givesUp, politely } from '../../src/webhooks/backoff.ts';

const HOUR = 3_600_000;

it('doubles, from seconds up to hours, and stays there', () => {
  expect([1, 2, 3, 4].map((failures) => backoffMs(failures, 0))).toEqual([5_000, 10_000, 20_000, 40_000]);
  expect(backoffMs(20, 0)).toBe(6 * HOUR);
  expect(backoffMs(1_000_000, 0)).toBe(6 * HOUR);
});

it('is shorter by up to a half, by chance', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (failures, chance) => {
        const [most, wait] = [backoffMs(failures, 0), backoffMs(failures, chance)];
        expect(wait).toBeGreaterThanOrEqual(most / 2);
        expect(wait).toBeLessThanOrEqual(most);
      },
    ),
  );
});

it('waits as long as the receiver asks, within reason', () => {
  expect(politely(5_000, null)).toBe(5_000);
  expect(politely(5_000, 1_000)).toBe(5_000);
  expect(politely(5_000, 60_000)).toBe(60_000);
  expect(politely(5_000, 1_000 * HOUR)).toBe(6 * HOUR);
});

it('gives up after three days of failures, and not before', () => {
  const since = '2026-01-01T00:00:00.000000Z';
  expect(givesUp(since, '2026-01-03T23:59:59.999Z')).toBe(false);
  expect(givesUp(since, '2026-01-04T00:00:00.000Z')).toBe(true);
});
