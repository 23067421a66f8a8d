/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Which accounts to keep. Conditions that are given must all hold. */
export type AccountFilter = {
  /** Only accounts of this JWT subject. */
  owner?: string | null | undefined;
  /** True: only accounts with unrealized profit, `unrealizedPnl` above 0. False: only the others. */
  profitable?: boolean | null | undefined;
  /** Only accounts of this status. */
  status?: AccountStatus | null | undefined;
};

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

/** An account to create. An existing one keeps its owner: another owner is refused. */
export type AccountInput = {
  /**
   * Makes it an isolated account: what is in it stands for positions in this market alone, and it can hold none in others. An
   * account keeps its mode. Shared across markets when omitted.
   */
  isolatedMarket?: string | null | undefined;
  /** The JWT subject that may read it and hear of its haircuts, 1 to 128 bytes. */
  owner: string;
  /** The venue's own name for it, unique in the pool, 1 to 128 bytes. */
  ref: string;
};

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

/** Updates of one moment, all or none. At least one of the three lists has an item, and together they have at most 10,000. */
export type ApplyUpdatesInput = {
  /**
   * 1 to 255 bytes of your choice, unique in the pool over all mutations. Send the same key and input again after a
   * timeout or a crash: it answers what it answered first and writes nothing. With another input it is
   * IDEMPOTENCY_CONFLICT. Only successes are kept, and for ever; inputs are compared after coercion.
   */
  idempotencyKey: string;
  /** Marks, as in `publishMarks`. */
  marks?: Array<MarkInput> | null | undefined;
  /** The pool's name. */
  pool: string;
  /** Positions, as in `upsertPositions`. */
  positions?: Array<PositionInput> | null | undefined;
  /**
   * Transfers, as in `postTransfers`. Withdrawals are judged on the state that the whole call leaves, new marks and
   * positions included.
   */
  transfers?: Array<TransferInput> | null | undefined;
};

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

/** A trade to try. */
export type CheckTradeInput = {
  /** The account's ref. */
  account: string;
  /** What the trade would cost beside, in the pool's asset; below 0 a rebate. 0 when omitted. */
  fee?: string | null | undefined;
  /** The market's symbol. */
  market: string;
  /** The pool's name. */
  pool: string;
  /** The price, at least 0, in the pool's asset per unit of the underlying. */
  price: string;
  /** Contracts, signed: bought above 0, sold below; not 0. */
  size: string;
};

/** Who is closed out. */
export type CloseOutAt =
  /** Whoever's equity is below the maintenance margin. */
  | 'BELOW_MAINTENANCE'
  /** Whoever's equity is below 0. */
  | 'BELOW_ZERO';

/** The price that one market's position is closed out at. */
export type CloseoutInput = {
  /** The market's symbol. It needs a mark, even where a price is given. */
  market: string;
  /** The close-out price, at least 0, in the pool's asset per unit of the underlying. */
  price: string;
};

/** Which losses to divide, and by which methods. */
export type CompareAllocationsInput = {
  /** A hypothetical deficit to add, at least 0, for what-if questions: it is settled jointly with the others. */
  extraDeficit?: string | null | undefined;
  /** Loss events by ref, OPEN or PARTIALLY_COVERED, each once; all that are OPEN when omitted. */
  lossEvents?: Array<string> | null | undefined;
  /** The methods to compare, each once; all of them when omitted. All else is as the pool's rules say. */
  methods?: Array<AllocationMethod> | null | undefined;
  /** The pool's name. */
  pool: string;
};

/** A payment into the insurance fund. */
export type ContributeToFundInput = {
  /** What is paid in, above 0, in the pool's asset. */
  amount: string;
  /**
   * 1 to 255 bytes of your choice, unique in the pool over all mutations. Send the same key and input again after a
   * timeout or a crash: it answers what it answered first and writes nothing. With another input it is
   * IDEMPOTENCY_CONFLICT. Only successes are kept, and for ever; inputs are compared after coercion.
   */
  idempotencyKey: string;
  /** Where it comes from. */
  kind: ContributionKind;
  /** The pool's name. */
  pool: string;
  /** Your own note, 1 to 255 bytes. */
  ref?: string | null | undefined;
};

/** Where a contribution to the insurance fund comes from. */
export type ContributionKind =
  /** What liquidations charged: it was booked as FEE on the accounts, and moves from clearing to the fund. */
  | 'LIQUIDATION_FEE'
  /** The venue's own money, from outside. */
  | 'OPERATOR_CONTRIBUTION';

/**
 * A new pool. Names here and in all inputs (pools, markets, accounts, owners, loss events) are 1 to 128 bytes of printable
 * characters without quotes, backslashes, control characters, or blanks at either end; they are compared byte by byte.
 */
export type CreatePoolInput = {
  /** The settlement asset, 1 to 32 bytes, such as "USDC". */
  asset: string;
  /** Fraction digits of the asset, 0 to 18. */
  decimals: number;
  /** Its name, unique on this server. */
  name: string;
  /** How losses are covered; the defaults of LossRulesInput when omitted. */
  rules?: LossRulesInput | null | undefined;
};

/** A webhook to make. */
export type CreateWebhookInput = {
  /** Refs of accounts to tell of; of all that the caller may hear of where omitted, those among them that are opened later. */
  accounts?: Array<string> | null | undefined;
  /** Where to begin: the cursor of a notice, or a sequence (of MARGIN_ALERTS the number of an alert), to tell all past it. From now on where omitted. */
  after?: string | null | undefined;
  /** Words of your own, 1 to 255 bytes. */
  description?: string | null | undefined;
  /** A key of the caller's own: as long as the webhook is there, the same key and input answer it, without its secret. */
  idempotencyKey: string;
  /** The pool's name. */
  pool: string;
  /** What to tell. */
  stream: WebhookStream;
  /** Where to post notices to: https, at an address of the public internet, without user and password, at most 2,048 characters. */
  url: string;
  /** Whether haircut notices carry their proofs: about 3 KB each. */
  withProofs?: boolean;
};

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

/** One side of a trade. */
export type FillInput = {
  /** The account's ref; it must be ACTIVE. */
  account: string;
  /** What the account pays to the venue for it, in the pool's asset; below 0 a rebate. 0 when omitted. */
  fee?: string | null | undefined;
  /** The market's symbol. */
  market: string;
  /** The price, at least 0, in the pool's asset per unit of the underlying. */
  price: string;
  /** Contracts, signed: bought above 0, sold below; not 0. */
  size: string;
  /**
   * The venue's own id of the trade, 1 to 255 bytes. One that was recorded for the account before is passed over; with another
   * market, size, price or fee it is IDEMPOTENCY_CONFLICT.
   */
  trade: string;
};

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

/** The haircut cap of one account. */
export type HaircutCapInput = {
  /** The account's ref. */
  account: string;
  /** β of its own, 0 to 1: the lower of it and the pool's counts. Null or omitted takes it back. */
  maxHaircutRate?: string | null | undefined;
};

/** What a haircut notice tells. */
export type HaircutNoticeKind =
  /** A settlement took it from the balance. */
  | 'HAIRCUT'
  /** Part of a haircut is given back, out of a recovery. */
  | 'REFUND'
  /** A haircut is given back in full, because its settlement was reversed. */
  | 'REVERSAL';

/** A pool to halt. */
export type HaltPoolInput = {
  /**
   * 1 to 255 bytes of your choice, unique in the pool over all mutations. Send the same key and input again after a
   * timeout or a crash: it answers what it answered first and writes nothing. With another input it is
   * IDEMPOTENCY_CONFLICT. Only successes are kept, and for ever; inputs are compared after coercion.
   */
  idempotencyKey: string;
  /** The pool's name. */
  pool: string;
  /** Why, 1 to 255 bytes: everyone who may read the pool reads it. */
  reason: string;
};

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

/**
 * A liquidation, either at prices that the caller gives, or at the marks. Positions are closed until the account is SAFE: in full, one
 * after the other in the order of the rules, and of the last one the part that does.
 */
export type LiquidateInput = {
  /** The account's ref. It must be ACTIVE, and LIQUIDATABLE or BANKRUPT at the marks. */
  account: string;
  /** Closes at the marks, in the order of the rules. Not together with `closeouts`. */
  atMarks?: boolean | null | undefined;
  /** What to close, each market once, at prices of the caller's: only these. Not together with `atMarks`. */
  closeouts?: Array<LiquidationCloseoutInput> | null | undefined;
  /** The fee, as a share of the notional that is closed, 0 to 1; the rule's when omitted. It never takes more than the equity left. */
  feeRate?: string | null | undefined;
  /**
   * 1 to 255 bytes of your choice, unique in the pool over all mutations. Send the same key and input again after a
   * timeout or a crash: it answers what it answered first and writes nothing. With another input it is
   * IDEMPOTENCY_CONFLICT. Only successes are kept, and for ever; inputs are compared after coercion.
   */
  idempotencyKey: string;
  /** The pool's name. */
  pool: string;
  /** The name of the loss event, should it come to one, unique in the pool, 1 to 128 bytes. Made up when omitted. */
  ref?: string | null | undefined;
  /** The account that takes the positions over at their close-out prices. Another ACTIVE account. */
  takeoverAccount: string;
};

/** What to close of one market's position. */
export type LiquidationCloseoutInput = {
  /** The market's symbol. It needs a mark, even where a price is given. */
  market: string;
  /** The close-out price, at least 0, in the pool's asset per unit of the underlying. */
  price: string;
  /** How many contracts, above 0, whatever the side; as many as it takes when omitted. */
  size?: string | null | undefined;
};

/** Which position a liquidation closes first; equal ones go by market symbol. */
export type LiquidationOrder =
  /** The one with the largest unrealized loss. */
  | 'LARGEST_LOSS'
  /** The one that requires most maintenance margin: fewest positions are closed. */
  | 'LARGEST_MARGIN'
  /** The one with the largest unrealized profit, or the smallest loss. */
  | 'SMALLEST_LOSS';

/** How far a loss event is covered. */
export type LossEventStatus =
  /** No settlement yet, or all of them were reversed. The next `settleLosses` that names no events takes it. */
  | 'OPEN'
  /** Settled, but fund and profits did not suffice. It stays until `settleLosses` names it again. */
  | 'PARTIALLY_COVERED'
  /** Covered in full, or recovered. */
  | 'SETTLED';

/** What a loss notice tells. */
export type LossNoticeKind =
  /** The pool takes no more mutations: `haltReason` is set. */
  | 'HALTED'
  /** A bankruptcy was reported and left a deficit: `lossEvent` is set. */
  | 'LOSS_OPENED'
  /** Money came back: `recovery` and `lossEvent` are set. */
  | 'RECOVERED'
  /** The pool takes mutations again. */
  | 'RESUMED'
  /** A settlement was taken back: `settlement` is set, with its `reversal`. */
  | 'REVERSED'
  /** Losses were settled: `settlement` is set. */
  | 'SETTLED';

/**
 * How losses are covered. What is omitted stays as it is; for a new pool that is FUND_THEN_SOCIALIZE, PRO_RATA, UNREALIZED,
 * POOL, 1, 0, BLOCK.
 */
export type LossRulesInput = {
  /** Fund balance that settlements leave untouched, at least 0. 0 when omitted. */
  fundReserve?: string | null | undefined;
  /** k in the weight of RISK_WEIGHTED, profit × leverage^k: 0 to 4. 1 when omitted. */
  leverageExponent?: number | null | undefined;
  /** The liquidation fee, as a share of the notional that is closed, 0 to 1. 0 when omitted. */
  liquidationFeeRate?: string | null | undefined;
  /** Which position a liquidation closes first. LARGEST_MARGIN when omitted. */
  liquidationOrder?: LiquidationOrder | null | undefined;
  /** The ref of the account that gets the liquidator's share, 1 to 128 bytes. Required where the share is above 0. */
  liquidatorAccount?: string | null | undefined;
  /** What share of the fee goes to `liquidatorAccount`, 0 to 1. 0 when omitted. */
  liquidatorShare?: string | null | undefined;
  /** β: the largest share of its profit that settlements together may take from an account, 0 to 1. 1 when omitted. */
  maxHaircutRate?: string | null | undefined;
  /** What leverage counts as at most in the weight of RISK_WEIGHTED, at least 0.000001; 0 for no limit. No limit when omitted. */
  maxLeverage?: string | null | undefined;
  /** How old, in seconds, marks may be when losses are settled, above 0; 0 for no limit. No limit when omitted. */
  maxMarkAgeSeconds?: number | null | undefined;
  /** How a socialized loss is divided. PRO_RATA when omitted. */
  method?: AllocationMethod | null | undefined;
  /** With scope MARKET, where what a market's winners cannot bear goes. POOL when omitted. */
  overflow?: MarketOverflow | null | undefined;
  /** Where positions come from. SNAPSHOTS when omitted. */
  positionSource?: PositionSource | null | undefined;
  /** Which profit bears it. UNREALIZED when omitted. */
  profitBasis?: ProfitBasis | null | undefined;
  /** Whose profit bears a loss. POOL when omitted. */
  scope?: LossScope | null | undefined;
  /**
   * The tiers, in the order that they pay, each once: OWN_COLLATERAL first, SOCIALIZATION last where it is one of them, and at
   * least one of INSURANCE_FUND and SOCIALIZATION.
   */
  tiers?: Array<WaterfallTierInput> | null | undefined;
  /** Which of fund and profitable accounts pay: a list of tiers by a short name, without caps. */
  waterfall?: Waterfall | null | undefined;
  /** Whether accounts may withdraw while a loss event is OPEN. BLOCK when omitted. */
  withdrawalsWhileLossOpen?: WithdrawalPolicy | null | undefined;
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

/** What the part of a notional above a size requires. */
export type MarginTierInput = {
  /** Share of the part above it that must be there to open, 0 to 1. */
  initialMarginRate: string;
  /** Share of the part above it below which the venue liquidates, 0 to `initialMarginRate`. */
  maintenanceMarginRate: string;
  /** Where the tier begins, above 0, in the pool's asset. */
  notionalAbove: string;
};

/** A mark price. */
export type MarkInput = {
  /**
   * When this was so; now, when omitted. An update older than what is stored is passed over, so that a late retry undoes
   * nothing. Without `asOf` it is always written.
   */
  asOf?: string | null | undefined;
  /** Takes a mark that moves by more than the market's band, which is refused with MARK_HELD otherwise. False when omitted. */
  confirm?: boolean | null | undefined;
  /** The market's symbol. */
  market: string;
  /** The mark, at least 0, in the pool's asset per unit of the underlying. */
  price: string;
};

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

/** A market's terms. */
export type MarketInput = {
  /**
   * Units of the underlying in one contract, above 0. When omitted 1 for a new market, unchanged for a known one. It
   * cannot change while positions are open.
   */
  contractSize?: string | null | undefined;
  /** Share of notional that must be there to open a position or to withdraw, 0 to 1. */
  initialMarginRate: string;
  /** Share of notional below which the venue liquidates, 0 to `initialMarginRate`. */
  maintenanceMarginRate: string;
  /**
   * What larger positions require: at most 50 tiers, each beginning at a larger notional and requiring no less than the one
   * before. Unchanged when omitted; an empty list takes them back.
   */
  marginTiers?: Array<MarginTierInput> | null | undefined;
  /** How far a mark may move, as a share of the one before, without being confirmed; 0 for no limit. Unchanged when omitted. */
  markBand?: string | null | undefined;
  /** The most contracts that an account may hold, long or short; 0 for no limit. Unchanged when omitted. */
  maxPosition?: string | null | undefined;
  /** The venue's own symbol, 1 to 128 bytes. A known one changes that market. */
  symbol: string;
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

/** With scope MARKET, where what a market's winners cannot bear goes. */
export type MarketOverflow =
  /** To the whole pool: to what all markets' winners can still bear. */
  | 'POOL'
  /** Nowhere: it stays uncovered. */
  | 'UNCOVERED';

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

/** What an account now holds in a market: the whole position, not a change of it. */
export type PositionInput = {
  /** The account's ref; it must be ACTIVE. */
  account: string;
  /**
   * When this was so; now, when omitted. An update older than what is stored is passed over, so that a late retry undoes
   * nothing. Without `asOf` it is always written.
   */
  asOf?: string | null | undefined;
  /** The average entry price, at least 0. size × contractSize × entryPrice is kept exactly, as the cost. */
  entryPrice: string;
  /** The market's symbol. */
  market: string;
  /** Contracts, signed: long above 0, short below; 0 closes. */
  size: string;
};

/** Where a pool's positions come from: one of the two, never both. */
export type PositionSource =
  /** The venue sends its fills, by `recordFills`, and positions and realized PnL follow. Positions and REALIZED_PNL transfers are refused. */
  | 'FILLS'
  /** The venue sets whole positions, and sends realized PnL as transfers. `recordFills` is refused. */
  | 'SNAPSHOTS';

/** Transfers to book, all or none. */
export type PostTransfersInput = {
  /**
   * 1 to 255 bytes of your choice, unique in the pool over all mutations. Send the same key and input again after a
   * timeout or a crash: it answers what it answered first and writes nothing. With another input it is
   * IDEMPOTENCY_CONFLICT. Only successes are kept, and for ever; inputs are compared after coercion.
   */
  idempotencyKey: string;
  /** The pool's name. */
  pool: string;
  /** 1 to 10,000 transfers. Withdrawals are judged on the state that the whole call leaves. */
  transfers: Array<TransferInput>;
};

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

/** Marks to set. */
export type PublishMarksInput = {
  /** 1 to 10,000 marks. Of several for one market the later in the list wins, unless its `asOf` is older. */
  marks: Array<MarkInput>;
  /** The pool's name. */
  pool: string;
};

/** Fills to record, all or none. */
export type RecordFillsInput = {
  /** 1 to 10,000 fills, in the order that they happened. */
  fills: Array<FillInput>;
  /**
   * 1 to 255 bytes of your choice, unique in the pool over all mutations. Send the same key and input again after a
   * timeout or a crash: it answers what it answered first and writes nothing. With another input it is
   * IDEMPOTENCY_CONFLICT. Only successes are kept, and for ever; inputs are compared after coercion.
   */
  idempotencyKey: string;
  /** The pool's name. */
  pool: string;
};

/** What came back from a bankrupt. */
export type RecordRecoveryInput = {
  /** What came back, above 0 and at most what of the deficit has not come back yet, in the pool's asset. */
  amount: string;
  /**
   * 1 to 255 bytes of your choice, unique in the pool over all mutations. Send the same key and input again after a
   * timeout or a crash: it answers what it answered first and writes nothing. With another input it is
   * IDEMPOTENCY_CONFLICT. Only successes are kept, and for ever; inputs are compared after coercion.
   */
  idempotencyKey: string;
  /** The loss event's ref. */
  lossEvent: string;
  /** The pool's name. */
  pool: string;
  /** Your own note, 1 to 255 bytes. */
  ref?: string | null | undefined;
};

/** Where a webhook goes on. */
export type ReplayWebhookInput = {
  /** The cursor of a notice, or a sequence (of MARGIN_ALERTS the number of an alert): all past it is delivered. 0 for everything. */
  after: string;
  /** The `id` of the webhook. */
  id: string | number;
};

/**
 * Closes the account's positions at the given prices (the mark where none is given), moves them to takeoverAccount so that
 * every market's sizes still add up (required if there are any), and opens a loss event over the negative equity that is
 * left. deficit = −(balance + PnL at the close-out prices), which must be above 0.
 */
export type ReportBankruptcyInput = {
  /** The bankrupt account's ref. It must be ACTIVE, and becomes BANKRUPT. */
  account: string;
  /**
   * Close-out prices, each market once, only of markets that the account has a position in. Markets not named close at
   * their mark.
   */
  closeouts?: Array<CloseoutInput> | null | undefined;
  /**
   * 1 to 255 bytes of your choice, unique in the pool over all mutations. Send the same key and input again after a
   * timeout or a crash: it answers what it answered first and writes nothing. With another input it is
   * IDEMPOTENCY_CONFLICT. Only successes are kept, and for ever; inputs are compared after coercion.
   */
  idempotencyKey: string;
  /** The pool's name. */
  pool: string;
  /** Your own name for the loss event, unique in the pool, 1 to 128 bytes. */
  ref: string;
  /**
   * The account that takes the positions over at their close-out prices, at average cost; what offsets a position of its
   * own realizes PnL. Another ACTIVE account. Required where positions are open, unused otherwise.
   */
  takeoverAccount?: string | null | undefined;
};

/** A pool to resume. */
export type ResumePoolInput = {
  /**
   * 1 to 255 bytes of your choice, unique in the pool over all mutations. Send the same key and input again after a
   * timeout or a crash: it answers what it answered first and writes nothing. With another input it is
   * IDEMPOTENCY_CONFLICT. Only successes are kept, and for ever; inputs are compared after coercion.
   */
  idempotencyKey: string;
  /** The pool's name. */
  pool: string;
};

/** A settlement to take back. */
export type ReverseSettlementInput = {
  /**
   * 1 to 255 bytes of your choice, unique in the pool over all mutations. Send the same key and input again after a
   * timeout or a crash: it answers what it answered first and writes nothing. With another input it is
   * IDEMPOTENCY_CONFLICT. Only successes are kept, and for ever; inputs are compared after coercion.
   */
  idempotencyKey: string;
  /** The pool's name. */
  pool: string;
  /** Why, 1 to 255 bytes: everyone who may read the settlement reads it. */
  reason: string;
  /** The settlement's sequence. */
  settlement: string;
};

/** Tokens to take back. */
export type RevokeTokensInput = {
  /** Those that were issued up to here, to the second; up to now where omitted. Not in the future. A token that does not say when it was issued always counts. */
  issuedBefore?: string | null | undefined;
  /** Why, 1 to 255 bytes, for the records. */
  reason?: string | null | undefined;
  /** Whose: the `sub` of the tokens, 1 to 255 bytes. */
  subject: string;
};

/** What a token allows. */
export type Role =
  /** Does all. */
  | 'ADMIN'
  /** Reads everything and writes nothing. */
  | 'ANALYST'
  /** Reads everything and writes, except creating pools, their rules and fund withdrawals. */
  | 'INTEGRATOR'
  /** Reads the accounts whose owner is the token's subject, and what is public of a pool. */
  | 'TRADER';

/** Which webhook gets a new secret. */
export type RotateWebhookSecretInput = {
  /** The `id` of the webhook. */
  id: string | number;
  /** For how many hours deliveries are signed with the secrets before too: 0 to 168; 0 where they are known to others. */
  overlapHours?: number;
};

/** How the random numbers of a simulation hang together. */
export type SamplingKind =
  /** In pairs that mirror each other: where one path falls, the other rises. */
  | 'ANTITHETIC'
  /** Not at all. */
  | 'PSEUDO'
  /** As a scrambled Sobol sequence, which fills the space evenly: errors shrink faster. */
  | 'SOBOL';

/** Haircut caps of single accounts. */
export type SetHaircutCapsInput = {
  /** 1 to 10,000 accounts, each named once. */
  caps: Array<HaircutCapInput>;
  /** The pool's name. */
  pool: string;
};

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

/** A session to cut. */
export type StartSessionInput = {
  /**
   * 1 to 255 bytes of your choice, unique in the pool over all mutations. Send the same key and input again after a
   * timeout or a crash: it answers what it answered first and writes nothing. With another input it is
   * IDEMPOTENCY_CONFLICT. Only successes are kept, and for ever; inputs are compared after coercion.
   */
  idempotencyKey: string;
  /** The pool's name. */
  pool: string;
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

/** One transfer. One that breaks the rule of its kind refuses the whole call. */
export type TransferInput = {
  /** The account's ref; it must be ACTIVE. */
  account: string;
  /** Signed, what it adds to the balance: DEPOSIT is above 0, WITHDRAWAL below, the others either, none is 0. */
  amount: string;
  /** What it is. */
  kind: TransferKind;
  /** Your own note, 1 to 255 bytes, kept with the booking. */
  ref?: string | null | undefined;
};

/** What a transfer is. */
export type TransferKind =
  /**
   * Collateral that moves between accounts of one owner, such as to an isolated one: of each owner it sums to 0 over the call.
   * What leaves an account is judged like a WITHDRAWAL.
   */
  | 'COLLATERAL'
  /** Cash that comes in. Above 0. */
  | 'DEPOSIT'
  /** A fee, or a rebate above 0. */
  | 'FEE'
  /** A funding payment, received above 0 and paid below. */
  | 'FUNDING'
  /** Profit or loss that a closed position realized. It offsets haircuts that the profit bore while unrealized. */
  | 'REALIZED_PNL'
  /**
   * Cash that goes out. Below 0. Refused with WITHDRAWALS_GATED while a loss event is OPEN and the rules say BLOCK, and
   * with INSUFFICIENT_FUNDS where the whole call would leave the balance below zero or the equity below the initial
   * margin.
   */
  | 'WITHDRAWAL';

/** Rules to change. */
export type UpdatePoolRulesInput = {
  /**
   * 1 to 255 bytes of your choice, unique in the pool over all mutations. Send the same key and input again after a
   * timeout or a crash: it answers what it answered first and writes nothing. With another input it is
   * IDEMPOTENCY_CONFLICT. Only successes are kept, and for ever; inputs are compared after coercion.
   */
  idempotencyKey: string;
  /** The pool's name. */
  pool: string;
  /** What changes; what is omitted stays as it is. */
  rules: LossRulesInput;
};

/** What to change of a webhook; what is omitted stays. */
export type UpdateWebhookInput = {
  /** Words of your own; null for none. */
  description?: string | null | undefined;
  /** Whether to deliver. `true` also lets it go on with the token at hand, where the ones before were revoked. */
  enabled?: boolean | null | undefined;
  /** The `id` of the webhook. */
  id: string | number;
  /** Where to post notices to from now on. */
  url?: string | null | undefined;
};

/** Accounts to create. */
export type UpsertAccountsInput = {
  /** 1 to 10,000 accounts. */
  accounts: Array<AccountInput>;
  /** The pool's name. */
  pool: string;
};

/** Markets to create or to change. */
export type UpsertMarketsInput = {
  /** 1 to 10,000 markets, each named once. */
  markets: Array<MarketInput>;
  /** The pool's name. */
  pool: string;
};

/** Positions to set. */
export type UpsertPositionsInput = {
  /** The pool's name. */
  pool: string;
  /** 1 to 10,000 positions. Of several for one account and market the later in the list wins, unless its `asOf` is older. */
  positions: Array<PositionInput>;
};

/** Which tiers cover a deficit D. F is the fund above its reserve and U the haircut capacity; what remains is `uncovered`. */
export type Waterfall =
  /** The fund alone: fundDraw = min(D, F), socialized = 0. */
  | 'FUND_ONLY'
  /** The fund first, then the profitable accounts: fundDraw = min(D, F), socialized = min(D − fundDraw, U). */
  | 'FUND_THEN_SOCIALIZE'
  /** The profitable accounts alone: fundDraw = 0, socialized = min(D, U). */
  | 'SOCIALIZE_ONLY';

/** A tier of the waterfall. */
export type WaterfallTierInput = {
  /** What it pays for one loss event at most, at least 0. Required for OPERATOR_CAPITAL, possible for INSURANCE_FUND. */
  capPerEvent?: string | null | undefined;
  /** Fund balance that settlements leave untouched, at least 0, of INSURANCE_FUND: the same as `fundReserve`. */
  reserve?: string | null | undefined;
  /** Who pays. */
  tier: WaterfallTierKind;
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

/** What a webhook is told: the notices of the subscription of that name. */
export type WebhookStream =
  /** `haircutNotices`: what happened to accounts. */
  | 'HAIRCUT_NOTICES'
  /** `lossNotices`: what happened in the pool. Takes INTEGRATOR or ADMIN. */
  | 'LOSS_NOTICES'
  /** `marginAlerts`: accounts whose health changed. */
  | 'MARGIN_ALERTS';

/** Money to take out of the insurance fund. */
export type WithdrawFromFundInput = {
  /** What is taken out, above 0, in the pool's asset. */
  amount: string;
  /**
   * 1 to 255 bytes of your choice, unique in the pool over all mutations. Send the same key and input again after a
   * timeout or a crash: it answers what it answered first and writes nothing. With another input it is
   * IDEMPOTENCY_CONFLICT. Only successes are kept, and for ever; inputs are compared after coercion.
   */
  idempotencyKey: string;
  /** The pool's name. */
  pool: string;
  /** Your own note, 1 to 255 bytes. */
  ref?: string | null | undefined;
};

/** Whether accounts may withdraw while a loss event is OPEN. */
export type WithdrawalPolicy =
  /** Yes, within the account's means. */
  | 'ALLOW'
  /** No: such withdrawals are refused with WITHDRAWALS_GATED, so that no profit leaves before it has borne its share. */
  | 'BLOCK';

type Refused_AccountNotActiveError_Fragment = { __typename: 'AccountNotActiveError', code: ErrorCode, message: string, path: Array<string> | null };

type Refused_AlreadyExistsError_Fragment = { __typename: 'AlreadyExistsError', code: ErrorCode, message: string, path: Array<string> | null };

type Refused_ConflictRetryError_Fragment = { __typename: 'ConflictRetryError', code: ErrorCode, message: string, path: Array<string> | null };

type Refused_IdempotencyConflictError_Fragment = { __typename: 'IdempotencyConflictError', code: ErrorCode, message: string, path: Array<string> | null };

type Refused_InsufficientFundsError_Fragment = { __typename: 'InsufficientFundsError', code: ErrorCode, message: string, path: Array<string> | null };

type Refused_InvalidInputError_Fragment = { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null };

type Refused_LimitExceededError_Fragment = { __typename: 'LimitExceededError', code: ErrorCode, message: string, path: Array<string> | null };

type Refused_LossAlreadySettledError_Fragment = { __typename: 'LossAlreadySettledError', code: ErrorCode, message: string, path: Array<string> | null };

type Refused_LossOpenError_Fragment = { __typename: 'LossOpenError', code: ErrorCode, message: string, path: Array<string> | null };

type Refused_MarkHeldError_Fragment = { __typename: 'MarkHeldError', code: ErrorCode, message: string, path: Array<string> | null };

type Refused_NotBankruptError_Fragment = { __typename: 'NotBankruptError', code: ErrorCode, message: string, path: Array<string> | null };

type Refused_NotFoundError_Fragment = { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null };

type Refused_NotLiquidatableError_Fragment = { __typename: 'NotLiquidatableError', code: ErrorCode, message: string, path: Array<string> | null };

type Refused_NotReversibleError_Fragment = { __typename: 'NotReversibleError', code: ErrorCode, message: string, path: Array<string> | null };

type Refused_NothingToSettleError_Fragment = { __typename: 'NothingToSettleError', code: ErrorCode, message: string, path: Array<string> | null };

type Refused_PoolHaltedError_Fragment = { __typename: 'PoolHaltedError', code: ErrorCode, message: string, path: Array<string> | null };

type Refused_StaleMarksError_Fragment = { __typename: 'StaleMarksError', code: ErrorCode, message: string, path: Array<string> | null };

type Refused_WithdrawalsGatedError_Fragment = { __typename: 'WithdrawalsGatedError', code: ErrorCode, message: string, path: Array<string> | null };

type Refused_WrongPositionSourceError_Fragment = { __typename: 'WrongPositionSourceError', code: ErrorCode, message: string, path: Array<string> | null };

export type RefusedFragment =
  | Refused_AccountNotActiveError_Fragment
  | Refused_AlreadyExistsError_Fragment
  | Refused_ConflictRetryError_Fragment
  | Refused_IdempotencyConflictError_Fragment
  | Refused_InsufficientFundsError_Fragment
  | Refused_InvalidInputError_Fragment
  | Refused_LimitExceededError_Fragment
  | Refused_LossAlreadySettledError_Fragment
  | Refused_LossOpenError_Fragment
  | Refused_MarkHeldError_Fragment
  | Refused_NotBankruptError_Fragment
  | Refused_NotFoundError_Fragment
  | Refused_NotLiquidatableError_Fragment
  | Refused_NotReversibleError_Fragment
  | Refused_NothingToSettleError_Fragment
  | Refused_PoolHaltedError_Fragment
  | Refused_StaleMarksError_Fragment
  | Refused_WithdrawalsGatedError_Fragment
  | Refused_WrongPositionSourceError_Fragment
;

export type NextFragment = { hasNextPage: boolean, endCursor: string | null };

export type RatioFieldsFragment = { numerator: string, denominator: string, decimal: string };

export type EstimateFieldsFragment = { value: number, standardError: number | null };

export type PoolFieldsFragment = { id: string, name: string, asset: string, decimals: number, status: PoolStatus, haltReason: string | null, sequence: string, rules: { version: number, waterfall: Waterfall, method: AllocationMethod, maxHaircutRate: string, fundReserve: string }, insuranceFund: { balance: string, available: string }, totals: { accounts: number, profitableAccounts: number, equity: string, openInterest: string, haircutCapacity: string, openDeficit: string, uncovered: string } };

export type MarginFieldsFragment = { equity: string, notional: string, initialMargin: string, maintenanceMargin: string, marginRatio: string | null, effectiveLeverage: string | null, health: AccountHealth };

export type AccountFieldsFragment = { id: string, ref: string, owner: string, status: AccountStatus, balance: string, unrealizedPnl: string, equity: string, haircutableProfit: string, totalHaircut: string, totalRecovered: string, lastNoticeSequence: string | null, pool: { name: string, sequence: string }, margin: { equity: string, notional: string, initialMargin: string, maintenanceMargin: string, marginRatio: string | null, effectiveLeverage: string | null, health: AccountHealth }, positions: Array<{ size: string, entryPrice: string, notional: string, unrealizedPnl: string, liquidationPrice: string | null, market: { symbol: string, markPrice: string | null } }> };

export type MarketFieldsFragment = { symbol: string, contractSize: string, initialMarginRate: string, maintenanceMarginRate: string, markPrice: string | null, markedAt: string | null };

export type LossEventFieldsFragment = { id: string, ref: string, sequence: string, status: LossEventStatus, deficit: string, recourse: string, operatorCapital: string, fundDraw: string, socialized: string, uncovered: string, recovered: string, openedAt: string, account: { ref: string } | null };

export type SettlementFieldsFragment = { id: string, sequence: string, method: AllocationMethod, deficit: string, recourse: string, operatorCapital: string, fundDraw: string, residual: string, haircutCapacity: string, socialized: string, uncovered: string, haircutCount: number, settledAt: string, haircutRatio: { numerator: string, denominator: string, decimal: string } };

export type HaircutFieldsFragment = { id: string, sequence: string, previousSequence: string | null, profit: string, cap: string, amount: string, recovered: string, balanceBefore: string, balanceAfter: string, account: { ref: string }, settlement: { sequence: string } };

export type FundEntryFieldsFragment = { sequence: string, kind: FundEntryKind, amount: string, balanceAfter: string, ref: string | null, createdAt: string };

export type RecoveryFieldsFragment = { sequence: string, amount: string, uncovered: string, haircuts: string, fund: string, operatorCapital: string, recourse: string, ref: string | null, recordedAt: string };

export type SimulationFieldsFragment = { id: string, status: SimulationStatus, sequence: string, accountCount: number, progress: number, problem: string | null };

export type CreatePoolMutationVariables = Exact<{
  input: CreatePoolInput;
}>;


export type CreatePoolMutation = { createPool:
    | { __typename: 'AlreadyExistsError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { id: string, name: string, asset: string, decimals: number, status: PoolStatus, haltReason: string | null, sequence: string, rules: { version: number, waterfall: Waterfall, method: AllocationMethod, maxHaircutRate: string, fundReserve: string }, insuranceFund: { balance: string, available: string }, totals: { accounts: number, profitableAccounts: number, equity: string, openInterest: string, haircutCapacity: string, openDeficit: string, uncovered: string } }
   };

export type UpsertMarketsMutationVariables = Exact<{
  input: UpsertMarketsInput;
}>;


export type UpsertMarketsMutation = { upsertMarkets:
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'PoolHaltedError', code: ErrorCode, message: string, path: Array<string> | null }
    | { sequence: string, markets: Array<{ symbol: string, contractSize: string, initialMarginRate: string, maintenanceMarginRate: string, markPrice: string | null, markedAt: string | null }> }
   };

export type PublishMarksMutationVariables = Exact<{
  input: PublishMarksInput;
}>;


export type PublishMarksMutation = { publishMarks:
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'MarkHeldError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'PoolHaltedError', code: ErrorCode, message: string, path: Array<string> | null }
    | { sequence: string }
   };

export type UpsertAccountsMutationVariables = Exact<{
  input: UpsertAccountsInput;
}>;


export type UpsertAccountsMutation = { upsertAccounts:
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'PoolHaltedError', code: ErrorCode, message: string, path: Array<string> | null }
    | { sequence: string, count: number }
   };

export type UpsertPositionsMutationVariables = Exact<{
  input: UpsertPositionsInput;
}>;


export type UpsertPositionsMutation = { upsertPositions:
    | { __typename: 'AccountNotActiveError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'LimitExceededError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'PoolHaltedError', code: ErrorCode, message: string, path: Array<string> | null }
    | { sequence: string, count: number }
    | { __typename: 'WrongPositionSourceError', code: ErrorCode, message: string, path: Array<string> | null }
   };

export type PostTransfersMutationVariables = Exact<{
  input: PostTransfersInput;
}>;


export type PostTransfersMutation = { postTransfers:
    | { __typename: 'AccountNotActiveError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'IdempotencyConflictError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'InsufficientFundsError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'PoolHaltedError', code: ErrorCode, message: string, path: Array<string> | null }
    | { sequence: string, count: number }
    | { __typename: 'WithdrawalsGatedError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'WrongPositionSourceError', code: ErrorCode, message: string, path: Array<string> | null }
   };

export type RecordFillsMutationVariables = Exact<{
  input: RecordFillsInput;
}>;


export type RecordFillsMutation = { recordFills:
    | { __typename: 'AccountNotActiveError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'IdempotencyConflictError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'LimitExceededError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'PoolHaltedError', code: ErrorCode, message: string, path: Array<string> | null }
    | { sequence: string, count: number }
    | { __typename: 'WrongPositionSourceError', code: ErrorCode, message: string, path: Array<string> | null }
   };

export type ApplyUpdatesMutationVariables = Exact<{
  input: ApplyUpdatesInput;
}>;


export type ApplyUpdatesMutation = { applyUpdates:
    | { __typename: 'AccountNotActiveError', code: ErrorCode, message: string, path: Array<string> | null }
    | { sequence: string, count: number }
    | { __typename: 'IdempotencyConflictError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'InsufficientFundsError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'LimitExceededError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'MarkHeldError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'PoolHaltedError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'WithdrawalsGatedError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'WrongPositionSourceError', code: ErrorCode, message: string, path: Array<string> | null }
   };

export type ContributeToFundMutationVariables = Exact<{
  input: ContributeToFundInput;
}>;


export type ContributeToFundMutation = { contributeToFund:
    | { sequence: string, kind: FundEntryKind, amount: string, balanceAfter: string, ref: string | null, createdAt: string }
    | { __typename: 'IdempotencyConflictError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'PoolHaltedError', code: ErrorCode, message: string, path: Array<string> | null }
   };

export type WithdrawFromFundMutationVariables = Exact<{
  input: WithdrawFromFundInput;
}>;


export type WithdrawFromFundMutation = { withdrawFromFund:
    | { sequence: string, kind: FundEntryKind, amount: string, balanceAfter: string, ref: string | null, createdAt: string }
    | { __typename: 'IdempotencyConflictError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'InsufficientFundsError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'LossOpenError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'PoolHaltedError', code: ErrorCode, message: string, path: Array<string> | null }
   };

export type ReportBankruptcyMutationVariables = Exact<{
  input: ReportBankruptcyInput;
}>;


export type ReportBankruptcyMutation = { reportBankruptcy:
    | { __typename: 'AccountNotActiveError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'AlreadyExistsError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'IdempotencyConflictError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { id: string, ref: string, sequence: string, status: LossEventStatus, deficit: string, recourse: string, operatorCapital: string, fundDraw: string, socialized: string, uncovered: string, recovered: string, openedAt: string, account: { ref: string } | null }
    | { __typename: 'NotBankruptError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'PoolHaltedError', code: ErrorCode, message: string, path: Array<string> | null }
   };

export type LiquidateMutationVariables = Exact<{
  input: LiquidateInput;
}>;


export type LiquidateMutation = { liquidate:
    | { __typename: 'AccountNotActiveError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'AlreadyExistsError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'IdempotencyConflictError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { sequence: string, realizedPnl: string, fee: string, fundFee: string, liquidatorFee: string, healthBefore: AccountHealth, healthAfter: AccountHealth, equityBefore: string, equityAfter: string, liquidatedAt: string, account: { ref: string, status: AccountStatus } | null, closes: Array<{ market: string, size: string, price: string, realizedPnl: string }>, lossEvent: { id: string, ref: string, sequence: string, status: LossEventStatus, deficit: string, recourse: string, operatorCapital: string, fundDraw: string, socialized: string, uncovered: string, recovered: string, openedAt: string, account: { ref: string } | null } | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotLiquidatableError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'PoolHaltedError', code: ErrorCode, message: string, path: Array<string> | null }
   };

export type SettleLossesMutationVariables = Exact<{
  input: SettleLossesInput;
}>;


export type SettleLossesMutation = { settleLosses:
    | { __typename: 'ConflictRetryError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'IdempotencyConflictError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'LossAlreadySettledError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NothingToSettleError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'PoolHaltedError', code: ErrorCode, message: string, path: Array<string> | null }
    | { id: string, sequence: string, method: AllocationMethod, deficit: string, recourse: string, operatorCapital: string, fundDraw: string, residual: string, haircutCapacity: string, socialized: string, uncovered: string, haircutCount: number, settledAt: string, haircutRatio: { numerator: string, denominator: string, decimal: string } }
    | { __typename: 'StaleMarksError', code: ErrorCode, message: string, path: Array<string> | null }
   };

export type RecordRecoveryMutationVariables = Exact<{
  input: RecordRecoveryInput;
}>;


export type RecordRecoveryMutation = { recordRecovery:
    | { __typename: 'IdempotencyConflictError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'PoolHaltedError', code: ErrorCode, message: string, path: Array<string> | null }
    | { sequence: string, amount: string, uncovered: string, haircuts: string, fund: string, operatorCapital: string, recourse: string, ref: string | null, recordedAt: string }
   };

export type ReverseSettlementMutationVariables = Exact<{
  input: ReverseSettlementInput;
}>;


export type ReverseSettlementMutation = { reverseSettlement:
    | { __typename: 'IdempotencyConflictError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotReversibleError', code: ErrorCode, message: string, path: Array<string> | null }
    | { sequence: string, reason: string, reversedAt: string, settlement: { sequence: string } }
   };

export type UpdatePoolRulesMutationVariables = Exact<{
  input: UpdatePoolRulesInput;
}>;


export type UpdatePoolRulesMutation = { updatePoolRules:
    | { __typename: 'IdempotencyConflictError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'LossOpenError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { id: string, name: string, asset: string, decimals: number, status: PoolStatus, haltReason: string | null, sequence: string, rules: { version: number, waterfall: Waterfall, method: AllocationMethod, maxHaircutRate: string, fundReserve: string }, insuranceFund: { balance: string, available: string }, totals: { accounts: number, profitableAccounts: number, equity: string, openInterest: string, haircutCapacity: string, openDeficit: string, uncovered: string } }
   };

export type SetHaircutCapsMutationVariables = Exact<{
  input: SetHaircutCapsInput;
}>;


export type SetHaircutCapsMutation = { setHaircutCaps:
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { sequence: string, count: number }
   };

export type HaltPoolMutationVariables = Exact<{
  input: HaltPoolInput;
}>;


export type HaltPoolMutation = { haltPool:
    | { __typename: 'IdempotencyConflictError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { id: string, name: string, asset: string, decimals: number, status: PoolStatus, haltReason: string | null, sequence: string, rules: { version: number, waterfall: Waterfall, method: AllocationMethod, maxHaircutRate: string, fundReserve: string }, insuranceFund: { balance: string, available: string }, totals: { accounts: number, profitableAccounts: number, equity: string, openInterest: string, haircutCapacity: string, openDeficit: string, uncovered: string } }
    | { __typename: 'PoolHaltedError', code: ErrorCode, message: string, path: Array<string> | null }
   };

export type ResumePoolMutationVariables = Exact<{
  input: ResumePoolInput;
}>;


export type ResumePoolMutation = { resumePool:
    | { __typename: 'IdempotencyConflictError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { id: string, name: string, asset: string, decimals: number, status: PoolStatus, haltReason: string | null, sequence: string, rules: { version: number, waterfall: Waterfall, method: AllocationMethod, maxHaircutRate: string, fundReserve: string }, insuranceFund: { balance: string, available: string }, totals: { accounts: number, profitableAccounts: number, equity: string, openInterest: string, haircutCapacity: string, openDeficit: string, uncovered: string } }
    | { __typename: 'PoolHaltedError', code: ErrorCode, message: string, path: Array<string> | null }
   };

export type StartSessionMutationVariables = Exact<{
  input: StartSessionInput;
}>;


export type StartSessionMutation = { startSession:
    | { __typename: 'IdempotencyConflictError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'LossOpenError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'PoolHaltedError', code: ErrorCode, message: string, path: Array<string> | null }
    | { sequence: string }
   };

export type RevokeTokensMutationVariables = Exact<{
  input: RevokeTokensInput;
}>;


export type RevokeTokensMutation = { revokeTokens:
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { subject: string, issuedBefore: string }
   };

export type StartSimulationMutationVariables = Exact<{
  input: StartSimulationInput;
}>;


export type StartSimulationMutation = { startSimulation:
    | { __typename: 'IdempotencyConflictError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'LimitExceededError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { id: string, status: SimulationStatus, sequence: string, accountCount: number, progress: number, problem: string | null }
   };

export type CancelSimulationMutationVariables = Exact<{
  id: string | number;
}>;


export type CancelSimulationMutation = { cancelSimulation:
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { id: string, status: SimulationStatus, sequence: string, accountCount: number, progress: number, problem: string | null }
   };

export type HaircutNoticeFieldsFragment = { cursor: string, sequence: string, previousSequence: string | null, kind: HaircutNoticeKind, amount: string, committedAt: string, explanation: string, haircut: { id: string, sequence: string, profit: string, cap: string, amount: string, balanceBefore: string, balanceAfter: string, account: { ref: string }, settlement: { id: string, sequence: string } } };

export type HaircutNoticesSubscriptionVariables = Exact<{
  pool: string;
  accounts?: Array<string> | string | null | undefined;
  after?: string | null | undefined;
}>;


export type HaircutNoticesSubscription = { haircutNotices: { cursor: string, sequence: string, previousSequence: string | null, kind: HaircutNoticeKind, amount: string, committedAt: string, explanation: string, haircut: { id: string, sequence: string, profit: string, cap: string, amount: string, balanceBefore: string, balanceAfter: string, account: { ref: string }, settlement: { id: string, sequence: string } } } };

export type ProvenHaircutNoticesSubscriptionVariables = Exact<{
  pool: string;
  accounts?: Array<string> | string | null | undefined;
  after?: string | null | undefined;
}>;


export type ProvenHaircutNoticesSubscription = { haircutNotices: { cursor: string, sequence: string, previousSequence: string | null, kind: HaircutNoticeKind, amount: string, committedAt: string, explanation: string, haircut: { id: string, sequence: string, profit: string, cap: string, amount: string, balanceBefore: string, balanceAfter: string, proof: { document: string } | null, account: { ref: string }, settlement: { id: string, sequence: string } } } };

export type LossNoticesSubscriptionVariables = Exact<{
  pool: string;
  after?: string | null | undefined;
}>;


export type LossNoticesSubscription = { lossNotices: { cursor: string, sequence: string, previousSequence: string | null, kind: LossNoticeKind, haltReason: string | null, committedAt: string, lossEvent: { id: string, ref: string, sequence: string, status: LossEventStatus, deficit: string, recourse: string, operatorCapital: string, fundDraw: string, socialized: string, uncovered: string, recovered: string, openedAt: string, account: { ref: string } | null } | null, settlement: { id: string, sequence: string, method: AllocationMethod, deficit: string, recourse: string, operatorCapital: string, fundDraw: string, residual: string, haircutCapacity: string, socialized: string, uncovered: string, haircutCount: number, settledAt: string, haircutRatio: { numerator: string, denominator: string, decimal: string } } | null, recovery: { sequence: string, amount: string, uncovered: string, haircuts: string, fund: string, operatorCapital: string, recourse: string, ref: string | null, recordedAt: string } | null } };

export type MarginAlertsSubscriptionVariables = Exact<{
  pool: string;
  accounts?: Array<string> | string | null | undefined;
  after?: string | null | undefined;
}>;


export type MarginAlertsSubscription = { marginAlerts: { cursor: string, number: string, previousNumber: string | null, health: AccountHealth, previousHealth: AccountHealth, equity: string, initialMargin: string, maintenanceMargin: string, sequence: string, raisedAt: string, account: { ref: string } } };

export type SimulationProgressSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type SimulationProgressSubscription = { simulationProgress: { id: string, status: SimulationStatus, sequence: string, accountCount: number, progress: number, problem: string | null } };

export type ViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type ViewerQuery = { viewer: { subject: string, roles: Array<Role> } };

export type PoolQueryVariables = Exact<{
  name: string;
}>;


export type PoolQuery = { pool: { id: string, name: string, asset: string, decimals: number, status: PoolStatus, haltReason: string | null, sequence: string, rules: { version: number, waterfall: Waterfall, method: AllocationMethod, maxHaircutRate: string, fundReserve: string }, insuranceFund: { balance: string, available: string }, totals: { accounts: number, profitableAccounts: number, equity: string, openInterest: string, haircutCapacity: string, openDeficit: string, uncovered: string } } | null };

export type PoolsQueryVariables = Exact<{
  after?: string | null | undefined;
}>;


export type PoolsQuery = { page: { edges: Array<{ node: { id: string, name: string, asset: string, decimals: number, status: PoolStatus, haltReason: string | null, sequence: string, rules: { version: number, waterfall: Waterfall, method: AllocationMethod, maxHaircutRate: string, fundReserve: string }, insuranceFund: { balance: string, available: string }, totals: { accounts: number, profitableAccounts: number, equity: string, openInterest: string, haircutCapacity: string, openDeficit: string, uncovered: string } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type AccountQueryVariables = Exact<{
  pool: string;
  ref: string;
}>;


export type AccountQuery = { pool: { account: { id: string, ref: string, owner: string, status: AccountStatus, balance: string, unrealizedPnl: string, equity: string, haircutableProfit: string, totalHaircut: string, totalRecovered: string, lastNoticeSequence: string | null, pool: { name: string, sequence: string }, margin: { equity: string, notional: string, initialMargin: string, maintenanceMargin: string, marginRatio: string | null, effectiveLeverage: string | null, health: AccountHealth }, positions: Array<{ size: string, entryPrice: string, notional: string, unrealizedPnl: string, liquidationPrice: string | null, market: { symbol: string, markPrice: string | null } }> } | null } | null };

export type AccountsQueryVariables = Exact<{
  pool: string;
  filter?: AccountFilter | null | undefined;
  after?: string | null | undefined;
}>;


export type AccountsQuery = { pool: { page: { edges: Array<{ node: { id: string, ref: string, owner: string, status: AccountStatus, balance: string, unrealizedPnl: string, equity: string, haircutableProfit: string, totalHaircut: string, totalRecovered: string, lastNoticeSequence: string | null, pool: { name: string, sequence: string }, margin: { equity: string, notional: string, initialMargin: string, maintenanceMargin: string, marginRatio: string | null, effectiveLeverage: string | null, health: AccountHealth }, positions: Array<{ size: string, entryPrice: string, notional: string, unrealizedPnl: string, liquidationPrice: string | null, market: { symbol: string, markPrice: string | null } }> } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type MyAccountsQueryVariables = Exact<{
  after?: string | null | undefined;
}>;


export type MyAccountsQuery = { page: { edges: Array<{ node: { id: string, ref: string, owner: string, status: AccountStatus, balance: string, unrealizedPnl: string, equity: string, haircutableProfit: string, totalHaircut: string, totalRecovered: string, lastNoticeSequence: string | null, pool: { name: string, sequence: string }, margin: { equity: string, notional: string, initialMargin: string, maintenanceMargin: string, marginRatio: string | null, effectiveLeverage: string | null, health: AccountHealth }, positions: Array<{ size: string, entryPrice: string, notional: string, unrealizedPnl: string, liquidationPrice: string | null, market: { symbol: string, markPrice: string | null } }> } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type AccountsAtRiskQueryVariables = Exact<{
  pool: string;
  first?: number | null | undefined;
  health?: Array<AccountHealth> | AccountHealth | null | undefined;
}>;


export type AccountsAtRiskQuery = { accountsAtRisk: { edges: Array<{ node: { id: string, ref: string, owner: string, status: AccountStatus, balance: string, unrealizedPnl: string, equity: string, haircutableProfit: string, totalHaircut: string, totalRecovered: string, lastNoticeSequence: string | null, pool: { name: string, sequence: string }, margin: { equity: string, notional: string, initialMargin: string, maintenanceMargin: string, marginRatio: string | null, effectiveLeverage: string | null, health: AccountHealth }, positions: Array<{ size: string, entryPrice: string, notional: string, unrealizedPnl: string, liquidationPrice: string | null, market: { symbol: string, markPrice: string | null } }> } }> } };

export type LossEventsQueryVariables = Exact<{
  pool: string;
  status?: LossEventStatus | null | undefined;
  after?: string | null | undefined;
}>;


export type LossEventsQuery = { pool: { page: { edges: Array<{ node: { id: string, ref: string, sequence: string, status: LossEventStatus, deficit: string, recourse: string, operatorCapital: string, fundDraw: string, socialized: string, uncovered: string, recovered: string, openedAt: string, account: { ref: string } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type SettlementsQueryVariables = Exact<{
  pool: string;
  after?: string | null | undefined;
}>;


export type SettlementsQuery = { pool: { page: { edges: Array<{ node: { id: string, sequence: string, method: AllocationMethod, deficit: string, recourse: string, operatorCapital: string, fundDraw: string, residual: string, haircutCapacity: string, socialized: string, uncovered: string, haircutCount: number, settledAt: string, haircutRatio: { numerator: string, denominator: string, decimal: string } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type SettlementHaircutsQueryVariables = Exact<{
  id: string | number;
  after?: string | null | undefined;
}>;


export type SettlementHaircutsQuery = { node:
    | { page: { edges: Array<{ node: { id: string, sequence: string, previousSequence: string | null, profit: string, cap: string, amount: string, recovered: string, balanceBefore: string, balanceAfter: string, account: { ref: string }, settlement: { sequence: string } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } }
    | Record<PropertyKey, never>
   | null };

export type AccountHaircutsQueryVariables = Exact<{
  pool: string;
  ref: string;
  after?: string | null | undefined;
}>;


export type AccountHaircutsQuery = { pool: { account: { page: { edges: Array<{ node: { id: string, sequence: string, previousSequence: string | null, profit: string, cap: string, amount: string, recovered: string, balanceBefore: string, balanceAfter: string, account: { ref: string }, settlement: { sequence: string } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null } | null };

export type FundEntriesQueryVariables = Exact<{
  pool: string;
  after?: string | null | undefined;
}>;


export type FundEntriesQuery = { pool: { insuranceFund: { page: { edges: Array<{ node: { sequence: string, kind: FundEntryKind, amount: string, balanceAfter: string, ref: string | null, createdAt: string } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } } | null };

export type PreviewSettlementQueryVariables = Exact<{
  input: PreviewSettlementInput;
  first?: number | null | undefined;
}>;


export type PreviewSettlementQuery = { previewSettlement:
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NothingToSettleError', code: ErrorCode, message: string, path: Array<string> | null }
    | { deficit: string, recourse: string, operatorCapital: string, fundDraw: string, residual: string, haircutCapacity: string, socialized: string, uncovered: string, haircutCount: number, haircutRatio: { numerator: string, denominator: string, decimal: string }, haircuts: Array<{ profit: string, amount: string, account: { ref: string } }> }
   };

export type CompareAllocationsQueryVariables = Exact<{
  input: CompareAllocationsInput;
}>;


export type CompareAllocationsQuery = { compareAllocations:
    | { methods: Array<{ method: AllocationMethod, socialized: string, uncovered: string, accountsTouched: number, accountsWipedOut: number, effectiveNumber: string, gini: string, topTenShare: string, largestRate: { numerator: string, denominator: string, decimal: string } }> }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NothingToSettleError', code: ErrorCode, message: string, path: Array<string> | null }
   };

export type CheckTradeQueryVariables = Exact<{
  input: CheckTradeInput;
}>;


export type CheckTradeQuery = { checkTrade:
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { allowed: boolean, reason: string | null, size: string, entryPrice: string, liquidationPrice: string | null, realizedPnl: string, margin: { equity: string, notional: string, initialMargin: string, maintenanceMargin: string, marginRatio: string | null, effectiveLeverage: string | null, health: AccountHealth } }
   };

export type StressTestQueryVariables = Exact<{
  input: StressTestInput;
}>;


export type StressTestQuery = { stressTest:
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'LimitExceededError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { scenarios: Array<{ name: string, changes: Array<string>, closedOutCount: number, bankruptCount: number, deficit: string, recourse: string, operatorCapital: string, fundDraw: string, fundAfter: string, socialized: string, uncovered: string, haircutCount: number, haircutRatio: { numerator: string, denominator: string, decimal: string } }> }
   };

export type SimulationQueryVariables = Exact<{
  id: string | number;
}>;


export type SimulationQuery = { simulation: { id: string, status: SimulationStatus, sequence: string, accountCount: number, progress: number, problem: string | null, result: { paths: number, probabilityOfBankruptcy: { value: number, standardError: number | null } | null, probabilityOfSocialization: { value: number, standardError: number | null } | null, probabilityOfUncovered: { value: number, standardError: number | null } | null, expectedDeficit: { value: number, standardError: number | null } | null, expectedSocialized: { value: number, standardError: number | null } | null, expectedUncovered: { value: number, standardError: number | null } | null, expectedHaircutRate: { value: number, standardError: number | null } | null } | null } | null };

export type WebhookFieldsFragment = { id: string, url: string, description: string | null, stream: WebhookStream, accounts: Array<string> | null, withProofs: boolean, enabled: boolean, deliveredSequence: string | null, deliveredAt: string | null, failures: number, failingSince: string | null, nextAttemptAt: string | null, problem: string | null, createdAt: string };

export type WebhooksQueryVariables = Exact<{
  pool: string;
}>;


export type WebhooksQuery = { webhooks: Array<{ id: string, url: string, description: string | null, stream: WebhookStream, accounts: Array<string> | null, withProofs: boolean, enabled: boolean, deliveredSequence: string | null, deliveredAt: string | null, failures: number, failingSince: string | null, nextAttemptAt: string | null, problem: string | null, createdAt: string }> };

export type CreateWebhookMutationVariables = Exact<{
  input: CreateWebhookInput;
}>;


export type CreateWebhookMutation = { createWebhook:
    | { secret: string | null, webhook: { id: string, url: string, description: string | null, stream: WebhookStream, accounts: Array<string> | null, withProofs: boolean, enabled: boolean, deliveredSequence: string | null, deliveredAt: string | null, failures: number, failingSince: string | null, nextAttemptAt: string | null, problem: string | null, createdAt: string } }
    | { __typename: 'IdempotencyConflictError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'LimitExceededError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
   };

export type UpdateWebhookMutationVariables = Exact<{
  input: UpdateWebhookInput;
}>;


export type UpdateWebhookMutation = { updateWebhook:
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { id: string, url: string, description: string | null, stream: WebhookStream, accounts: Array<string> | null, withProofs: boolean, enabled: boolean, deliveredSequence: string | null, deliveredAt: string | null, failures: number, failingSince: string | null, nextAttemptAt: string | null, problem: string | null, createdAt: string }
   };

export type DeleteWebhookMutationVariables = Exact<{
  id: string | number;
}>;


export type DeleteWebhookMutation = { deleteWebhook:
    | { id: string }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
   };

export type ReplayWebhookMutationVariables = Exact<{
  input: ReplayWebhookInput;
}>;


export type ReplayWebhookMutation = { replayWebhook:
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { id: string, url: string, description: string | null, stream: WebhookStream, accounts: Array<string> | null, withProofs: boolean, enabled: boolean, deliveredSequence: string | null, deliveredAt: string | null, failures: number, failingSince: string | null, nextAttemptAt: string | null, problem: string | null, createdAt: string }
   };

export type RotateWebhookSecretMutationVariables = Exact<{
  input: RotateWebhookSecretInput;
}>;


export type RotateWebhookSecretMutation = { rotateWebhookSecret:
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'LimitExceededError', code: ErrorCode, message: string, path: Array<string> | null }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> | null }
    | { secret: string, webhook: { id: string, url: string, description: string | null, stream: WebhookStream, accounts: Array<string> | null, withProofs: boolean, enabled: boolean, deliveredSequence: string | null, deliveredAt: string | null, failures: number, failingSince: string | null, nextAttemptAt: string | null, problem: string | null, createdAt: string } }
   };

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
export const RefusedFragmentDoc = new TypedDocumentString(`
    fragment Refused on Error {
  __typename
  code
  message
  path
}
    `, {"fragmentName":"Refused"}) as unknown as TypedDocumentString<RefusedFragment, unknown>;
export const NextFragmentDoc = new TypedDocumentString(`
    fragment Next on PageInfo {
  hasNextPage
  endCursor
}
    `, {"fragmentName":"Next"}) as unknown as TypedDocumentString<NextFragment, unknown>;
export const EstimateFieldsFragmentDoc = new TypedDocumentString(`
    fragment EstimateFields on Estimate {
  value
  standardError
}
    `, {"fragmentName":"EstimateFields"}) as unknown as TypedDocumentString<EstimateFieldsFragment, unknown>;
export const PoolFieldsFragmentDoc = new TypedDocumentString(`
    fragment PoolFields on Pool {
  id
  name
  asset
  decimals
  status
  haltReason
  sequence
  rules {
    version
    waterfall
    method
    maxHaircutRate
    fundReserve
  }
  insuranceFund {
    balance
    available
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
}
    `, {"fragmentName":"PoolFields"}) as unknown as TypedDocumentString<PoolFieldsFragment, unknown>;
export const MarginFieldsFragmentDoc = new TypedDocumentString(`
    fragment MarginFields on AccountMargin {
  equity
  notional
  initialMargin
  maintenanceMargin
  marginRatio
  effectiveLeverage
  health
}
    `, {"fragmentName":"MarginFields"}) as unknown as TypedDocumentString<MarginFieldsFragment, unknown>;
export const AccountFieldsFragmentDoc = new TypedDocumentString(`
    fragment AccountFields on Account {
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
  lastNoticeSequence
  pool {
    name
    sequence
  }
  margin {
    ...MarginFields
  }
  positions {
    market {
      symbol
      markPrice
    }
    size
    entryPrice
    notional
    unrealizedPnl
    liquidationPrice
  }
}
    fragment MarginFields on AccountMargin {
  equity
  notional
  initialMargin
  maintenanceMargin
  marginRatio
  effectiveLeverage
  health
}`, {"fragmentName":"AccountFields"}) as unknown as TypedDocumentString<AccountFieldsFragment, unknown>;
export const MarketFieldsFragmentDoc = new TypedDocumentString(`
    fragment MarketFields on Market {
  symbol
  contractSize
  initialMarginRate
  maintenanceMarginRate
  markPrice
  markedAt
}
    `, {"fragmentName":"MarketFields"}) as unknown as TypedDocumentString<MarketFieldsFragment, unknown>;
export const LossEventFieldsFragmentDoc = new TypedDocumentString(`
    fragment LossEventFields on LossEvent {
  id
  ref
  sequence
  status
  account {
    ref
  }
  deficit
  recourse
  operatorCapital
  fundDraw
  socialized
  uncovered
  recovered
  openedAt
}
    `, {"fragmentName":"LossEventFields"}) as unknown as TypedDocumentString<LossEventFieldsFragment, unknown>;
export const RatioFieldsFragmentDoc = new TypedDocumentString(`
    fragment RatioFields on Ratio {
  numerator
  denominator
  decimal
}
    `, {"fragmentName":"RatioFields"}) as unknown as TypedDocumentString<RatioFieldsFragment, unknown>;
export const SettlementFieldsFragmentDoc = new TypedDocumentString(`
    fragment SettlementFields on Settlement {
  id
  sequence
  method
  deficit
  recourse
  operatorCapital
  fundDraw
  residual
  haircutCapacity
  socialized
  uncovered
  haircutRatio {
    ...RatioFields
  }
  haircutCount
  settledAt
}
    fragment RatioFields on Ratio {
  numerator
  denominator
  decimal
}`, {"fragmentName":"SettlementFields"}) as unknown as TypedDocumentString<SettlementFieldsFragment, unknown>;
export const HaircutFieldsFragmentDoc = new TypedDocumentString(`
    fragment HaircutFields on Haircut {
  id
  sequence
  previousSequence
  account {
    ref
  }
  settlement {
    sequence
  }
  profit
  cap
  amount
  recovered
  balanceBefore
  balanceAfter
}
    `, {"fragmentName":"HaircutFields"}) as unknown as TypedDocumentString<HaircutFieldsFragment, unknown>;
export const FundEntryFieldsFragmentDoc = new TypedDocumentString(`
    fragment FundEntryFields on FundEntry {
  sequence
  kind
  amount
  balanceAfter
  ref
  createdAt
}
    `, {"fragmentName":"FundEntryFields"}) as unknown as TypedDocumentString<FundEntryFieldsFragment, unknown>;
export const RecoveryFieldsFragmentDoc = new TypedDocumentString(`
    fragment RecoveryFields on Recovery {
  sequence
  amount
  uncovered
  haircuts
  fund
  operatorCapital
  recourse
  ref
  recordedAt
}
    `, {"fragmentName":"RecoveryFields"}) as unknown as TypedDocumentString<RecoveryFieldsFragment, unknown>;
export const SimulationFieldsFragmentDoc = new TypedDocumentString(`
    fragment SimulationFields on Simulation {
  id
  status
  sequence
  accountCount
  progress
  problem
}
    `, {"fragmentName":"SimulationFields"}) as unknown as TypedDocumentString<SimulationFieldsFragment, unknown>;
export const HaircutNoticeFieldsFragmentDoc = new TypedDocumentString(`
    fragment HaircutNoticeFields on HaircutNotice {
  cursor
  sequence
  previousSequence
  kind
  amount
  committedAt
  explanation
  haircut {
    id
    sequence
    account {
      ref
    }
    profit
    cap
    amount
    balanceBefore
    balanceAfter
    settlement {
      id
      sequence
    }
  }
}
    `, {"fragmentName":"HaircutNoticeFields"}) as unknown as TypedDocumentString<HaircutNoticeFieldsFragment, unknown>;
export const WebhookFieldsFragmentDoc = new TypedDocumentString(`
    fragment WebhookFields on Webhook {
  id
  url
  description
  stream
  accounts
  withProofs
  enabled
  deliveredSequence
  deliveredAt
  failures
  failingSince
  nextAttemptAt
  problem
  createdAt
}
    `, {"fragmentName":"WebhookFields"}) as unknown as TypedDocumentString<WebhookFieldsFragment, unknown>;
export const CreatePoolDocument = new TypedDocumentString(`
    mutation CreatePool($input: CreatePoolInput!) {
  createPool(input: $input) {
    ... on Pool {
      ...PoolFields
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}
fragment PoolFields on Pool {
  id
  name
  asset
  decimals
  status
  haltReason
  sequence
  rules {
    version
    waterfall
    method
    maxHaircutRate
    fundReserve
  }
  insuranceFund {
    balance
    available
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
}`) as unknown as TypedDocumentString<CreatePoolMutation, CreatePoolMutationVariables>;
export const UpsertMarketsDocument = new TypedDocumentString(`
    mutation UpsertMarkets($input: UpsertMarketsInput!) {
  upsertMarkets(input: $input) {
    ... on UpsertMarketsPayload {
      sequence
      markets {
        ...MarketFields
      }
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}
fragment MarketFields on Market {
  symbol
  contractSize
  initialMarginRate
  maintenanceMarginRate
  markPrice
  markedAt
}`) as unknown as TypedDocumentString<UpsertMarketsMutation, UpsertMarketsMutationVariables>;
export const PublishMarksDocument = new TypedDocumentString(`
    mutation PublishMarks($input: PublishMarksInput!) {
  publishMarks(input: $input) {
    ... on PublishMarksPayload {
      sequence
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}`) as unknown as TypedDocumentString<PublishMarksMutation, PublishMarksMutationVariables>;
export const UpsertAccountsDocument = new TypedDocumentString(`
    mutation UpsertAccounts($input: UpsertAccountsInput!) {
  upsertAccounts(input: $input) {
    ... on UpsertAccountsPayload {
      sequence
      count
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}`) as unknown as TypedDocumentString<UpsertAccountsMutation, UpsertAccountsMutationVariables>;
export const UpsertPositionsDocument = new TypedDocumentString(`
    mutation UpsertPositions($input: UpsertPositionsInput!) {
  upsertPositions(input: $input) {
    ... on UpsertPositionsPayload {
      sequence
      count
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}`) as unknown as TypedDocumentString<UpsertPositionsMutation, UpsertPositionsMutationVariables>;
export const PostTransfersDocument = new TypedDocumentString(`
    mutation PostTransfers($input: PostTransfersInput!) {
  postTransfers(input: $input) {
    ... on PostTransfersPayload {
      sequence
      count
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}`) as unknown as TypedDocumentString<PostTransfersMutation, PostTransfersMutationVariables>;
export const RecordFillsDocument = new TypedDocumentString(`
    mutation RecordFills($input: RecordFillsInput!) {
  recordFills(input: $input) {
    ... on RecordFillsPayload {
      sequence
      count
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}`) as unknown as TypedDocumentString<RecordFillsMutation, RecordFillsMutationVariables>;
export const ApplyUpdatesDocument = new TypedDocumentString(`
    mutation ApplyUpdates($input: ApplyUpdatesInput!) {
  applyUpdates(input: $input) {
    ... on ApplyUpdatesPayload {
      sequence
      count
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}`) as unknown as TypedDocumentString<ApplyUpdatesMutation, ApplyUpdatesMutationVariables>;
export const ContributeToFundDocument = new TypedDocumentString(`
    mutation ContributeToFund($input: ContributeToFundInput!) {
  contributeToFund(input: $input) {
    ... on FundEntry {
      ...FundEntryFields
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}
fragment FundEntryFields on FundEntry {
  sequence
  kind
  amount
  balanceAfter
  ref
  createdAt
}`) as unknown as TypedDocumentString<ContributeToFundMutation, ContributeToFundMutationVariables>;
export const WithdrawFromFundDocument = new TypedDocumentString(`
    mutation WithdrawFromFund($input: WithdrawFromFundInput!) {
  withdrawFromFund(input: $input) {
    ... on FundEntry {
      ...FundEntryFields
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}
fragment FundEntryFields on FundEntry {
  sequence
  kind
  amount
  balanceAfter
  ref
  createdAt
}`) as unknown as TypedDocumentString<WithdrawFromFundMutation, WithdrawFromFundMutationVariables>;
export const ReportBankruptcyDocument = new TypedDocumentString(`
    mutation ReportBankruptcy($input: ReportBankruptcyInput!) {
  reportBankruptcy(input: $input) {
    ... on LossEvent {
      ...LossEventFields
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}
fragment LossEventFields on LossEvent {
  id
  ref
  sequence
  status
  account {
    ref
  }
  deficit
  recourse
  operatorCapital
  fundDraw
  socialized
  uncovered
  recovered
  openedAt
}`) as unknown as TypedDocumentString<ReportBankruptcyMutation, ReportBankruptcyMutationVariables>;
export const LiquidateDocument = new TypedDocumentString(`
    mutation Liquidate($input: LiquidateInput!) {
  liquidate(input: $input) {
    ... on Liquidation {
      sequence
      account {
        ref
        status
      }
      closes {
        market
        size
        price
        realizedPnl
      }
      realizedPnl
      fee
      fundFee
      liquidatorFee
      healthBefore
      healthAfter
      equityBefore
      equityAfter
      lossEvent {
        ...LossEventFields
      }
      liquidatedAt
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}
fragment LossEventFields on LossEvent {
  id
  ref
  sequence
  status
  account {
    ref
  }
  deficit
  recourse
  operatorCapital
  fundDraw
  socialized
  uncovered
  recovered
  openedAt
}`) as unknown as TypedDocumentString<LiquidateMutation, LiquidateMutationVariables>;
export const SettleLossesDocument = new TypedDocumentString(`
    mutation SettleLosses($input: SettleLossesInput!) {
  settleLosses(input: $input) {
    ... on Settlement {
      ...SettlementFields
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}
fragment RatioFields on Ratio {
  numerator
  denominator
  decimal
}
fragment SettlementFields on Settlement {
  id
  sequence
  method
  deficit
  recourse
  operatorCapital
  fundDraw
  residual
  haircutCapacity
  socialized
  uncovered
  haircutRatio {
    ...RatioFields
  }
  haircutCount
  settledAt
}`) as unknown as TypedDocumentString<SettleLossesMutation, SettleLossesMutationVariables>;
export const RecordRecoveryDocument = new TypedDocumentString(`
    mutation RecordRecovery($input: RecordRecoveryInput!) {
  recordRecovery(input: $input) {
    ... on Recovery {
      ...RecoveryFields
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}
fragment RecoveryFields on Recovery {
  sequence
  amount
  uncovered
  haircuts
  fund
  operatorCapital
  recourse
  ref
  recordedAt
}`) as unknown as TypedDocumentString<RecordRecoveryMutation, RecordRecoveryMutationVariables>;
export const ReverseSettlementDocument = new TypedDocumentString(`
    mutation ReverseSettlement($input: ReverseSettlementInput!) {
  reverseSettlement(input: $input) {
    ... on Reversal {
      sequence
      reason
      reversedAt
      settlement {
        sequence
      }
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}`) as unknown as TypedDocumentString<ReverseSettlementMutation, ReverseSettlementMutationVariables>;
export const UpdatePoolRulesDocument = new TypedDocumentString(`
    mutation UpdatePoolRules($input: UpdatePoolRulesInput!) {
  updatePoolRules(input: $input) {
    ... on Pool {
      ...PoolFields
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}
fragment PoolFields on Pool {
  id
  name
  asset
  decimals
  status
  haltReason
  sequence
  rules {
    version
    waterfall
    method
    maxHaircutRate
    fundReserve
  }
  insuranceFund {
    balance
    available
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
}`) as unknown as TypedDocumentString<UpdatePoolRulesMutation, UpdatePoolRulesMutationVariables>;
export const SetHaircutCapsDocument = new TypedDocumentString(`
    mutation SetHaircutCaps($input: SetHaircutCapsInput!) {
  setHaircutCaps(input: $input) {
    ... on SetHaircutCapsPayload {
      sequence
      count
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}`) as unknown as TypedDocumentString<SetHaircutCapsMutation, SetHaircutCapsMutationVariables>;
export const HaltPoolDocument = new TypedDocumentString(`
    mutation HaltPool($input: HaltPoolInput!) {
  haltPool(input: $input) {
    ... on Pool {
      ...PoolFields
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}
fragment PoolFields on Pool {
  id
  name
  asset
  decimals
  status
  haltReason
  sequence
  rules {
    version
    waterfall
    method
    maxHaircutRate
    fundReserve
  }
  insuranceFund {
    balance
    available
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
}`) as unknown as TypedDocumentString<HaltPoolMutation, HaltPoolMutationVariables>;
export const ResumePoolDocument = new TypedDocumentString(`
    mutation ResumePool($input: ResumePoolInput!) {
  resumePool(input: $input) {
    ... on Pool {
      ...PoolFields
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}
fragment PoolFields on Pool {
  id
  name
  asset
  decimals
  status
  haltReason
  sequence
  rules {
    version
    waterfall
    method
    maxHaircutRate
    fundReserve
  }
  insuranceFund {
    balance
    available
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
}`) as unknown as TypedDocumentString<ResumePoolMutation, ResumePoolMutationVariables>;
export const StartSessionDocument = new TypedDocumentString(`
    mutation StartSession($input: StartSessionInput!) {
  startSession(input: $input) {
    ... on StartSessionPayload {
      sequence
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}`) as unknown as TypedDocumentString<StartSessionMutation, StartSessionMutationVariables>;
export const RevokeTokensDocument = new TypedDocumentString(`
    mutation RevokeTokens($input: RevokeTokensInput!) {
  revokeTokens(input: $input) {
    ... on RevokeTokensPayload {
      subject
      issuedBefore
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}`) as unknown as TypedDocumentString<RevokeTokensMutation, RevokeTokensMutationVariables>;
export const StartSimulationDocument = new TypedDocumentString(`
    mutation StartSimulation($input: StartSimulationInput!) {
  startSimulation(input: $input) {
    ... on Simulation {
      ...SimulationFields
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}
fragment SimulationFields on Simulation {
  id
  status
  sequence
  accountCount
  progress
  problem
}`) as unknown as TypedDocumentString<StartSimulationMutation, StartSimulationMutationVariables>;
export const CancelSimulationDocument = new TypedDocumentString(`
    mutation CancelSimulation($id: ID!) {
  cancelSimulation(id: $id) {
    ... on Simulation {
      ...SimulationFields
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}
fragment SimulationFields on Simulation {
  id
  status
  sequence
  accountCount
  progress
  problem
}`) as unknown as TypedDocumentString<CancelSimulationMutation, CancelSimulationMutationVariables>;
export const HaircutNoticesDocument = new TypedDocumentString(`
    subscription HaircutNotices($pool: String!, $accounts: [String!], $after: String) {
  haircutNotices(pool: $pool, accounts: $accounts, after: $after) {
    ...HaircutNoticeFields
  }
}
    fragment HaircutNoticeFields on HaircutNotice {
  cursor
  sequence
  previousSequence
  kind
  amount
  committedAt
  explanation
  haircut {
    id
    sequence
    account {
      ref
    }
    profit
    cap
    amount
    balanceBefore
    balanceAfter
    settlement {
      id
      sequence
    }
  }
}`) as unknown as TypedDocumentString<HaircutNoticesSubscription, HaircutNoticesSubscriptionVariables>;
export const ProvenHaircutNoticesDocument = new TypedDocumentString(`
    subscription ProvenHaircutNotices($pool: String!, $accounts: [String!], $after: String) {
  haircutNotices(pool: $pool, accounts: $accounts, after: $after) {
    ...HaircutNoticeFields
    haircut {
      proof {
        document
      }
    }
  }
}
    fragment HaircutNoticeFields on HaircutNotice {
  cursor
  sequence
  previousSequence
  kind
  amount
  committedAt
  explanation
  haircut {
    id
    sequence
    account {
      ref
    }
    profit
    cap
    amount
    balanceBefore
    balanceAfter
    settlement {
      id
      sequence
    }
  }
}`) as unknown as TypedDocumentString<ProvenHaircutNoticesSubscription, ProvenHaircutNoticesSubscriptionVariables>;
export const LossNoticesDocument = new TypedDocumentString(`
    subscription LossNotices($pool: String!, $after: String) {
  lossNotices(pool: $pool, after: $after) {
    cursor
    sequence
    previousSequence
    kind
    haltReason
    committedAt
    lossEvent {
      ...LossEventFields
    }
    settlement {
      ...SettlementFields
    }
    recovery {
      ...RecoveryFields
    }
  }
}
    fragment RatioFields on Ratio {
  numerator
  denominator
  decimal
}
fragment LossEventFields on LossEvent {
  id
  ref
  sequence
  status
  account {
    ref
  }
  deficit
  recourse
  operatorCapital
  fundDraw
  socialized
  uncovered
  recovered
  openedAt
}
fragment SettlementFields on Settlement {
  id
  sequence
  method
  deficit
  recourse
  operatorCapital
  fundDraw
  residual
  haircutCapacity
  socialized
  uncovered
  haircutRatio {
    ...RatioFields
  }
  haircutCount
  settledAt
}
fragment RecoveryFields on Recovery {
  sequence
  amount
  uncovered
  haircuts
  fund
  operatorCapital
  recourse
  ref
  recordedAt
}`) as unknown as TypedDocumentString<LossNoticesSubscription, LossNoticesSubscriptionVariables>;
export const MarginAlertsDocument = new TypedDocumentString(`
    subscription MarginAlerts($pool: String!, $accounts: [String!], $after: String) {
  marginAlerts(pool: $pool, accounts: $accounts, after: $after) {
    cursor
    number
    previousNumber
    health
    previousHealth
    equity
    initialMargin
    maintenanceMargin
    sequence
    raisedAt
    account {
      ref
    }
  }
}
    `) as unknown as TypedDocumentString<MarginAlertsSubscription, MarginAlertsSubscriptionVariables>;
export const SimulationProgressDocument = new TypedDocumentString(`
    subscription SimulationProgress($id: ID!) {
  simulationProgress(id: $id) {
    ...SimulationFields
  }
}
    fragment SimulationFields on Simulation {
  id
  status
  sequence
  accountCount
  progress
  problem
}`) as unknown as TypedDocumentString<SimulationProgressSubscription, SimulationProgressSubscriptionVariables>;
export const ViewerDocument = new TypedDocumentString(`
    query Viewer {
  viewer {
    subject
    roles
  }
}
    `) as unknown as TypedDocumentString<ViewerQuery, ViewerQueryVariables>;
export const PoolDocument = new TypedDocumentString(`
    query Pool($name: String!) {
  pool(name: $name) {
    ...PoolFields
  }
}
    fragment PoolFields on Pool {
  id
  name
  asset
  decimals
  status
  haltReason
  sequence
  rules {
    version
    waterfall
    method
    maxHaircutRate
    fundReserve
  }
  insuranceFund {
    balance
    available
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
}`) as unknown as TypedDocumentString<PoolQuery, PoolQueryVariables>;
export const PoolsDocument = new TypedDocumentString(`
    query Pools($after: String) {
  page: pools(first: 100, after: $after) {
    edges {
      node {
        ...PoolFields
      }
    }
    pageInfo {
      ...Next
    }
  }
}
    fragment Next on PageInfo {
  hasNextPage
  endCursor
}
fragment PoolFields on Pool {
  id
  name
  asset
  decimals
  status
  haltReason
  sequence
  rules {
    version
    waterfall
    method
    maxHaircutRate
    fundReserve
  }
  insuranceFund {
    balance
    available
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
}`) as unknown as TypedDocumentString<PoolsQuery, PoolsQueryVariables>;
export const AccountDocument = new TypedDocumentString(`
    query Account($pool: String!, $ref: String!) {
  pool(name: $pool) {
    account(ref: $ref) {
      ...AccountFields
    }
  }
}
    fragment MarginFields on AccountMargin {
  equity
  notional
  initialMargin
  maintenanceMargin
  marginRatio
  effectiveLeverage
  health
}
fragment AccountFields on Account {
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
  lastNoticeSequence
  pool {
    name
    sequence
  }
  margin {
    ...MarginFields
  }
  positions {
    market {
      symbol
      markPrice
    }
    size
    entryPrice
    notional
    unrealizedPnl
    liquidationPrice
  }
}`) as unknown as TypedDocumentString<AccountQuery, AccountQueryVariables>;
export const AccountsDocument = new TypedDocumentString(`
    query Accounts($pool: String!, $filter: AccountFilter, $after: String) {
  pool(name: $pool) {
    page: accounts(first: 500, after: $after, filter: $filter) {
      edges {
        node {
          ...AccountFields
        }
      }
      pageInfo {
        ...Next
      }
    }
  }
}
    fragment Next on PageInfo {
  hasNextPage
  endCursor
}
fragment MarginFields on AccountMargin {
  equity
  notional
  initialMargin
  maintenanceMargin
  marginRatio
  effectiveLeverage
  health
}
fragment AccountFields on Account {
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
  lastNoticeSequence
  pool {
    name
    sequence
  }
  margin {
    ...MarginFields
  }
  positions {
    market {
      symbol
      markPrice
    }
    size
    entryPrice
    notional
    unrealizedPnl
    liquidationPrice
  }
}`) as unknown as TypedDocumentString<AccountsQuery, AccountsQueryVariables>;
export const MyAccountsDocument = new TypedDocumentString(`
    query MyAccounts($after: String) {
  page: myAccounts(first: 500, after: $after) {
    edges {
      node {
        ...AccountFields
      }
    }
    pageInfo {
      ...Next
    }
  }
}
    fragment Next on PageInfo {
  hasNextPage
  endCursor
}
fragment MarginFields on AccountMargin {
  equity
  notional
  initialMargin
  maintenanceMargin
  marginRatio
  effectiveLeverage
  health
}
fragment AccountFields on Account {
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
  lastNoticeSequence
  pool {
    name
    sequence
  }
  margin {
    ...MarginFields
  }
  positions {
    market {
      symbol
      markPrice
    }
    size
    entryPrice
    notional
    unrealizedPnl
    liquidationPrice
  }
}`) as unknown as TypedDocumentString<MyAccountsQuery, MyAccountsQueryVariables>;
export const AccountsAtRiskDocument = new TypedDocumentString(`
    query AccountsAtRisk($pool: String!, $first: Int, $health: [AccountHealth!]) {
  accountsAtRisk(pool: $pool, first: $first, health: $health) {
    edges {
      node {
        ...AccountFields
      }
    }
  }
}
    fragment MarginFields on AccountMargin {
  equity
  notional
  initialMargin
  maintenanceMargin
  marginRatio
  effectiveLeverage
  health
}
fragment AccountFields on Account {
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
  lastNoticeSequence
  pool {
    name
    sequence
  }
  margin {
    ...MarginFields
  }
  positions {
    market {
      symbol
      markPrice
    }
    size
    entryPrice
    notional
    unrealizedPnl
    liquidationPrice
  }
}`) as unknown as TypedDocumentString<AccountsAtRiskQuery, AccountsAtRiskQueryVariables>;
export const LossEventsDocument = new TypedDocumentString(`
    query LossEvents($pool: String!, $status: LossEventStatus, $after: String) {
  pool(name: $pool) {
    page: lossEvents(first: 500, after: $after, status: $status) {
      edges {
        node {
          ...LossEventFields
        }
      }
      pageInfo {
        ...Next
      }
    }
  }
}
    fragment Next on PageInfo {
  hasNextPage
  endCursor
}
fragment LossEventFields on LossEvent {
  id
  ref
  sequence
  status
  account {
    ref
  }
  deficit
  recourse
  operatorCapital
  fundDraw
  socialized
  uncovered
  recovered
  openedAt
}`) as unknown as TypedDocumentString<LossEventsQuery, LossEventsQueryVariables>;
export const SettlementsDocument = new TypedDocumentString(`
    query Settlements($pool: String!, $after: String) {
  pool(name: $pool) {
    page: settlements(first: 500, after: $after) {
      edges {
        node {
          ...SettlementFields
        }
      }
      pageInfo {
        ...Next
      }
    }
  }
}
    fragment Next on PageInfo {
  hasNextPage
  endCursor
}
fragment RatioFields on Ratio {
  numerator
  denominator
  decimal
}
fragment SettlementFields on Settlement {
  id
  sequence
  method
  deficit
  recourse
  operatorCapital
  fundDraw
  residual
  haircutCapacity
  socialized
  uncovered
  haircutRatio {
    ...RatioFields
  }
  haircutCount
  settledAt
}`) as unknown as TypedDocumentString<SettlementsQuery, SettlementsQueryVariables>;
export const SettlementHaircutsDocument = new TypedDocumentString(`
    query SettlementHaircuts($id: ID!, $after: String) {
  node(id: $id) {
    ... on Settlement {
      page: haircuts(first: 1000, after: $after) {
        edges {
          node {
            ...HaircutFields
          }
        }
        pageInfo {
          ...Next
        }
      }
    }
  }
}
    fragment Next on PageInfo {
  hasNextPage
  endCursor
}
fragment HaircutFields on Haircut {
  id
  sequence
  previousSequence
  account {
    ref
  }
  settlement {
    sequence
  }
  profit
  cap
  amount
  recovered
  balanceBefore
  balanceAfter
}`) as unknown as TypedDocumentString<SettlementHaircutsQuery, SettlementHaircutsQueryVariables>;
export const AccountHaircutsDocument = new TypedDocumentString(`
    query AccountHaircuts($pool: String!, $ref: String!, $after: String) {
  pool(name: $pool) {
    account(ref: $ref) {
      page: haircuts(first: 500, after: $after) {
        edges {
          node {
            ...HaircutFields
          }
        }
        pageInfo {
          ...Next
        }
      }
    }
  }
}
    fragment Next on PageInfo {
  hasNextPage
  endCursor
}
fragment HaircutFields on Haircut {
  id
  sequence
  previousSequence
  account {
    ref
  }
  settlement {
    sequence
  }
  profit
  cap
  amount
  recovered
  balanceBefore
  balanceAfter
}`) as unknown as TypedDocumentString<AccountHaircutsQuery, AccountHaircutsQueryVariables>;
export const FundEntriesDocument = new TypedDocumentString(`
    query FundEntries($pool: String!, $after: String) {
  pool(name: $pool) {
    insuranceFund {
      page: entries(first: 500, after: $after) {
        edges {
          node {
            ...FundEntryFields
          }
        }
        pageInfo {
          ...Next
        }
      }
    }
  }
}
    fragment Next on PageInfo {
  hasNextPage
  endCursor
}
fragment FundEntryFields on FundEntry {
  sequence
  kind
  amount
  balanceAfter
  ref
  createdAt
}`) as unknown as TypedDocumentString<FundEntriesQuery, FundEntriesQueryVariables>;
export const PreviewSettlementDocument = new TypedDocumentString(`
    query PreviewSettlement($input: PreviewSettlementInput!, $first: Int) {
  previewSettlement(input: $input) {
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
        ...RatioFields
      }
      haircutCount
      haircuts(first: $first) {
        account {
          ref
        }
        profit
        amount
      }
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}
fragment RatioFields on Ratio {
  numerator
  denominator
  decimal
}`) as unknown as TypedDocumentString<PreviewSettlementQuery, PreviewSettlementQueryVariables>;
export const CompareAllocationsDocument = new TypedDocumentString(`
    query CompareAllocations($input: CompareAllocationsInput!) {
  compareAllocations(input: $input) {
    ... on AllocationComparison {
      methods {
        method
        socialized
        uncovered
        accountsTouched
        accountsWipedOut
        largestRate {
          ...RatioFields
        }
        effectiveNumber
        gini
        topTenShare
      }
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}
fragment RatioFields on Ratio {
  numerator
  denominator
  decimal
}`) as unknown as TypedDocumentString<CompareAllocationsQuery, CompareAllocationsQueryVariables>;
export const CheckTradeDocument = new TypedDocumentString(`
    query CheckTrade($input: CheckTradeInput!) {
  checkTrade(input: $input) {
    ... on TradeCheck {
      allowed
      reason
      size
      entryPrice
      liquidationPrice
      realizedPnl
      margin {
        ...MarginFields
      }
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}
fragment MarginFields on AccountMargin {
  equity
  notional
  initialMargin
  maintenanceMargin
  marginRatio
  effectiveLeverage
  health
}`) as unknown as TypedDocumentString<CheckTradeQuery, CheckTradeQueryVariables>;
export const StressTestDocument = new TypedDocumentString(`
    query StressTest($input: StressTestInput!) {
  stressTest(input: $input) {
    ... on StressTest {
      scenarios {
        name
        changes
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
          ...RatioFields
        }
      }
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}
fragment RatioFields on Ratio {
  numerator
  denominator
  decimal
}`) as unknown as TypedDocumentString<StressTestQuery, StressTestQueryVariables>;
export const SimulationDocument = new TypedDocumentString(`
    query Simulation($id: ID!) {
  simulation(id: $id) {
    ...SimulationFields
    result {
      paths
      probabilityOfBankruptcy {
        ...EstimateFields
      }
      probabilityOfSocialization {
        ...EstimateFields
      }
      probabilityOfUncovered {
        ...EstimateFields
      }
      expectedDeficit {
        ...EstimateFields
      }
      expectedSocialized {
        ...EstimateFields
      }
      expectedUncovered {
        ...EstimateFields
      }
      expectedHaircutRate {
        ...EstimateFields
      }
    }
  }
}
    fragment EstimateFields on Estimate {
  value
  standardError
}
fragment SimulationFields on Simulation {
  id
  status
  sequence
  accountCount
  progress
  problem
}`) as unknown as TypedDocumentString<SimulationQuery, SimulationQueryVariables>;
export const WebhooksDocument = new TypedDocumentString(`
    query Webhooks($pool: String!) {
  webhooks(pool: $pool) {
    ...WebhookFields
  }
}
    fragment WebhookFields on Webhook {
  id
  url
  description
  stream
  accounts
  withProofs
  enabled
  deliveredSequence
  deliveredAt
  failures
  failingSince
  nextAttemptAt
  problem
  createdAt
}`) as unknown as TypedDocumentString<WebhooksQuery, WebhooksQueryVariables>;
export const CreateWebhookDocument = new TypedDocumentString(`
    mutation CreateWebhook($input: CreateWebhookInput!) {
  createWebhook(input: $input) {
    ... on CreateWebhookPayload {
      secret
      webhook {
        ...WebhookFields
      }
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}
fragment WebhookFields on Webhook {
  id
  url
  description
  stream
  accounts
  withProofs
  enabled
  deliveredSequence
  deliveredAt
  failures
  failingSince
  nextAttemptAt
  problem
  createdAt
}`) as unknown as TypedDocumentString<CreateWebhookMutation, CreateWebhookMutationVariables>;
export const UpdateWebhookDocument = new TypedDocumentString(`
    mutation UpdateWebhook($input: UpdateWebhookInput!) {
  updateWebhook(input: $input) {
    ... on Webhook {
      ...WebhookFields
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}
fragment WebhookFields on Webhook {
  id
  url
  description
  stream
  accounts
  withProofs
  enabled
  deliveredSequence
  deliveredAt
  failures
  failingSince
  nextAttemptAt
  problem
  createdAt
}`) as unknown as TypedDocumentString<UpdateWebhookMutation, UpdateWebhookMutationVariables>;
export const DeleteWebhookDocument = new TypedDocumentString(`
    mutation DeleteWebhook($id: ID!) {
  deleteWebhook(id: $id) {
    ... on DeleteWebhookPayload {
      id
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}`) as unknown as TypedDocumentString<DeleteWebhookMutation, DeleteWebhookMutationVariables>;
export const ReplayWebhookDocument = new TypedDocumentString(`
    mutation ReplayWebhook($input: ReplayWebhookInput!) {
  replayWebhook(input: $input) {
    ... on Webhook {
      ...WebhookFields
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}
fragment WebhookFields on Webhook {
  id
  url
  description
  stream
  accounts
  withProofs
  enabled
  deliveredSequence
  deliveredAt
  failures
  failingSince
  nextAttemptAt
  problem
  createdAt
}`) as unknown as TypedDocumentString<ReplayWebhookMutation, ReplayWebhookMutationVariables>;
export const RotateWebhookSecretDocument = new TypedDocumentString(`
    mutation RotateWebhookSecret($input: RotateWebhookSecretInput!) {
  rotateWebhookSecret(input: $input) {
    ... on RotateWebhookSecretPayload {
      secret
      webhook {
        ...WebhookFields
      }
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
  path
}
fragment WebhookFields on Webhook {
  id
  url
  description
  stream
  accounts
  withProofs
  enabled
  deliveredSequence
  deliveredAt
  failures
  failingSince
  nextAttemptAt
  problem
  createdAt
}`) as unknown as TypedDocumentString<RotateWebhookSecretMutation, RotateWebhookSecretMutationVariables>;