/** What one caller, one address and one process may take. 0 stands for no limit. */
export interface Limits {
  /** Points a second (graphql/cost.ts), counted over ten: of one trader. */
  readonly traderPoints: number;
  /** Of one subject that may do more than a trader: a venue's back end, an analyst, an administrator. */
  readonly staffPoints: number;
  /** Of all who show no valid token, by address. */
  readonly anonymousPoints: number;
  /** WebSockets and event streams of one subject. */
  readonly connectionsPerSubject: number;
  /** WebSockets of one address that have not shown a token. */
  readonly unauthenticatedPerAddress: number;
  /** Subscriptions of the process. */
  readonly subscriptions: number;
}

/** Generous: who is honest never meets one, and who is not cannot take the process for himself. */
export const DEFAULT_LIMITS: Limits = {
  traderPoints: 500,
  staffPoints: 20_000,
  anonymousPoints: 100,
  connectionsPerSubject: 250,
  unauthenticatedPerAddress: 1_000,
  subscriptions: 50_000,
};

/** For benchmarks and tests, which ask more of a server than anybody does. */
export const NO_LIMITS: Limits = {
  traderPoints: 0,
  staffPoints: 0,
  anonymousPoints: 0,
  connectionsPerSubject: 0,
  unauthenticatedPerAddress: 0,
  subscriptions: 0,
};
