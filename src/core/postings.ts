import { assert } from './assert.ts';

/** What a posting is booked on. BEARERS stands for all haircuts of a settlement, which have rows of their own. */
export type Ledger = 'CLEARING' | 'OUTSIDE' | 'FUND' | 'BEARERS';

export type TransferKind = 'DEPOSIT' | 'WITHDRAWAL' | 'REALIZED_PNL' | 'FEE' | 'FUNDING' | 'COLLATERAL';

export type PostingKind =
  | TransferKind
  | 'LIQUIDATION_FEE'
  | 'OPERATOR_CONTRIBUTION'
  | 'OPERATOR_CAPITAL'
  | 'LOSS_DRAW'
  | 'HAIRCUT'
  | 'LOSS_COVER'
  | 'RECOVERY'
  | 'REVERSAL';

/** Cash enters and leaves from outside; what traders make and pay among themselves goes over clearing. */
export const COUNTER_LEDGER: Record<TransferKind, Ledger> = {
  DEPOSIT: 'OUTSIDE',
  WITHDRAWAL: 'OUTSIDE',
  REALIZED_PNL: 'CLEARING',
  FEE: 'CLEARING',
  FUNDING: 'CLEARING',
  COLLATERAL: 'CLEARING',
};

export interface Posting {
  readonly ledger: Ledger | 'ACCOUNT';
  readonly accountNo: number | null;
  readonly kind: PostingKind;
  /** Atoms added to the ledger account. */
  readonly amount: bigint;
  /** The account's balance after it; null on the other ledgers. */
  readonly balanceAfter: bigint | null;
  readonly ref: string | null;
}

/** Collects the postings of one mutation; a zero amount makes none, and what it hands out sums to zero. */
export class PostingBatch {
  readonly #postings: Posting[] = [];

  account(
    accountNo: number,
    kind: PostingKind,
    amount: bigint,
    balanceAfter: bigint,
    ref: string | null = null,
  ) {
    if (amount !== 0n) this.#postings.push({ ledger: 'ACCOUNT', accountNo, kind, amount, balanceAfter, ref });
  }

  ledger(ledger: Ledger, kind: PostingKind, amount: bigint, ref: string | null = null) {
    if (amount !== 0n) {
      this.#postings.push({ ledger, accountNo: null, kind, amount, balanceAfter: null, ref });
    }
  }

  balanced(): readonly Posting[] {
    const total = this.#postings.reduce((sum, posting) => sum + posting.amount, 0n);
    assert(total === 0n, 'postings sum to zero');
    return this.#postings;
  }
}
