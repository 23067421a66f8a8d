/** What the accounts came to on each path of a block at the end of a step. One number a path. */
export interface StepTotals {
  /** Σ deficit of the accounts that this step closed out below zero. */
  readonly deficits: Float64Array;
  /** Σ min(deficit, operatorCap), an event each. */
  readonly operatorAsks: Float64Array;
  /** Σ min(deficit − what the operator was asked for, fundCap). */
  readonly fundAsks: Float64Array;
  /** The largest deficit of this step, and the next. */
  readonly largest: Float64Array;
  readonly second: Float64Array;
  /** How many accounts this step closed out, and how many of them below zero. */
  readonly closed: Float64Array;
  readonly bankrupt: Float64Array;
  /** W = Σ w of the accounts that are still open, and C = Σ cap of them. */
  readonly profits: Float64Array;
  readonly capacities: Float64Array;
}

/** Sums over paths, weighted, one number an account. */
export interface AccountSums {
  /** g: what the account's own funds changed by, had nobody taken haircuts: never below −max(0, e₀). */
  readonly g: Float64Array;
  readonly gg: Float64Array;
  readonly ggg: Float64Array;
  /** h: all haircuts that it bore on the path. */
  readonly h: Float64Array;
  readonly gh: Float64Array;
  readonly hh: Float64Array;
  readonly ggh: Float64Array;
  readonly ghh: Float64Array;
  readonly hhh: Float64Array;
  /** Weights of the paths on which it: ended open with a haircutable profit; was closed out; ended below zero; bore a haircut. */
  readonly won: Float64Array;
  readonly closed: Float64Array;
  readonly bankrupt: Float64Array;
  readonly cut: Float64Array;
}

/**
 * Moves all accounts of a book along a block of paths. Account i, at cumulative returns R since the marks and after haircuts of
 * `taken` on this path:
 *
 *     Δ = Σ exposure × R          e = e₀ + Δ − taken
 *     w = max(0, min(g₀ + Δ − b − taken, e))          cap = min(w, max(0, β (g₀ + Δ) − b − taken))
 *
 * as core/profit.ts has it, in doubles and without its roundings. An account that is closed out is out of the path from then on: with
 * left = e − slippage × Σ |exposure| (1 + R), what is below zero is its deficit, and its g and h are final.
 *
 * A block goes begin → (move → borne* → take?)× steps, the last move with `last`, → finish; sums add up until cleared. What is handed
 * in is read before the call returns.
 *
 * Digits: everything is added in one order, accounts in theirs and paths of a block in two lanes in turn, without fused operations. So
 * the same blocks with the same paths have the same digits on every machine and in both kernels. Other blocks of the same paths add
 * the sums of an account up in another order, and differ by some 10^-16 of the size of the terms.
 */
export interface Kernel {
  /** The most paths that a block may have. */
  readonly blockPaths: number;
  /** Starts a block: every account back at the marks, open, with nothing taken. `weights` has one number a path. */
  begin(paths: number, weights: Float64Array): void;
  /** @param returns marketCount × paths, by market: the simple return since the marks, > −1 */
  move(returns: Float64Array, last: boolean, totals: StepTotals): void;
  /**
   * What all open accounts would give at these levels λ, Σ min(cap, λ w), and Σ w of those that are below their cap, on each path
   * whose level is above 0 (elsewhere 0). It changes nothing.
   */
  borne(levels: Float64Array, amounts: Float64Array, slopes: Float64Array): void;
  /** Takes min(cap, λ w) from every open account, on each path whose level is above 0. */
  take(levels: Float64Array): void;
  /** Ends the block: every account's g and h go into the sums. */
  finish(): void;
  readonly sums: AccountSums;
  clear(): void;
}
