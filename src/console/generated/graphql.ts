/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** How an account stands at the marks, from the best to the worst. */
export type AccountHealth =
  /** Its equity is below 0: closing it out at the marks leaves a loss. */
  | 'BANKRUPT'
  /** Its equity is below the maintenance margin: `liquidate` takes it. */
  | 'LIQUIDATABLE'
  /** Its equity is below the initial margin: it can open nothing more, and should add collateral. */
  | 'MARGIN_CALL'
  /** Its equity is at least the initial margin. */
  | 'SAFE';

/** The life of an account. */
export type AccountStatus =
  /** It takes transfers and positions, and bears haircuts where it has profit. */
  | 'ACTIVE'
  /** Reported bankrupt: its positions are closed out, it takes no more transfers or positions, and it bears nothing. */
  | 'BANKRUPT'
  /** Closed for good. No call of this release closes an account. */
  | 'CLOSED';

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

/** Why the insurance fund changed. */
export type FundEntryKind =
  /** Paid in out of what liquidations charged. */
  | 'LIQUIDATION_FEE'
  /** Drawn by a settlement. */
  | 'LOSS_DRAW'
  /** Paid in by the venue from outside. */
  | 'OPERATOR_CONTRIBUTION'
  /** Recovered from a bankrupt after its loss was settled. */
  | 'RECOVERY'
  /** Drawn by a settlement that was reversed. */
  | 'REVERSAL'
  /** Taken out by an administrator. */
  | 'WITHDRAWAL';

/** Geometric Brownian motions. */
export type GbmInput = {
  /** The correlations of the log returns, in the order of `markets`: symmetric, and positive semidefinite. Independent when omitted. */
  correlation?: Array<Array<number>> | null | undefined;
  /** The markets, each once. */
  markets: Array<MarketModelInput>;
  /** With importance sampling the share of paths that is drawn as if there were none, 0.01 to 0.99: no weight exceeds 1 ÷ that. 0.2 when omitted. */
  unshifted?: number | null | undefined;
};

/** What a haircut notice tells. */
export type HaircutNoticeKind =
  /** A settlement took it from the balance. */
  | 'HAIRCUT'
  /** Part of a haircut is given back, out of a recovery. */
  | 'REFUND'
  /** A haircut is given back in full, because its settlement was reversed. */
  | 'REVERSAL';

/** How a price gives way to what is traded at once. */
export type ImpactLaw =
  /** 1 % × notional ÷ depth. */
  | 'LINEAR'
  /** 1 % × √(notional ÷ depth). */
  | 'SQUARE_ROOT';

/** A stream of jumps of a log price. */
export type JumpInput = {
  /** The standard deviation of a jump, 0 to 5. */
  deviation: number;
  /** How many a year on average, 0 to 10,000. */
  intensity: number;
  /** The mean of a jump, −5 to 5: −0.1 is a fall by about 10 %. */
  mean: number;
};

/** How far a loss event is covered. */
export type LossEventStatus =
  /** No settlement yet, or all of them were reversed. The next `settleLosses` that names no events takes it. */
  | 'OPEN'
  /** Settled, but fund and profits did not suffice. It stays until `settleLosses` names it again. */
  | 'PARTIALLY_COVERED'
  /** Covered in full, or recovered. */
  | 'SETTLED';

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

/** How much a market follows a factor. */
export type MarketBetaInput = {
  /** By how much of the factor's change its mark changes; below 0 it goes the other way. */
  beta: string;
  /** The market's symbol. */
  market: string;
};

/** How deep a market is. */
export type MarketDepthInput = {
  /** The notional that moves its price by one percent, above 0, in the pool's asset. */
  depth: string;
  /** The market's symbol. */
  market: string;
};

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

/** The change of one market's mark. */
export type MarketShockInput = {
  /** As a share of the mark, at least "-1": "-0.3" is a fall by 30 %. */
  change: string;
  /** The market's symbol. */
  market: string;
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

/**
 * What closing out costs: longs are sold below the mark, shorts bought back above it, by `share` and by what their market gives way to all that is
 * closed out on that side at once.
 */
export type SlippageInput = {
  /** How deep markets are, each once; those left out do not give way. */
  depths?: Array<MarketDepthInput> | null | undefined;
  /** How a market gives way to what is closed out: LINEAR when omitted. */
  law?: ImpactLaw | null | undefined;
  /** How much of what a market gave way stays in its mark, 0 to 1, and so reaches all others. 0 when omitted. */
  permanentShare?: string | null | undefined;
  /** Of any size, as a share of the mark, 0 to 1. 0 when omitted. */
  share?: string | null | undefined;
};

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

/** A factor of a grid. */
export type StressFactorInput = {
  /** How much each market follows it: 1 for all when omitted, 0 for those that the list leaves out. One market with 1 is that market. */
  betas?: Array<MarketBetaInput> | null | undefined;
  /** Its changes, as shares of the marks, at least "-1". */
  changes: Array<string>;
  /** What to call it. */
  name: string;
};

/** A scenario: what each mark does. A mark falls by no more than all of it. */
export type StressScenarioInput = {
  /** How much each market follows `common`: 1 for all when omitted, 0 for those that the list leaves out. */
  betas?: Array<MarketBetaInput> | null | undefined;
  /** The change of a factor that all markets follow, as a share of their marks: "-0.3" is a fall by 30 %. Times the market's beta. */
  common?: string | null | undefined;
  /** Changes of single markets, each once, instead of what they follow. */
  markets?: Array<MarketShockInput> | null | undefined;
  /** What to call it. */
  name: string;
};

/** One of the two. */
export type StressShocksInput =
  {   /**
   * 1 to 3 factors, for a curve or a heat map: every combination of their changes is a scenario, the last factor's changes running fastest; in
   * each market the shocks of the factors add up. At most 400 points.
   */
  grid: Array<StressFactorInput>; scenarios?: never; }
  |  { grid?: never;   /** 1 to 400 scenarios, each by itself. */
  scenarios: Array<StressScenarioInput>; };

/** Shocks to the marks of a pool, and how accounts in trouble are closed out. */
export type StressTestInput = {
  /** Who is closed out: BELOW_MAINTENANCE when omitted. */
  closeOutAt?: CloseOutAt | null | undefined;
  /**
   * Whether the marks give way to what is closed out, and whoever that or its haircut leaves in trouble is closed out too, until nobody is.
   * Without it the first round is the last. True when omitted.
   */
  contagion?: boolean | null | undefined;
  /** Added to the fund's balance, below 0 to take from it; what is left is at least 0. */
  fundChange?: string | null | undefined;
  /** The pool's name. */
  pool: string;
  /** The shocks: scenarios by name, or a grid of them. Scenarios × accounts of the pool are at most 4,000,000. */
  shocks: StressShocksInput;
  /** What closing out costs; nothing when omitted. */
  slippage?: SlippageInput | null | undefined;
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

/** Which tiers cover a deficit D. F is the fund above its reserve and U the haircut capacity; what remains is `uncovered`. */
export type Waterfall =
  /** The fund alone: fundDraw = min(D, F), socialized = 0. */
  | 'FUND_ONLY'
  /** The fund first, then the profitable accounts: fundDraw = min(D, F), socialized = min(D − fundDraw, U). */
  | 'FUND_THEN_SOCIALIZE'
  /** The profitable accounts alone: fundDraw = 0, socialized = min(D, U). */
  | 'SOCIALIZE_ONLY';

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

export type PoolVersionQueryVariables = Exact<{
  pool: string;
}>;


export type PoolVersionQuery = { pool: { id: string, sequence: string } | null };

export type PoolNoticesSubscriptionVariables = Exact<{
  pool: string;
}>;


export type PoolNoticesSubscription = { lossNotices: { sequence: string } };

export type ProvenFragment = { settlement: { id: string, commitment: { root: string } | null }, proof: { document: string } | null };

export type PoolPageQueryVariables = Exact<{
  pool: string;
}>;


export type PoolPageQuery = { pool: { id: string, name: string, asset: string, decimals: number, status: PoolStatus, haltReason: string | null, sequence: string, rules: { version: number, waterfall: Waterfall, method: AllocationMethod, scope: LossScope, profitBasis: ProfitBasis, maxHaircutRate: string, tiers: Array<{ tier: WaterfallTierKind, capPerEvent: string | null, reserve: string | null }> }, totals: { accounts: number, profitableAccounts: number, equity: string, openInterest: string, haircutCapacity: string, openDeficit: string, uncovered: string }, gauges: { health: Array<{ health: AccountHealth, accounts: number }>, markets: Array<{ longSize: string, shortSize: string, netSize: string, isStale: boolean, market: { id: string, symbol: string, markPrice: string | null, markedAt: string | null } }> }, insuranceFund: { id: string, balance: string, available: string, flows: { since: string, inflow: string, draws: string, withdrawals: string, daysOfCover: string | null, inflows: Array<{ kind: FundEntryKind, amount: string }> }, entries: { totalCount: number, edges: Array<{ node: { id: string, sequence: string, kind: FundEntryKind, amount: string, balanceAfter: string, createdAt: string } }> } }, lossEvents: { totalCount: number, edges: Array<{ node: { id: string, sequence: string, ref: string, status: LossEventStatus, deficit: string, uncovered: string, openedAt: string, settlements: Array<{ id: string, sequence: string }> } }> }, settlements: { totalCount: number, edges: Array<{ node: { id: string, sequence: string, settledAt: string, haircutCount: number, deficit: string, recourse: string, operatorCapital: string, fundDraw: string, socialized: string, uncovered: string, reversal: { sequence: string } | null } }> } } | null };

export type RulesFragment = { version: number, waterfall: Waterfall, method: AllocationMethod, scope: LossScope, profitBasis: ProfitBasis, maxHaircutRate: string, tiers: Array<{ tier: WaterfallTierKind, capPerEvent: string | null, reserve: string | null }> };

export type CoveredFragment = { deficit: string, recourse: string, operatorCapital: string, fundDraw: string, socialized: string, uncovered: string };

export type PreviewQueryVariables = Exact<{
  pool: string;
}>;


export type PreviewQuery = { previewSettlement:
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string }
    | { __typename: 'NothingToSettleError', code: ErrorCode, message: string }
    | { __typename: 'SettlementPreview', deficit: string, recourse: string, operatorCapital: string, fundDraw: string, socialized: string, uncovered: string, haircutCapacity: string, haircutCount: number, haircutRatio: { decimal: string } }
   };

export type PoolsQueryVariables = Exact<{
  after?: string | null | undefined;
}>;


export type PoolsQuery = { pools: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, edges: Array<{ node: { id: string, name: string, asset: string, status: PoolStatus, insuranceFund: { id: string, balance: string }, totals: { accounts: number, equity: string, haircutCapacity: string, openDeficit: string, uncovered: string } } }> } };

export type StressMarketsQueryVariables = Exact<{
  pool: string;
}>;


export type StressMarketsQuery = { pool: { id: string, sequence: string, asset: string, decimals: number, markets: Array<{ id: string, symbol: string, markPrice: string | null }>, totals: { openInterest: string } } | null };

export type StressQueryVariables = Exact<{
  input: StressTestInput;
}>;


export type StressQuery = { stressTest:
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string }
    | { __typename: 'LimitExceededError', code: ErrorCode, message: string }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string }
    | { __typename: 'StressTest', scenarios: Array<{ name: string, closedOutCount: number, bankruptCount: number, deficit: string, recourse: string, operatorCapital: string, fundDraw: string, fundAfter: string, socialized: string, uncovered: string, haircutCount: number, haircutRatio: { decimal: string }, rounds: Array<{ closedOut: number, deficit: string, socialized: string, uncovered: string }> }> }
   };

export type StartSimulationMutationVariables = Exact<{
  input: StartSimulationInput;
}>;


export type StartSimulationMutation = { startSimulation:
    | { __typename: 'IdempotencyConflictError', code: ErrorCode, message: string }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string }
    | { __typename: 'LimitExceededError', code: ErrorCode, message: string }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string }
    | { __typename: 'Simulation', id: string }
   };

export type CancelSimulationMutationVariables = Exact<{
  id: string | number;
}>;


export type CancelSimulationMutation = { cancelSimulation:
    | { __typename: 'NotFoundError', code: ErrorCode, message: string }
    | { __typename: 'Simulation', id: string, status: SimulationStatus }
   };

export type SimulationProgressSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type SimulationProgressSubscription = { simulationProgress: { id: string, status: SimulationStatus, progress: number, problem: string | null, accountCount: number } };

export type SimulationResultQueryVariables = Exact<{
  id: string | number;
}>;


export type SimulationResultQuery = { simulation: { id: string, status: SimulationStatus, progress: number, problem: string | null, sequence: string, accountCount: number, pool: { id: string, name: string, asset: string, insuranceFund: { id: string, available: string } }, result: { paths: number, batches: number, probabilityOfBankruptcy: { value: number, standardError: number | null } | null, probabilityOfSocialization: { value: number, standardError: number | null } | null, probabilityOfUncovered: { value: number, standardError: number | null } | null, expectedDeficit: { value: number, standardError: number | null } | null, expectedSocialized: { value: number, standardError: number | null } | null, expectedUncovered: { value: number, standardError: number | null } | null, expectedHaircutRate: { value: number, standardError: number | null } | null, wrongWayRisk: { value: number, standardError: number | null } | null, q50: { value: number, low: number, high: number }, q75: { value: number, low: number, high: number }, q90: { value: number, low: number, high: number }, q95: { value: number, low: number, high: number }, q975: { value: number, low: number, high: number }, q99: { value: number, low: number, high: number }, q995: { value: number, low: number, high: number }, q999: { value: number, low: number, high: number }, fundForTarget: { value: number, low: number, high: number } | null, fundCurve: Array<{ fund: number, probabilityOfSocialization: { value: number, standardError: number | null } | null, expectedResidual: { value: number, standardError: number | null } | null }>, accounts: { totalCount: number, edges: Array<{ node: { account: { id: string, ref: string }, expectedReturn: { value: number, standardError: number | null } | null, expectedReturnNet: { value: number, standardError: number | null } | null, returnDrag: { value: number, standardError: number | null } | null, probabilityOfHaircut: { value: number, standardError: number | null } | null, expectedHaircut: { value: number, standardError: number | null } | null } }> } } | null } | null };

export type EFragment = { value: number, standardError: number | null };

export type QFragment = { value: number, low: number, high: number };

export type SettlementsQueryVariables = Exact<{
  pool: string;
  before?: string | null | undefined;
}>;


export type SettlementsQuery = { pool: { id: string, sequence: string, settlements: { totalCount: number, pageInfo: { hasPreviousPage: boolean, startCursor: string | null }, edges: Array<{ node: { id: string, sequence: string, settledAt: string, method: AllocationMethod, haircutCount: number, deficit: string, fundDraw: string, socialized: string, uncovered: string, reversal: { sequence: string } | null } }> } } | null };

export type SettlementPageQueryVariables = Exact<{
  id: string | number;
}>;


export type SettlementPageQuery = { node:
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { sequence: string, settledAt: string, method: AllocationMethod, profitBasis: ProfitBasis, haircutCapacity: string, haircutCount: number, staleMarksReason: string | null, id: string, deficit: string, recourse: string, operatorCapital: string, fundDraw: string, socialized: string, uncovered: string, pool: { id: string, sequence: string, name: string, asset: string, decimals: number }, haircutRatio: { numerator: string, denominator: string, decimal: string }, marks: Array<{ symbol: string, price: string }>, lossEvents: Array<{ id: string, ref: string, status: LossEventStatus, deficit: string, socialized: string, uncovered: string, recovered: string }>, commitment: { root: string, tree: string, total: string, leaves: number, sheetPath: string } | null, reversal: { sequence: string, reason: string, reversedAt: string } | null }
   | null };

export type SettlementHaircutsQueryVariables = Exact<{
  id: string | number;
  after?: string | null | undefined;
}>;


export type SettlementHaircutsQuery = { node:
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string, haircuts: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, edges: Array<{ node: { id: string, amount: string, profit: string, cap: string, recovered: string, account: { id: string, ref: string } } }> } }
   | null };

export type HaircutProofQueryVariables = Exact<{
  id: string | number;
}>;


export type HaircutProofQuery = { node:
    | { id: string }
    | { id: string }
    | { id: string, settlement: { id: string, commitment: { root: string } | null }, proof: { document: string } | null }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
   | null };

export type CompareMethodsQueryVariables = Exact<{
  pool: string;
  extraDeficit?: string | null | undefined;
}>;


export type CompareMethodsQuery = { compareAllocations:
    | { __typename: 'AllocationComparison', methods: Array<{ method: AllocationMethod, socialized: string, uncovered: string, accountsTouched: number, accountsWipedOut: number, effectiveNumber: string, gini: string, topTenShare: string, largestRate: { decimal: string }, splitting: { changes: boolean }, twoSteps: { changes: boolean } }> }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string }
    | { __typename: 'NothingToSettleError', code: ErrorCode, message: string }
   };

export type MyAccountsQueryVariables = Exact<{
  after?: string | null | undefined;
}>;


export type MyAccountsQuery = { myAccounts: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, edges: Array<{ node: { id: string, ref: string, status: AccountStatus, equity: string, totalHaircut: string, pool: { id: string, name: string, asset: string }, margin: { health: AccountHealth, maintenanceMargin: string, marginRatio: string | null } } }> } };

export type AccountPageQueryVariables = Exact<{
  pool: string;
  ref: string;
}>;


export type AccountPageQuery = { pool: { id: string, sequence: string, asset: string, totals: { openDeficit: string }, account: { id: string, ref: string, owner: string, status: AccountStatus, balance: string, unrealizedPnl: string, equity: string, haircutableProfit: string, totalHaircut: string, totalRecovered: string, margin: { health: AccountHealth, notional: string, initialMargin: string, maintenanceMargin: string, marginRatio: string | null, effectiveLeverage: string | null }, positions: Array<{ size: string, entryPrice: string, unrealizedPnl: string, liquidationPrice: string | null, bankruptcyPrice: string | null, market: { id: string, symbol: string, markPrice: string | null } }>, queuePlace: { place: number, length: number, ahead: string, cap: string } | null, lossExposure: { haircut: string, capacity: string, deficit: string, socialized: string, uncovered: string, touchedByFall: string | null, touchedByRise: string | null, haircutRate: { decimal: string } } | null } | null } | null };

export type AccountNoticesSubscriptionVariables = Exact<{
  pool: string;
  ref: string;
  after: string;
}>;


export type AccountNoticesSubscription = { haircutNotices: { cursor: string, sequence: string, previousSequence: string | null, kind: HaircutNoticeKind, amount: string, explanation: string, committedAt: string, haircut: { id: string, sequence: string, amount: string, profit: string, cap: string, settlement: { settledAt: string, id: string, commitment: { root: string } | null }, proof: { document: string } | null } } };

export type AccountHaircutsQueryVariables = Exact<{
  pool: string;
  ref: string;
}>;


export type AccountHaircutsQuery = { pool: { id: string, account: { id: string, haircuts: { edges: Array<{ node: { previousSequence: string | null, id: string, sequence: string, amount: string, profit: string, cap: string, settlement: { settledAt: string, id: string, commitment: { root: string } | null }, proof: { document: string } | null } }> } } | null } | null };

export type ToldHaircutFragment = { id: string, sequence: string, amount: string, profit: string, cap: string, settlement: { settledAt: string, id: string, commitment: { root: string } | null }, proof: { document: string } | null };

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
export const RulesFragmentDoc = new TypedDocumentString(`
    fragment Rules on LossRules {
  version
  waterfall
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
    `, {"fragmentName":"Rules"}) as unknown as TypedDocumentString<RulesFragment, unknown>;
export const CoveredFragmentDoc = new TypedDocumentString(`
    fragment Covered on Settlement {
  deficit
  recourse
  operatorCapital
  fundDraw
  socialized
  uncovered
}
    `, {"fragmentName":"Covered"}) as unknown as TypedDocumentString<CoveredFragment, unknown>;
export const EFragmentDoc = new TypedDocumentString(`
    fragment E on Estimate {
  value
  standardError
}
    `, {"fragmentName":"E"}) as unknown as TypedDocumentString<EFragment, unknown>;
export const QFragmentDoc = new TypedDocumentString(`
    fragment Q on Quantile {
  value
  low
  high
}
    `, {"fragmentName":"Q"}) as unknown as TypedDocumentString<QFragment, unknown>;
export const ProvenFragmentDoc = new TypedDocumentString(`
    fragment Proven on Haircut {
  settlement {
    id
    commitment {
      root
    }
  }
  proof {
    document
  }
}
    `, {"fragmentName":"Proven"}) as unknown as TypedDocumentString<ProvenFragment, unknown>;
export const ToldHaircutFragmentDoc = new TypedDocumentString(`
    fragment ToldHaircut on Haircut {
  id
  sequence
  amount
  profit
  cap
  settlement {
    settledAt
  }
  ...Proven
}
    fragment Proven on Haircut {
  settlement {
    id
    commitment {
      root
    }
  }
  proof {
    document
  }
}`, {"fragmentName":"ToldHaircut"}) as unknown as TypedDocumentString<ToldHaircutFragment, unknown>;
export const PoolVersionDocument = new TypedDocumentString(`
    query PoolVersion($pool: String!) {
  pool(name: $pool) {
    id
    sequence
  }
}
    `) as unknown as TypedDocumentString<PoolVersionQuery, PoolVersionQueryVariables>;
export const PoolNoticesDocument = new TypedDocumentString(`
    subscription PoolNotices($pool: String!) {
  lossNotices(pool: $pool) {
    sequence
  }
}
    `) as unknown as TypedDocumentString<PoolNoticesSubscription, PoolNoticesSubscriptionVariables>;
export const PoolPageDocument = new TypedDocumentString(`
    query PoolPage($pool: String!) {
  pool(name: $pool) {
    id
    name
    asset
    decimals
    status
    haltReason
    sequence
    rules {
      ...Rules
    }
    totals {
      accounts
      profitableAccounts
      equity
      openInterest
      haircutCapacity
      openDeficit
      uncovered
    }
    gauges {
      health {
        health
        accounts
      }
      markets {
        market {
          id
          symbol
          markPrice
          markedAt
        }
        longSize
        shortSize
        netSize
        isStale
      }
    }
    insuranceFund {
      id
      balance
      available
      flows {
        since
        inflows {
          kind
          amount
        }
        inflow
        draws
        withdrawals
        daysOfCover
      }
      entries(last: 500) {
        totalCount
        edges {
          node {
            id
            sequence
            kind
            amount
            balanceAfter
            createdAt
          }
        }
      }
    }
    lossEvents(last: 12) {
      totalCount
      edges {
        node {
          id
          sequence
          ref
          status
          deficit
          uncovered
          openedAt
          settlements {
            id
            sequence
          }
        }
      }
    }
    settlements(last: 8) {
      totalCount
      edges {
        node {
          id
          sequence
          settledAt
          haircutCount
          ...Covered
          reversal {
            sequence
          }
        }
      }
    }
  }
}
    fragment Rules on LossRules {
  version
  waterfall
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
fragment Covered on Settlement {
  deficit
  recourse
  operatorCapital
  fundDraw
  socialized
  uncovered
}`) as unknown as TypedDocumentString<PoolPageQuery, PoolPageQueryVariables>;
export const PreviewDocument = new TypedDocumentString(`
    query Preview($pool: String!) {
  previewSettlement(input: { pool: $pool }) {
    __typename
    ... on SettlementPreview {
      deficit
      recourse
      operatorCapital
      fundDraw
      socialized
      uncovered
      haircutCapacity
      haircutCount
      haircutRatio {
        decimal
      }
    }
    ... on Error {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<PreviewQuery, PreviewQueryVariables>;
export const PoolsDocument = new TypedDocumentString(`
    query Pools($after: String) {
  pools(first: 100, after: $after) {
    totalCount
    pageInfo {
      hasNextPage
      endCursor
    }
    edges {
      node {
        id
        name
        asset
        status
        insuranceFund {
          id
          balance
        }
        totals {
          accounts
          equity
          haircutCapacity
          openDeficit
          uncovered
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<PoolsQuery, PoolsQueryVariables>;
export const StressMarketsDocument = new TypedDocumentString(`
    query StressMarkets($pool: String!) {
  pool(name: $pool) {
    id
    sequence
    asset
    decimals
    markets {
      id
      symbol
      markPrice
    }
    totals {
      openInterest
    }
  }
}
    `) as unknown as TypedDocumentString<StressMarketsQuery, StressMarketsQueryVariables>;
export const StressDocument = new TypedDocumentString(`
    query Stress($input: StressTestInput!) {
  stressTest(input: $input) {
    __typename
    ... on StressTest {
      scenarios {
        name
        closedOutCount
        bankruptCount
        deficit
        recourse
        operatorCapital
        fundDraw
        fundAfter
        socialized
        uncovered
        haircutCount
        haircutRatio {
          decimal
        }
        rounds {
          closedOut
          deficit
          socialized
          uncovered
        }
      }
    }
    ... on Error {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<StressQuery, StressQueryVariables>;
export const StartSimulationDocument = new TypedDocumentString(`
    mutation StartSimulation($input: StartSimulationInput!) {
  startSimulation(input: $input) {
    __typename
    ... on Simulation {
      id
    }
    ... on Error {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<StartSimulationMutation, StartSimulationMutationVariables>;
export const CancelSimulationDocument = new TypedDocumentString(`
    mutation CancelSimulation($id: ID!) {
  cancelSimulation(id: $id) {
    __typename
    ... on Simulation {
      id
      status
    }
    ... on Error {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CancelSimulationMutation, CancelSimulationMutationVariables>;
export const SimulationProgressDocument = new TypedDocumentString(`
    subscription SimulationProgress($id: ID!) {
  simulationProgress(id: $id) {
    id
    status
    progress
    problem
    accountCount
  }
}
    `) as unknown as TypedDocumentString<SimulationProgressSubscription, SimulationProgressSubscriptionVariables>;
export const SimulationResultDocument = new TypedDocumentString(`
    query SimulationResult($id: ID!) {
  simulation(id: $id) {
    id
    status
    progress
    problem
    sequence
    accountCount
    pool {
      id
      name
      asset
      insuranceFund {
        id
        available
      }
    }
    result {
      paths
      batches
      probabilityOfBankruptcy {
        ...E
      }
      probabilityOfSocialization {
        ...E
      }
      probabilityOfUncovered {
        ...E
      }
      expectedDeficit {
        ...E
      }
      expectedSocialized {
        ...E
      }
      expectedUncovered {
        ...E
      }
      expectedHaircutRate {
        ...E
      }
      wrongWayRisk {
        ...E
      }
      q50: haircutAtRisk(level: 0.5) {
        ...Q
      }
      q75: haircutAtRisk(level: 0.75) {
        ...Q
      }
      q90: haircutAtRisk(level: 0.9) {
        ...Q
      }
      q95: haircutAtRisk(level: 0.95) {
        ...Q
      }
      q975: haircutAtRisk(level: 0.975) {
        ...Q
      }
      q99: haircutAtRisk(level: 0.99) {
        ...Q
      }
      q995: haircutAtRisk(level: 0.995) {
        ...Q
      }
      q999: haircutAtRisk(level: 0.999) {
        ...Q
      }
      fundForTarget(probability: 0.01) {
        ...Q
      }
      fundCurve {
        fund
        probabilityOfSocialization {
          ...E
        }
        expectedResidual {
          ...E
        }
      }
      accounts(first: 25, sortBy: RETURN_DRAG) {
        totalCount
        edges {
          node {
            account {
              id
              ref
            }
            expectedReturn {
              ...E
            }
            expectedReturnNet {
              ...E
            }
            returnDrag {
              ...E
            }
            probabilityOfHaircut {
              ...E
            }
            expectedHaircut {
              ...E
            }
          }
        }
      }
    }
  }
}
    fragment E on Estimate {
  value
  standardError
}
fragment Q on Quantile {
  value
  low
  high
}`) as unknown as TypedDocumentString<SimulationResultQuery, SimulationResultQueryVariables>;
export const SettlementsDocument = new TypedDocumentString(`
    query Settlements($pool: String!, $before: String) {
  pool(name: $pool) {
    id
    sequence
    settlements(last: 50, before: $before) {
      totalCount
      pageInfo {
        hasPreviousPage
        startCursor
      }
      edges {
        node {
          id
          sequence
          settledAt
          method
          haircutCount
          deficit
          fundDraw
          socialized
          uncovered
          reversal {
            sequence
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<SettlementsQuery, SettlementsQueryVariables>;
export const SettlementPageDocument = new TypedDocumentString(`
    query SettlementPage($id: ID!) {
  node(id: $id) {
    id
    ... on Settlement {
      sequence
      pool {
        id
        sequence
        name
        asset
        decimals
      }
      settledAt
      method
      profitBasis
      ...Covered
      haircutCapacity
      haircutCount
      haircutRatio {
        numerator
        denominator
        decimal
      }
      staleMarksReason
      marks {
        symbol
        price
      }
      lossEvents {
        id
        ref
        status
        deficit
        socialized
        uncovered
        recovered
      }
      commitment {
        root
        tree
        total
        leaves
        sheetPath
      }
      reversal {
        sequence
        reason
        reversedAt
      }
    }
  }
}
    fragment Covered on Settlement {
  deficit
  recourse
  operatorCapital
  fundDraw
  socialized
  uncovered
}`) as unknown as TypedDocumentString<SettlementPageQuery, SettlementPageQueryVariables>;
export const SettlementHaircutsDocument = new TypedDocumentString(`
    query SettlementHaircuts($id: ID!, $after: String) {
  node(id: $id) {
    id
    ... on Settlement {
      haircuts(first: 1000, after: $after) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        edges {
          node {
            id
            amount
            profit
            cap
            recovered
            account {
              id
              ref
            }
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<SettlementHaircutsQuery, SettlementHaircutsQueryVariables>;
export const HaircutProofDocument = new TypedDocumentString(`
    query HaircutProof($id: ID!) {
  node(id: $id) {
    id
    ... on Haircut {
      ...Proven
    }
  }
}
    fragment Proven on Haircut {
  settlement {
    id
    commitment {
      root
    }
  }
  proof {
    document
  }
}`) as unknown as TypedDocumentString<HaircutProofQuery, HaircutProofQueryVariables>;
export const CompareMethodsDocument = new TypedDocumentString(`
    query CompareMethods($pool: String!, $extraDeficit: Decimal) {
  compareAllocations(input: { pool: $pool, extraDeficit: $extraDeficit }) {
    __typename
    ... on AllocationComparison {
      methods {
        method
        socialized
        uncovered
        accountsTouched
        accountsWipedOut
        largestRate {
          decimal
        }
        effectiveNumber
        gini
        topTenShare
        splitting {
          changes
        }
        twoSteps {
          changes
        }
      }
    }
    ... on Error {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CompareMethodsQuery, CompareMethodsQueryVariables>;
export const MyAccountsDocument = new TypedDocumentString(`
    query MyAccounts($after: String) {
  myAccounts(first: 100, after: $after) {
    totalCount
    pageInfo {
      hasNextPage
      endCursor
    }
    edges {
      node {
        id
        ref
        status
        equity
        totalHaircut
        pool {
          id
          name
          asset
        }
        margin {
          health
          maintenanceMargin
          marginRatio
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<MyAccountsQuery, MyAccountsQueryVariables>;
export const AccountPageDocument = new TypedDocumentString(`
    query AccountPage($pool: String!, $ref: String!) {
  pool(name: $pool) {
    id
    sequence
    asset
    totals {
      openDeficit
    }
    account(ref: $ref) {
      id
      ref
      owner
      status
      balance
      unrealizedPnl
      equity
      haircutableProfit
      totalHaircut
      totalRecovered
      margin {
        health
        notional
        initialMargin
        maintenanceMargin
        marginRatio
        effectiveLeverage
      }
      positions {
        market {
          id
          symbol
          markPrice
        }
        size
        entryPrice
        unrealizedPnl
        liquidationPrice
        bankruptcyPrice
      }
      queuePlace {
        place
        length
        ahead
        cap
      }
      lossExposure {
        haircut
        haircutRate {
          decimal
        }
        capacity
        deficit
        socialized
        uncovered
        touchedByFall
        touchedByRise
      }
    }
  }
}
    `) as unknown as TypedDocumentString<AccountPageQuery, AccountPageQueryVariables>;
export const AccountNoticesDocument = new TypedDocumentString(`
    subscription AccountNotices($pool: String!, $ref: String!, $after: String!) {
  haircutNotices(pool: $pool, accounts: [$ref], after: $after) {
    cursor
    sequence
    previousSequence
    kind
    amount
    explanation
    committedAt
    haircut {
      ...ToldHaircut
    }
  }
}
    fragment Proven on Haircut {
  settlement {
    id
    commitment {
      root
    }
  }
  proof {
    document
  }
}
fragment ToldHaircut on Haircut {
  id
  sequence
  amount
  profit
  cap
  settlement {
    settledAt
  }
  ...Proven
}`) as unknown as TypedDocumentString<AccountNoticesSubscription, AccountNoticesSubscriptionVariables>;
export const AccountHaircutsDocument = new TypedDocumentString(`
    query AccountHaircuts($pool: String!, $ref: String!) {
  pool(name: $pool) {
    id
    account(ref: $ref) {
      id
      haircuts(last: 100) {
        edges {
          node {
            previousSequence
            ...ToldHaircut
          }
        }
      }
    }
  }
}
    fragment Proven on Haircut {
  settlement {
    id
    commitment {
      root
    }
  }
  proof {
    document
  }
}
fragment ToldHaircut on Haircut {
  id
  sequence
  amount
  profit
  cap
  settlement {
    settledAt
  }
  ...Proven
}`) as unknown as TypedDocumentString<AccountHaircutsQuery, AccountHaircutsQueryVariables>;