import { expect, test } from 'vitest';
import { InvariantViolation } from '../../src/core/assert.ts';
import { COUNTER_LEDGER, PostingBatch } from '../../src/core/postings.ts';

test('hands out postings that sum to zero, and leaves out zeros', () => {
  const batch = new PostingBatch();
  batch.account(1, 'DEPOSIT', 10n, 10n, 'wire');
  batch.account(2, 'FEE', 0n, 5n);
  batch.ledger('OUTSIDE', 'DEPOSIT', -10n);
  batch.ledger('FUND', 'LOSS_DRAW', 0n);
  expect(batch.balanced().map(({ ledger, accountNo, amount }) => [ledger, accountNo, amount])).toEqual([
    ['ACCOUNT', 1, 10n],
    ['OUTSIDE', null, -10n],
  ]);
});

test('stops where money would appear or vanish', () => {
  const batch = new PostingBatch();
  batch.account(1, 'DEPOSIT', 10n, 10n);
  batch.ledger('OUTSIDE', 'DEPOSIT', -9n);
  expect(() => batch.balanced()).toThrow(InvariantViolation);
});

test('cash comes from outside, what traders make and pay goes over clearing', () => {
  expect(COUNTER_LEDGER).toEqual({
    DEPOSIT: 'OUTSIDE',
    WITHDRAWAL: 'OUTSIDE',
    REALIZED_PNL: 'CLEARING',
    FEE: 'CLEARING',
    FUNDING: 'CLEARING',
    COLLATERAL: 'CLEARING',
  });
});
