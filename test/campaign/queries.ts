import type { Choice } from './operations.ts';
import { long } from './operations.ts';

/** A document for every field of Query. A test holds the two lists to each other. */

interface Question {
  readonly query: string;
  readonly variables?: (choice: Choice) => Record<string, unknown>;
  /** Whether there is something to ask about. */
  readonly when?: (choice: Choice) => boolean;
}

const REFUSED = '... on Error { code message }';
const ofPool = ({ target }: Choice) => ({ pool: target.name });
const simulation = ({ random, target }: Choice) => ({ id: random.pick(target.simulations) });
/** Clients must not make ids up; a test that asks before it was told any may. */
const accountId = ({ target, worker, pair }: Choice) =>
  Buffer.from(JSON.stringify(['Account', target.name, long(worker, pair)])).toString('base64url');
const hasSimulation = ({ target }: Choice) => target.simulations.length > 0;

export const QUESTIONS: Record<string, Question> = {
  node: {
    query: 'query ($id: ID!) { node(id: $id) { id ... on Account { ref balance equity } } }',
    variables: (choice) => ({ id: accountId(choice) }),
  },
  nodes: {
    query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
    variables: (choice) => ({ ids: [accountId(choice), 'nothing'] }),
  },
  viewer: { query: '{ viewer { subject roles } }' },
  pool: {
    query: `query ($pool: String!) { pool(name: $pool) { sequence totals { equity openDeficit haircutCapacity } insuranceFund { balance }
      accounts(first: 10) { totalCount edges { node { ref balance equity haircuts(last: 5) { totalCount edges { node { amount proof { document } } } } } } }
      settlements(last: 3) { edges { node { socialized haircuts(first: 5) { edges { node { amount account { ref } } } } } } } } }`,
    variables: ofPool,
  },
  pools: { query: '{ pools(first: 20) { totalCount edges { node { name sequence } } } }' },
  myAccounts: { query: '{ myAccounts(first: 5) { totalCount } }' },
  previewSettlement: {
    query: `query ($pool: String!) { previewSettlement(input: { pool: $pool, extraDeficit: "10" }) { __typename ... on SettlementPreview { socialized } ${REFUSED} } }`,
    variables: ofPool,
  },
  compareAllocations: {
    query: `query ($pool: String!) { compareAllocations(input: { pool: $pool, extraDeficit: "10" }) { __typename ... on AllocationComparison { methods { method socialized } } ${REFUSED} } }`,
    variables: ofPool,
  },
  checkTrade: {
    query: `query ($pool: String!, $account: String!) { checkTrade(input: { pool: $pool, account: $account, market: "BTC", size: "1", price: "100" }) {
      __typename ... on TradeCheck { allowed } ${REFUSED} } }`,
    variables: (choice) => ({ ...ofPool(choice), account: long(choice.worker, choice.pair) }),
  },
  accountsAtRisk: {
    query: 'query ($pool: String!) { accountsAtRisk(pool: $pool, first: 5) { edges { node { ref } } } }',
    variables: ofPool,
  },
  liquidationQueue: {
    query: 'query ($pool: String!) { liquidationQueue(pool: $pool, first: 5) { account { ref } } }',
    variables: ofPool,
  },
  stressTest: {
    query: `query ($pool: String!) { stressTest(input: { pool: $pool, shocks: { grid: [{ name: "market", changes: ["-0.3"] }] } }) {
      __typename ... on StressTest { scenarios { deficit } } ${REFUSED} } }`,
    variables: ofPool,
  },
  simulation: {
    query: 'query ($id: ID!) { simulation(id: $id) { status progress } }',
    variables: simulation,
    when: hasSimulation,
  },
  webhook: {
    query: 'query ($id: ID!) { webhook(id: $id) { enabled failures problem } }',
    variables: ({ random, target }) => ({ id: random.pick(target.webhooks) }),
    when: ({ target }) => target.webhooks.length > 0,
  },
  webhooks: {
    query: 'query ($pool: String!) { webhooks(pool: $pool) { id url enabled deliveredSequence } }',
    variables: ofPool,
  },
  forecastScore: {
    query: 'query ($pool: String!) { forecastScore(pool: $pool) { __typename } }',
    variables: ofPool,
  },
  fundDepletion: {
    query: `query ($pool: String!) { fundDepletion(input: { pool: $pool, inflowPerDay: "1", claimsPerDay: 0.1, meanClaim: "5", paths: 100 }) {
      __typename ... on FundDepletion { ruinProbability } ${REFUSED} } }`,
    variables: ofPool,
  },
};

export function nextQuestion(choice: Choice): { query: string; variables: Record<string, unknown> } {
  const askable = Object.values(QUESTIONS).filter(({ when }) => when?.(choice) ?? true);
  const { query, variables } = choice.random.pick(askable);
  return { query, variables: variables?.(choice) ?? {} };
}
