/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/**
 * How a socialized loss S is divided over the profitable accounts. Every method is exact: haircuts are whole smallest units,
 * sum to S, and none is above its cap = min(w, max(0, ⌊β × profit⌋ − b)). Each share is min(cap, f(λ)) with one λ for all; it
 * is floored, and the units left over go one each to the largest remainders, ties to the smaller account ref in UTF-8 byte
 * order. `compareAllocations` shows them side by side.
 */
export type AllocationMethod =
  /**
   * The auto-deleveraging queue of the large venues, as a haircut: ranked by (profit ÷ cost) × (notional ÷ equity), the first
   * gives up its cap, then the next: h = min(cap, max(0, S − caps ahead)). Being closed against the bankrupt at its
   * bankruptcy price costs a winner the same; here it keeps its position. `Pool.queue` shows the places.
   */
  | 'ADL_QUEUE'
  /**
   * Everybody keeps the same amount, as far as its profit goes: h = min(cap, max(0, w − λ)). Spares small winners; splitting an
   * account lets its owner keep more (Aumann and Maschler 1985; Thomson 2019).
   */
  | 'CONSTRAINED_EQUAL_AWARDS'
  /**
   * Everybody gives up the same amount, as far as its cap goes: h = min(cap, λ). Spares large winners; splitting an account
   * costs its owner more (Aumann and Maschler 1985; Thomson 2019).
   */
  | 'CONSTRAINED_EQUAL_LOSSES'
  /**
   * In proportion to open interest: h = min(cap, λ × notional), as Drift and Mango socialize losses. Who holds more pays more,
   * whatever it won. Accounts without a notional bear last, by profit.
   */
  | 'OPEN_INTEREST'
  /**
   * In proportion to haircutable profit, within each account's cap: h = min(cap, λ × w) with λ such that the haircuts sum
   * to S; cap = min(w, max(0, ⌊β × u⌋ − b)). Shares are floored to the smallest unit, and the units left over go one each
   * to the largest remainders, ties to the smaller account ref in UTF-8 byte order. The only symmetric method that neither
   * splitting an account nor settling in steps changes (O'Neill 1982; Thomson 2019).
   */
  | 'PRO_RATA'
  /**
   * In proportion to profit × leverage^k: h = min(cap, λ × w × ℓ^k) with ℓ = notional ÷ equity, in steps of 10^-6 and at most
   * `maxLeverage`, and k = `leverageExponent`. Who took more risk for the same profit gives up more. Accounts without a
   * notional bear last, by profit (Chitra, arXiv 2512.01112v3, risk-aware pro rata, in its budget-balanced form).
   */
  | 'RISK_WEIGHTED'
  /**
   * Equal losses until everybody gave up half its profit, min(cap, w ÷ 2, λ); beyond that equal awards, min(cap,
   * max(w ÷ 2, w − λ)). It treats what is lost and what is kept alike. Settling in steps ends elsewhere than settling at once
   * (Aumann and Maschler 1985).
   */
  | 'TALMUD';

/** A history that days are drawn from. */
export type BootstrapInput = {
  /** How many rows are drawn one after the other, which keeps what clusters together: 1 to 1000. 1 when omitted. */
  blockLength?: number | null | undefined;
  /** Annual drifts that replace the history's, in the order of the columns. */
  drifts?: Array<number> | null | undefined;
  /** Simple returns, above −1: a row a date, a column a market. At most 100,000 rows. */
  history: Array<Array<number>>;
  /** The markets, each once, in the order of the columns. */
  markets: Array<string>;
  /** How many days a row spans. 1 when omitted. */
  rowDays?: number | null | undefined;
};

/** Who is closed out. */
export type CloseOutAt =
  /** Whoever's equity is below the maintenance margin. */
  | 'BELOW_MAINTENANCE'
  /** Whoever's equity is below 0. */
  | 'BELOW_ZERO';

/** The kinds of refusal. */
export type ErrorCode =
  /** The account is BANKRUPT or CLOSED. Leave it out. */
  | 'ACCOUNT_NOT_ACTIVE'
  /** That name is taken. Use what is there, or choose another name. */
  | 'ALREADY_EXISTS'
  /**
   * The pool was busy with another mutation for too long. Send the same call again. Results without this member tell it as
   * RATE_LIMITED in `errors`.
   */
  | 'CONFLICT_RETRY'
  /** The idempotency key was used with another input. Send that input, or choose a new key. */
  | 'IDEMPOTENCY_CONFLICT'
  /** The withdrawal is more than the account or the fund may give. Withdraw less, or reduce positions. */
  | 'INSUFFICIENT_FUNDS'
  /** A value is malformed, out of range or contradictory. Mend what `path` names. */
  | 'INVALID_INPUT'
  /** More than is allowed: of a position in its market, or of what one caller may have at once. The message says what to reduce. */
  | 'LIMIT_EXCEEDED'
  /** The loss event is covered in full. Leave it out. */
  | 'LOSS_ALREADY_SETTLED'
  /** A loss event is OPEN. Settle it first. */
  | 'LOSS_OPEN'
  /** A mark moves by more than the market's band. Send it again with `confirm: true` if it is right. */
  | 'MARK_HELD'
  /** No loss is open. Report a bankruptcy first. */
  | 'NOTHING_TO_SETTLE'
  /** At these prices the account's equity is not below zero. Liquidate it instead. */
  | 'NOT_BANKRUPT'
  /** The input names something that is not there. Create it, or mend the name. */
  | 'NOT_FOUND'
  /** The account is SAFE or in MARGIN_CALL at the marks. Leave it. */
  | 'NOT_LIQUIDATABLE'
  /** The settlement can no longer be taken back. Reverse the later one first, or record what comes back as a recovery. */
  | 'NOT_REVERSIBLE'
  /** The pool is halted. Wait until an administrator resumes it. */
  | 'POOL_HALTED'
  /** A mark is older than the rules allow. Publish a fresh one, or settle as ADMIN with a reason. */
  | 'STALE_MARKS'
  /** A loss event is OPEN and the pool's rules hold withdrawals. Withdraw after the settlement. */
  | 'WITHDRAWALS_GATED'
  /** The pool takes its positions the other way. Send what the rule `positionSource` says. */
  | 'WRONG_POSITION_SOURCE';

/** Geometric Brownian motions. */
export type GbmInput = {
  /** The correlations of the log returns, in the order of `markets`: symmetric, and positive semidefinite. Independent when omitted. */
  correlation?: Array<Array<number>> | null | undefined;
  /** The markets, each once. */
  markets: Array<MarketModelInput>;
  /** With importance sampling the share of paths that is drawn as if there were none, 0.01 to 0.99: no weight exceeds 1 ÷ that. 0.2 when omitted. */
  unshifted?: number | null | undefined;
};

/** A stream of jumps of a log price. */
export type JumpInput = {
  /** The standard deviation of a jump, 0 to 5. */
  deviation: number;
  /** How many a year on average, 0 to 10,000. */
  intensity: number;
  /** The mean of a jump, −5 to 5: −0.1 is a fall by about 10 %. */
  mean: number;
};

/** Whose profit bears a loss. */
export type LossScope =
  /**
   * That of the markets in which the bankrupt lost: its deficit is divided over them in proportion to what it lost in each
   * when it was closed out, and each part is borne by that market's winners. An account's profit counts in the markets that it
   * won in, in proportion to what it won there. A bankrupt that lost in no market is the whole pool's. Not with the profit
   * basis SESSION.
   */
  | 'MARKET'
  /** That of all profitable accounts. */
  | 'POOL';

/** One market of a model. */
export type MarketModelInput = {
  /** The annual drift μ, −50 to 50: E[P(t)] = P e^(μt). 0 when omitted. */
  drift?: number | null | undefined;
  /** What it makes of a common jump, −10 to 10. 1 when omitted; only MertonInput reads it. */
  jumpBeta?: number | null | undefined;
  /** The market's symbol. */
  market: string;
  /** Jumps of its own; only MertonInput reads them. */
  ownJumps?: JumpInput | null | undefined;
  /**
   * Importance sampling: by how many standard deviations the mean of its log price at the horizon is moved, −10 to 10; −2 samples falls.
   * A market without one follows the others as it is correlated with them. Weights undo it, so that estimates stay right.
   */
  shift?: number | null | undefined;
  /** The annual volatility of its log price, 0 to 50: 0.8 is 80 %. Without its jumps. */
  volatility: number;
};

/** Merton's jump diffusion. */
export type MertonInput = {
  /** Jumps that all markets have at once, each by its `jumpBeta`. */
  commonJumps?: JumpInput | null | undefined;
  /** The correlations of the log returns without jumps, in the order of `markets`. Independent when omitted. */
  correlation?: Array<Array<number>> | null | undefined;
  /** The markets, each once. */
  markets: Array<MarketModelInput>;
  /** With importance sampling the share of paths that is drawn as if there were none, 0.01 to 0.99. 0.2 when omitted. */
  unshifted?: number | null | undefined;
};

/** Whether a pool takes mutations. */
export type PoolStatus =
  /** It does. */
  | 'ACTIVE'
  /**
   * Every mutation is refused with POOL_HALTED, but for replays and what an administrator mends it with: `resumePool`,
   * `updatePoolRules`, `setHaircutCaps` and `reverseSettlement`. Queries and subscriptions go on.
   */
  | 'HALTED';

/** Which losses to run through the waterfall, without settling them. */
export type PreviewSettlementInput = {
  /** A hypothetical deficit to add, at least 0, for what-if questions: it is settled jointly with the others. */
  extraDeficit?: string | null | undefined;
  /** Loss events by ref, OPEN or PARTIALLY_COVERED, each once; all that are OPEN when omitted. */
  lossEvents?: Array<string> | null | undefined;
  /** The pool's name. */
  pool: string;
};

/** Which profit bears a socialized loss. */
export type ProfitBasis =
  /**
   * What was made since the pool's last session cut, realized or not: REALIZED_PNL since the cut + unrealized PnL − unrealized
   * PnL at the cut; less what haircuts took from it. So closing a position does not dodge the haircut. `startSession` cuts.
   */
  | 'SESSION'
  /** Unrealized PnL at the marks of the settlement, less what haircuts took from it before. */
  | 'UNREALIZED';

/** How the random numbers of a simulation hang together. */
export type SamplingKind =
  /** In pairs that mirror each other: where one path falls, the other rises. */
  | 'ANTITHETIC'
  /** Not at all. */
  | 'PSEUDO'
  /** As a scrambled Sobol sequence, which fills the space evenly: errors shrink faster. */
  | 'SOBOL';

/** Which losses to settle. All that are settled in one call share one snapshot of marks and profits. */
export type SettleLossesInput = {
  /**
   * 1 to 255 bytes of your choice, unique in the pool over all mutations. Send the same key and input again after a
   * timeout or a crash: it answers what it answered first and writes nothing. With another input it is
   * IDEMPOTENCY_CONFLICT. Only successes are kept, and for ever; inputs are compared after coercion.
   */
  idempotencyKey: string;
  /**
   * Loss events by ref, each once; all that are OPEN when omitted. A PARTIALLY_COVERED one is settled again, for what is
   * uncovered, when it is named.
   */
  lossEvents?: Array<string> | null | undefined;
  /** The pool's name. */
  pool: string;
  /**
   * Why to settle although marks are older than the rules allow, 1 to 255 bytes: everyone who may read the settlement reads it. Needs
   * the role ADMIN.
   */
  staleMarksReason?: string | null | undefined;
};

/** How markets move: one of these. Each market in which somebody holds a position is named. */
export type SimulationModelInput =
  {   /** Days drawn from a history of returns. */
  bootstrap: BootstrapInput; gbm?: never; merton?: never; scenarios?: never; studentT?: never; }
  |  { bootstrap?: never;   /** Correlated geometric Brownian motions. */
  gbm: GbmInput; merton?: never; scenarios?: never; studentT?: never; }
  |  { bootstrap?: never; gbm?: never;   /** Merton's jump diffusion: Brownian motions with jumps in common, and jumps of each market's own. */
  merton: MertonInput; scenarios?: never; studentT?: never; }
  |  { bootstrap?: never; gbm?: never; merton?: never;   /** Futures that are named one by one, each with its probability. */
  scenarios: SimulationScenariosInput; studentT?: never; }
  |  { bootstrap?: never; gbm?: never; merton?: never; scenarios?: never;   /** Correlated Student-t shocks to the log prices. */
  studentT: StudentTInput; };

/** One future. */
export type SimulationScenarioInput = {
  /** Its probability; those of all add up to 1. */
  probability: number;
  /** The simple return of each market, above −1. */
  returns: Array<number>;
};

/** Futures that are named. */
export type SimulationScenariosInput = {
  /** The markets, each once, in the order of the returns. */
  markets: Array<string>;
  /** At most 100,000. */
  scenarios: Array<SimulationScenarioInput>;
};

/** How a simulation stands. */
export type SimulationStatus =
  /** It was ended before its time. */
  | 'CANCELLED'
  /** It has its result. */
  | 'DONE'
  /** It could not be brought to its end: see `problem`. */
  | 'FAILED'
  /** It waits for its turn. */
  | 'QUEUED'
  /** A server works on it. */
  | 'RUNNING';

/** What to simulate, over which pool. Numbers that are no money are floats: nothing of a simulation is ever booked. */
export type StartSimulationInput = {
  /** Who is closed out at the end of a step. BELOW_MAINTENANCE when omitted. */
  closeOutAt?: CloseOutAt | null | undefined;
  /** What the fund could have above its reserve instead, for the fund curve: at most 64 sizes. Multiples of what it has when omitted. */
  fundSizes?: Array<string> | null | undefined;
  /** How long, in days of 24 hours: above 0 and at most 3650. 1 when omitted. */
  horizonDays?: number | null | undefined;
  /** A key of the caller's own: the same key and input answer the same simulation. */
  idempotencyKey: string;
  /** The levels of each account's haircut at risk, above 0 and below 1: at most 10. 0.95 and 0.99 when omitted. */
  levels?: Array<number> | null | undefined;
  /** Methods of allocation to compare on the same paths, each once; none when omitted. */
  methods?: Array<AllocationMethod> | null | undefined;
  /** How the markets move. */
  model: SimulationModelInput;
  /** How many paths: 1 to 10,000,000, and accounts × paths × steps at most 2 × 10^11. 10,000 when omitted. Scenarios are as many as are named. */
  paths?: number | null | undefined;
  /** The pool's name. */
  pool: string;
  /** How the random numbers of the paths hang together. PSEUDO when omitted. */
  sampling?: SamplingKind | null | undefined;
  /** A whole number from 0 to 2^64 − 1: the same seed gives the same digits, whatever the machine. "1" when omitted. */
  seed?: string | null | undefined;
  /** What closing out costs, as a share of the notional at the path's prices, 0 to 1. 0 when omitted. */
  slippage?: string | null | undefined;
  /** In how many steps: accounts are closed out, and losses settled, at the end of each. 1 to 1000; 1 when omitted. */
  steps?: number | null | undefined;
};

/** Student-t shocks: fatter tails, which all markets have at once. */
export type StudentTInput = {
  /** The correlations of the log returns, in the order of `markets`. Independent when omitted. */
  correlation?: Array<Array<number>> | null | undefined;
  /** ν, above 2 and at most 10,000: 3 to 5 for crypto assets. */
  degreesOfFreedom: number;
  /** The markets, each once. */
  markets: Array<MarketModelInput>;
  /** With importance sampling the share of paths that is drawn as if there were none, 0.01 to 0.99. 0.2 when omitted. */
  unshifted?: number | null | undefined;
};

/** Who pays for a deficit. Each tier pays for what those before it left. */
export type WaterfallTierKind =
  /** The insurance fund above its reserve, up to its cap per event. Events settled together share it by their deficits. */
  | 'INSURANCE_FUND'
  /** The venue's own money (skin in the game), up to its cap per event. It comes from outside the pool. */
  | 'OPERATOR_CAPITAL'
  /**
   * The profits of the same owner's other accounts in the pool, pro rata and up to all of their haircutable profit: against
   * losing in one account what one wins in another. They hear of it as a haircut.
   */
  | 'OWNER_RECOURSE'
  /** The bankrupt itself: a deficit is what its collateral left, so nothing more comes from here. */
  | 'OWN_COLLATERAL'
  /** The profitable accounts, by the pool's method. */
  | 'SOCIALIZATION';

export type PoolsQueryVariables = Exact<{
  after?: string | null | undefined;
}>;


export type PoolsQuery = { pools: { pageInfo: { hasNextPage: boolean, endCursor: string | null }, edges: Array<{ node: { name: string, status: PoolStatus, asset: string, sequence: string, insuranceFund: { balance: string }, totals: { accounts: number, equity: string, openDeficit: string, uncovered: string, haircutCapacity: string } } }> } };

export type OnePoolQueryVariables = Exact<{
  name: string;
}>;


export type OnePoolQuery = { pool: { name: string, status: PoolStatus, haltReason: string | null, asset: string, decimals: number, sequence: string, insuranceFund: { balance: string, available: string }, totals: { accounts: number, profitableAccounts: number, balance: string, equity: string, openInterest: string, openDeficit: string, uncovered: string, haircutCapacity: string }, rules: { version: number, method: AllocationMethod, scope: LossScope, profitBasis: ProfitBasis, maxHaircutRate: string, tiers: Array<{ tier: WaterfallTierKind, capPerEvent: string | null, reserve: string | null }> }, markets: Array<{ symbol: string, markPrice: string | null, markedAt: string | null, maintenanceMarginRate: string }>, lossEvents: { edges: Array<{ node: { ref: string, sequence: string, deficit: string, openedAt: string } }> } } | null };

export type PreviewQueryVariables = Exact<{
  input: PreviewSettlementInput;
  pool: string;
  haircuts: number;
}>;


export type PreviewQuery = { pool: { asset: string } | null, previewSettlement:
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NothingToSettleError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'SettlementPreview', deficit: string, recourse: string, operatorCapital: string, fundDraw: string, residual: string, haircutCapacity: string, socialized: string, uncovered: string, haircutCount: number, haircutRatio: { decimal: string }, haircuts: Array<{ profit: string, amount: string, account: { ref: string } }> }
   };

export type SettleMutationVariables = Exact<{
  input: SettleLossesInput;
}>;


export type SettleMutation = { settleLosses:
    | { __typename: 'ConflictRetryError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'IdempotencyConflictError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'LossAlreadySettledError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NothingToSettleError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'PoolHaltedError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'Settlement', sequence: string, settledAt: string, method: AllocationMethod, deficit: string, recourse: string, operatorCapital: string, fundDraw: string, residual: string, haircutCapacity: string, socialized: string, uncovered: string, haircutCount: number, lossEvents: Array<{ ref: string }>, haircutRatio: { decimal: string }, commitment: { root: string, sheetPath: string } | null }
    | { __typename: 'StaleMarksError', code: ErrorCode, message: string, path: Array<string> | null }
   };

export type MarketsOfQueryVariables = Exact<{
  pool: string;
}>;


export type MarketsOfQuery = { pool: { asset: string, markets: Array<{ symbol: string }> } | null };

export type SimulateMutationVariables = Exact<{
  input: StartSimulationInput;
}>;


export type SimulateMutation = { startSimulation:
    | { __typename: 'IdempotencyConflictError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'LimitExceededError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'Simulation', id: string, status: SimulationStatus }
   };

export type CancelMutationVariables = Exact<{
  id: string | number;
}>;


export type CancelMutation = { cancelSimulation:
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'Simulation', id: string, status: SimulationStatus }
   };

export type SimulationStateQueryVariables = Exact<{
  id: string | number;
}>;


export type SimulationStateQuery = { simulation: { status: SimulationStatus, progress: number, problem: string | null } | null };

export type NumbersFragment = { value: number, standardError: number | null };

export type SimulationOutcomeQueryVariables = Exact<{
  id: string | number;
}>;


export type SimulationOutcomeQuery = { simulation: { id: string, status: SimulationStatus, sequence: string, accountCount: number, startedAt: string | null, finishedAt: string | null, result: { paths: number, batches: number, probabilityOfBankruptcy: { value: number, standardError: number | null } | null, probabilityOfSocialization: { value: number, standardError: number | null } | null, probabilityOfUncovered: { value: number, standardError: number | null } | null, expectedDeficit: { value: number, standardError: number | null } | null, expectedFundDraw: { value: number, standardError: number | null } | null, expectedSocialized: { value: number, standardError: number | null } | null, expectedUncovered: { value: number, standardError: number | null } | null, expectedHaircutRate: { value: number, standardError: number | null } | null, expectedHaircutRateGivenSocialization: { value: number, standardError: number | null } | null, residualAtRisk: { value: number, low: number, high: number }, haircutAtRisk: { value: number, low: number, high: number } } | null } | null };

export type SheetOfQueryVariables = Exact<{
  id: string | number;
}>;


export type SheetOfQuery = { node:
    | { commitment: { root: string, sheetPath: string } | null }
    | Record<PropertyKey, never>
   | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const NumbersFragmentDoc = new TypedDocumentString(`
    fragment Numbers on Estimate {
  value
  standardError
}
    `, {"fragmentName":"Numbers"}) as unknown as TypedDocumentString<NumbersFragment, unknown>;
export const PoolsDocument = new TypedDocumentString(`
    query Pools($after: String) {
  pools(first: 50, after: $after) {
    pageInfo {
      hasNextPage
      endCursor
    }
    edges {
      node {
        name
        status
        asset
        sequence
        insuranceFund {
          balance
        }
        totals {
          accounts
          equity
          openDeficit
          uncovered
          haircutCapacity
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<PoolsQuery, PoolsQueryVariables>;
export const OnePoolDocument = new TypedDocumentString(`
    query OnePool($name: String!) {
  pool(name: $name) {
    name
    status
    haltReason
    asset
    decimals
    sequence
    insuranceFund {
      balance
      available
    }
    totals {
      accounts
      profitableAccounts
      balance
      equity
      openInterest
      openDeficit
      uncovered
      haircutCapacity
    }
    rules {
      version
      method
      scope
      profitBasis
      maxHaircutRate
      tiers {
        tier
        capPerEvent
        reserve
      }
    }
    markets {
      symbol
      markPrice
      markedAt
      maintenanceMarginRate
    }
    lossEvents(first: 20, status: OPEN) {
      edges {
        node {
          ref
          sequence
          deficit
          openedAt
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<OnePoolQuery, OnePoolQueryVariables>;
export const PreviewDocument = new TypedDocumentString(`
    query Preview($input: PreviewSettlementInput!, $pool: String!, $haircuts: Int!) {
  pool(name: $pool) {
    asset
  }
  previewSettlement(input: $input) {
    __typename
    ... on SettlementPreview {
      deficit
      recourse
      operatorCapital
      fundDraw
      residual
      haircutCapacity
      socialized
      uncovered
      haircutRatio {
        decimal
      }
      haircutCount
      haircuts(first: $haircuts) {
        account {
          ref
        }
        profit
        amount
      }
    }
    ... on Error {
      code
      message
      path
    }
  }
}
    `) as unknown as TypedDocumentString<PreviewQuery, PreviewQueryVariables>;
export const SettleDocument = new TypedDocumentString(`
    mutation Settle($input: SettleLossesInput!) {
  settleLosses(input: $input) {
    __typename
    ... on Settlement {
      sequence
      settledAt
      method
      lossEvents {
        ref
      }
      deficit
      recourse
      operatorCapital
      fundDraw
      residual
      haircutCapacity
      socialized
      uncovered
      haircutRatio {
        decimal
      }
      haircutCount
      commitment {
        root
        sheetPath
      }
    }
    ... on Error {
      code
      message
      path
    }
  }
}
    `) as unknown as TypedDocumentString<SettleMutation, SettleMutationVariables>;
export const MarketsOfDocument = new TypedDocumentString(`
    query MarketsOf($pool: String!) {
  pool(name: $pool) {
    asset
    markets {
      symbol
    }
  }
}
    `) as unknown as TypedDocumentString<MarketsOfQuery, MarketsOfQueryVariables>;
export const SimulateDocument = new TypedDocumentString(`
    mutation Simulate($input: StartSimulationInput!) {
  startSimulation(input: $input) {
    __typename
    ... on Simulation {
      id
      status
    }
    ... on Error {
      code
      message
      path
    }
  }
}
    `) as unknown as TypedDocumentString<SimulateMutation, SimulateMutationVariables>;
export const CancelDocument = new TypedDocumentString(`
    mutation Cancel($id: ID!) {
  cancelSimulation(id: $id) {
    __typename
    ... on Simulation {
      id
      status
    }
    ... on Error {
      code
      message
      path
    }
  }
}
    `) as unknown as TypedDocumentString<CancelMutation, CancelMutationVariables>;
export const SimulationStateDocument = new TypedDocumentString(`
    query SimulationState($id: ID!) {
  simulation(id: $id) {
    status
    progress
    problem
  }
}
    `) as unknown as TypedDocumentString<SimulationStateQuery, SimulationStateQueryVariables>;
export const SimulationOutcomeDocument = new TypedDocumentString(`
    query SimulationOutcome($id: ID!) {
  simulation(id: $id) {
    id
    status
    sequence
    accountCount
    startedAt
    finishedAt
    result {
      paths
      batches
      probabilityOfBankruptcy {
        ...Numbers
      }
      probabilityOfSocialization {
        ...Numbers
      }
      probabilityOfUncovered {
        ...Numbers
      }
      expectedDeficit {
        ...Numbers
      }
      expectedFundDraw {
        ...Numbers
      }
      expectedSocialized {
        ...Numbers
      }
      expectedUncovered {
        ...Numbers
      }
      expectedHaircutRate {
        ...Numbers
      }
      expectedHaircutRateGivenSocialization {
        ...Numbers
      }
      residualAtRisk(level: 0.99) {
        value
        low
        high
      }
      haircutAtRisk(level: 0.99) {
        value
        low
        high
      }
    }
  }
}
    fragment Numbers on Estimate {
  value
  standardError
}`) as unknown as TypedDocumentString<SimulationOutcomeQuery, SimulationOutcomeQueryVariables>;
export const SheetOfDocument = new TypedDocumentString(`
    query SheetOf($id: ID!) {
  node(id: $id) {
    ... on Settlement {
      commitment {
        root
        sheetPath
      }
    }
  }
}
    `) as unknown as TypedDocumentString<SheetOfQuery, SheetOfQueryVariables>;