import { formatScaled } from '../core/decimal.ts';
import { max } from '../core/money.ts';
import { PostingBatch } from '../core/postings.ts';
import { type Path, Refusal } from '../core/refusal.ts';
import { checkAmount, checkRef } from './check.ts';
import { checkBalance, writeFundEntry, writePostings } from './ledger.ts';
import { refuseWhileOpen } from './rule-changes.ts';
import { type Committed, inPool, type Runtime } from './transaction.ts';

export interface ContributeToFundInput {
  readonly pool: string;
  readonly idempotencyKey: string;
  readonly amount: string;
  readonly kind: 'LIQUIDATION_FEE' | 'OPERATOR_CONTRIBUTION';
  readonly ref?: string | null;
}

/** Pays into the insurance fund: an operator from outside, liquidation fees out of clearing, where they were charged. */
export async function contributeToFund(runtime: Runtime, input: ContributeToFundInput): Promise<Committed> {
  const { idempotencyKey, kind } = input;
  checkRef(input.ref, ['input', 'ref']);
  return inPool(
    runtime,
    { mutation: 'contributeToFund', pool: input.pool, idempotencyKey, input },
    async (tx) => {
      const path: Path = ['input', 'amount'];
      const amount = checkAmount(input.amount, tx.pool.decimals, path);
      if (amount <= 0n)
        throw new Refusal(
          'INVALID_INPUT',
          'A contribution is above zero: to take money out call withdrawFromFund.',
          path,
        );
      const balanceAfter = tx.pool.fundBalance + amount;
      checkBalance(balanceAfter, path);
      const ref = input.ref ?? null;
      const sequence = tx.advance({ fundBalance: balanceAfter });
      writeFundEntry(tx, sequence, { kind, amount, balanceAfter, ref });
      const postings = new PostingBatch();
      postings.ledger('FUND', kind, amount, ref);
      postings.ledger(kind === 'LIQUIDATION_FEE' ? 'CLEARING' : 'OUTSIDE', kind, -amount, ref);
      writePostings(tx, sequence, postings);
      return { sequence, count: 1 };
    },
  );
}

export interface WithdrawFromFundInput {
  readonly pool: string;
  readonly idempotencyKey: string;
  readonly amount: string;
  readonly ref?: string | null;
}

/** Takes money out of the insurance fund: never below its reserve, and never while a loss is open that it is there for. */
export async function withdrawFromFund(runtime: Runtime, input: WithdrawFromFundInput): Promise<Committed> {
  const { idempotencyKey } = input;
  checkRef(input.ref, ['input', 'ref']);
  return inPool(
    runtime,
    { mutation: 'withdrawFromFund', pool: input.pool, idempotencyKey, input },
    async (tx) => {
      const { pool } = tx;
      const path: Path = ['input', 'amount'];
      const amount = checkAmount(input.amount, pool.decimals, path);
      if (amount <= 0n)
        throw new Refusal(
          'INVALID_INPUT',
          'What is taken out is above zero: to pay in call contributeToFund.',
          path,
        );
      await refuseWhileOpen(tx, ['input', 'pool']);
      const available = max(0n, pool.fundBalance - pool.rules.fundReserve);
      if (amount > available) {
        throw new Refusal(
          'INSUFFICIENT_FUNDS',
          `The fund has ${formatScaled(available, pool.decimals)} above its reserve: take out at most that.`,
          path,
        );
      }
      const balanceAfter = pool.fundBalance - amount;
      const ref = input.ref ?? null;
      const sequence = tx.advance({ fundBalance: balanceAfter });
      writeFundEntry(tx, sequence, { kind: 'WITHDRAWAL', amount: -amount, balanceAfter, ref });
      const postings = new PostingBatch();
      postings.ledger('FUND', 'WITHDRAWAL', -amount, ref);
      postings.ledger('OUTSIDE', 'WITHDRAWAL', amount, ref);
      writePostings(tx, sequence, postings);
      return { sequence, count: 1 };
    },
  );
}
