/**
 * A pool as a simulation sees it, at one sequence and at the marks: its ACTIVE accounts whose positions all have marks, in
 * columns of doubles. Amounts are in whole units of the pool's asset (1 is 1 USDC, not one atom). No float here is ever booked.
 */
export interface SimulationBook {
  readonly accountCount: number;
  /** Markets with a mark, from 0 on. */
  readonly marketCount: number;
  /** e₀ = balance + unrealized PnL. */
  readonly equities: Float64Array;
  /** g₀: the profit by the pool's basis; it moves with the equity. */
  readonly gains: Float64Array;
  /** b: the haircuts that count against that profit. */
  readonly burdens: Float64Array;
  /** β of each account, 0 to 1. */
  readonly rates: Float64Array;
  /** Account i has the positions starts[i] to before starts[i + 1]; one longer than there are accounts. */
  readonly starts: Uint32Array;
  /** Of each position its market. */
  readonly markets: Uint32Array;
  /** Of each position size × contract size × mark, signed: the equity moves by exposure × return. */
  readonly exposures: Float64Array;
  /** Of each position its maintenance margin at the mark, ≥ 0; at a return R it is (1 + R) times that. */
  readonly maintenances: Float64Array;
  /** Of each position its unrealized PnL at the mark, and |cost|: what it was entered for. */
  readonly pnls: Float64Array;
  readonly costs: Float64Array;
  /** The owner of each account, by a number; accounts are in the byte order of their refs, and markets in that of their symbols. */
  readonly owners: Uint32Array;
}

/** Who is closed out at the end of a step: whoever is below zero, or whoever is below the maintenance margin. */
export type CloseOutAt = 'BELOW_ZERO' | 'BELOW_MAINTENANCE';

/** How accounts are closed out, and what each loss may ask of the tiers before the fund's balance limits them. */
export interface CloseOutTerms {
  readonly closeOutAt: CloseOutAt;
  /** What closing costs, as a share of the notional at the path's prices, 0 to 1. */
  readonly slippage: number;
  /** What the operator pays for one event at most; 0 where it is no tier. */
  readonly operatorCap: number;
  /** What the fund pays for one event at most, after the operator: Infinity for no limit, 0 where it is no tier. */
  readonly fundCap: number;
}
