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
  /** A position would be above what its market allows. Reduce it. */
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


export type PoolNoticesSubscription = { lossNotices: { cursor: string, sequence: string, kind: LossNoticeKind, haltReason: string | null, committedAt: string, lossEvent: { id: string, ref: string, deficit: string } | null, settlement: { id: string, sequence: string, socialized: string, haircutCount: number } | null, recovery: { id: string, amount: string } | null } };

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
    cursor
    sequence
    kind
    haltReason
    committedAt
    lossEvent {
      id
      ref
      deficit
    }
    settlement {
      id
      sequence
      socialized
      haircutCount
    }
    recovery {
      id
      amount
    }
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