import fc from 'fast-check';
import { expect, test } from 'vitest';
import { healthToTell } from '../../src/margin/alert.ts';
import { HEALTHS, healthOf } from '../../src/margin/margin.ts';

const margin = (equity: bigint, maintenance = 100n, initial = 200n) => ({
  balance: 0n,
  unrealized: equity,
  equity,
  notional: 2_000n,
  initial,
  maintenance,
});

test('tells what gets worse at once, and what gets better a twentieth beyond', () => {
  const told = (from: (typeof HEALTHS)[number], equity: bigint) => healthToTell(from, margin(equity));
  expect([told('SAFE', 200n), told('SAFE', 199n), told('SAFE', 99n), told('SAFE', -1n)]).toEqual([
    'SAFE',
    'MARGIN_CALL',
    'LIQUIDATABLE',
    'BANKRUPT',
  ]);
  expect([told('MARGIN_CALL', 209n), told('MARGIN_CALL', 210n)]).toEqual(['MARGIN_CALL', 'SAFE']);
  expect([told('LIQUIDATABLE', 104n), told('LIQUIDATABLE', 105n), told('LIQUIDATABLE', 210n)]).toEqual([
    'LIQUIDATABLE',
    'MARGIN_CALL',
    'SAFE',
  ]);
  expect([
    told('BANKRUPT', 4n),
    told('BANKRUPT', 5n),
    told('BANKRUPT', 104n),
    told('BANKRUPT', 105n),
  ]).toEqual(['BANKRUPT', 'LIQUIDATABLE', 'LIQUIDATABLE', 'MARGIN_CALL']);
  // An account that closed everything is back at once.
  expect(healthToTell('BANKRUPT', margin(0n, 0n, 0n))).toBe('SAFE');
});

test('never tells better than it is, is silent where it told before, and one hovering price is told once', () => {
  const amount = fc.bigInt({ min: -50n, max: 400n });
  const rank = (health: (typeof HEALTHS)[number]) => HEALTHS.indexOf(health);
  fc.assert(
    fc.property(
      fc.constantFrom(...HEALTHS),
      amount,
      fc.bigInt({ min: 0n, max: 150n }),
      amount,
      (told, equity, m, over) => {
        const now = margin(equity, m, m + (over < 0n ? 0n : over));
        const next = healthToTell(told, now);
        expect(rank(next)).toBeGreaterThanOrEqual(rank(healthOf(now)));
        expect(healthToTell(next, now)).toBe(next);
      },
    ),
  );
  for (const threshold of [0n, 100n, 200n]) {
    let told: (typeof HEALTHS)[number] = healthOf(margin(threshold + 2n));
    let alerts = 0;
    for (let tick = 0; tick < 50; tick++) {
      const next = healthToTell(told, margin(threshold + (tick % 2 === 0 ? -1n : 1n)));
      if (next !== told) alerts++;
      told = next;
    }
    expect(alerts).toBe(1);
  }
});
