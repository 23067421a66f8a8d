/** What the explorer opens with: from an empty server to a haircut and its proof, a tab a step. A test runs them in this order. */
export interface Example {
  readonly query: string;
  readonly variables: string;
  readonly headers: string;
}

const POOL = JSON.stringify({ pool: 'usd-perps' }, null, 2);

const WHO = `# A token goes under "Headers", below, in place of the
# dots: npm run token -- --help says how to make one.
# The tabs above lead from an empty server to a haircut
# and its proof.

query WhoAmI {
  viewer {
    subject
    roles
  }
  pools(first: 10) {
    edges {
      node {
        name
        asset
        insuranceFund {
          balance
          available
        }
        totals {
          equity
          haircutCapacity
          openDeficit
          uncovered
        }
      }
    }
  }
}
`;

const SET_UP = `# As an ADMIN: a pool with two winners, and a loser whose
# collateral of 50 does not cover its loss of 120. Sent
# again it answers what it answered first: that is what
# idempotency keys are for.

mutation SetUp($pool: String!) {
  createPool(input: { name: $pool, asset: "USDC", decimals: 6 }) {
    ... on Pool { name }
    ... on Error { code message }
  }
  upsertMarkets(input: { pool: $pool, markets: [{ symbol: "BTC", initialMarginRate: "0.1", maintenanceMarginRate: "0.05" }] }) {
    ... on UpsertMarketsPayload { sequence }
    ... on Error { code message }
  }
  upsertAccounts(
    input: {
      pool: $pool
      accounts: [{ ref: "ann", owner: "ann" }, { ref: "bob", owner: "bob" }, { ref: "carl", owner: "carl" }, { ref: "house", owner: "venue" }]
    }
  ) {
    ... on UpsertAccountsPayload { count }
    ... on Error { code message }
  }
  applyUpdates(
    input: {
      pool: $pool
      idempotencyKey: "explorer: open"
      marks: [{ market: "BTC", price: "130" }]
      transfers: [
        { account: "ann", kind: DEPOSIT, amount: "100" }
        { account: "bob", kind: DEPOSIT, amount: "100" }
        { account: "carl", kind: DEPOSIT, amount: "50" }
      ]
      positions: [
        { account: "ann", market: "BTC", size: "3", entryPrice: "100" }
        { account: "bob", market: "BTC", size: "1", entryPrice: "100" }
        { account: "carl", market: "BTC", size: "-4", entryPrice: "100" }
      ]
    }
  ) {
    ... on ApplyUpdatesPayload { count }
    ... on Error { code message path }
  }
  reportBankruptcy(
    input: { pool: $pool, idempotencyKey: "explorer: carl", ref: "carl-1", account: "carl", takeoverAccount: "house" }
  ) {
    ... on LossEvent { ref status deficit }
    ... on Error { code message }
  }
}
`;

const BEFORE = `# What settling would do now, and what each method of
# allocation would. Nothing is written.

query Before($pool: String!) {
  previewSettlement(input: { pool: $pool }) {
    ... on SettlementPreview {
      deficit
      fundDraw
      socialized
      uncovered
      haircutRatio { decimal }
      haircuts(first: 10) { account { ref } profit amount }
    }
    ... on Error { code message }
  }
  compareAllocations(input: { pool: $pool }) {
    ... on AllocationComparison {
      methods { method accountsTouched largestRate { decimal } largestBearers(first: 3) { account { ref } amount } }
    }
    ... on Error { code message }
  }
}
`;

const LISTEN = `# Run it, then settle in the next tab: each trader's
# notice arrives here. "after" resumes behind the last
# cursor.

subscription Notices($pool: String!) {
  haircutNotices(pool: $pool, after: "0") {
    cursor
    sequence
    previousSequence
    amount
    explanation
    haircut { account { ref } }
  }
}
`;

const SETTLE = `# The waterfall and the allocator, the ledger, the proofs
# and the notices, in one transaction.

mutation Settle($pool: String!) {
  settleLosses(input: { pool: $pool, idempotencyKey: "explorer: settle" }) {
    ... on Settlement {
      sequence
      deficit
      fundDraw
      socialized
      haircutCount
      haircuts(first: 10) { edges { node { account { ref } profit amount balanceAfter } } }
    }
    ... on Error { code message }
  }
}
`;

const PROOF = `# What an account bore, with the document that proves it:
# npm run verify -- FILE checks it by nothing but itself.

query Proof($pool: String!) {
  pool(name: $pool) {
    account(ref: "ann") {
      balance
      equity
      haircuts(last: 5) { edges { node { sequence profit amount proof { document } } } }
    }
    settlements(last: 1) { edges { node { commitment { root leaves sheetPath } } } }
  }
}
`;

const RISK = `# Who is nearest to bankruptcy, and what falls of the
# market would come to.

query Risk($pool: String!) {
  accountsAtRisk(pool: $pool, first: 10) {
    edges { node { ref margin { health equity maintenanceMargin } positions { market { symbol } size liquidationPrice } } }
  }
  stressTest(input: { pool: $pool, shocks: { grid: [{ name: "market", changes: ["-0.1", "-0.3", "-0.5"] }] } }) {
    ... on StressTest { scenarios { changes closedOutCount deficit fundDraw socialized uncovered haircutRatio { decimal } } }
    ... on Error { code message }
  }
}
`;

const headers = JSON.stringify({ authorization: 'Bearer …' }, null, 2);

export const EXAMPLES: readonly Example[] = [
  { query: WHO, variables: '', headers },
  ...[SET_UP, BEFORE, LISTEN, SETTLE, PROOF, RISK].map((query) => ({ query, variables: POOL, headers })),
];
