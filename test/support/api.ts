import { expect } from 'vitest';
import type { Answer, Caller } from './server.ts';

/** A venue's back end as tests play it: everything through the public API. */

const REFUSAL = '... on Error { code message path }';

const MUTATIONS: Record<string, string> = {
  createPool: '... on Pool { name sequence }',
  upsertMarkets: '... on UpsertMarketsPayload { sequence }',
  publishMarks: '... on PublishMarksPayload { sequence }',
  upsertAccounts: '... on UpsertAccountsPayload { sequence count }',
  upsertPositions: '... on UpsertPositionsPayload { sequence count }',
  postTransfers: '... on PostTransfersPayload { sequence count }',
  applyUpdates: '... on ApplyUpdatesPayload { sequence count }',
  contributeToFund: '... on FundEntry { sequence amount balanceAfter }',
  reportBankruptcy: '... on LossEvent { ref sequence status deficit uncovered }',
  settleLosses:
    '... on Settlement { sequence deficit fundDraw residual socialized uncovered haircutCount haircutRatio { numerator denominator decimal } }',
  recordRecovery: '... on Recovery { sequence amount uncovered haircuts fund operatorCapital recourse }',
  reverseSettlement: '... on Reversal { sequence reason settlement { sequence } }',
  updatePoolRules: '... on Pool { name sequence rules { version } }',
  setHaircutCaps: '... on SetHaircutCapsPayload { sequence count }',
  haltPool: '... on Pool { name status }',
  resumePool: '... on Pool { name status }',
  revokeTokens: '... on RevokeTokensPayload { subject issuedBefore }',
  withdrawFromFund: '... on FundEntry { sequence amount balanceAfter }',
  startSession: '... on StartSessionPayload { sequence }',
  startSimulation: '... on Simulation { id status sequence }',
  cancelSimulation: '... on Simulation { id status }',
  createWebhook:
    '... on CreateWebhookPayload { secret webhook { id url stream accounts withProofs enabled } }',
  updateWebhook: '... on Webhook { id url description enabled failures problem }',
  deleteWebhook: '... on DeleteWebhookPayload { id }',
  replayWebhook: '... on Webhook { id enabled failures }',
  rotateWebhookSecret: '... on RotateWebhookSecretPayload { secret webhook { id } }',
  recordFills: '... on RecordFillsPayload { sequence count }',
  liquidate: `... on Liquidation { sequence account { ref status } closes { market size price realizedPnl } realizedPnl fee fundFee
    liquidatorFee healthBefore healthAfter equityBefore equityAfter lossEvent { ref deficit } liquidatedAt }`,
};

/** Those that take an id and no input. */
export const BY_ID: ReadonlySet<string> = new Set(['cancelSimulation', 'deleteWebhook']);

export function mutationText(name: string): string {
  const answer = `{ __typename ${MUTATIONS[name]} ${REFUSAL} }`;
  if (BY_ID.has(name)) return `mutation Do($id: ID!) { ${name}(id: $id) ${answer} }`;
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  return `mutation Do($input: ${type}!) { ${name}(input: $input) ${answer} }`;
}

/** Runs a mutation and answers with its result, refusals included; errors of the request fail the test. */
// biome-ignore lint/suspicious/noExplicitAny: a test says by its assertions what it expects of an answer.
export async function mutate(call: Caller, name: string, input: Record<string, unknown>): Promise<any> {
  const answer = await call(mutationText(name), BY_ID.has(name) ? input : { input });
  expect(answer.errors).toBeUndefined();
  return answer.data[name];
}

/** The same, and it must succeed. */
// biome-ignore lint/suspicious/noExplicitAny: as above.
export async function succeed(call: Caller, name: string, input: Record<string, unknown>): Promise<any> {
  const result = await mutate(call, name, input);
  expect(result, JSON.stringify(result)).not.toHaveProperty('code');
  return result;
}

export function dataOf(answer: Answer) {
  expect(answer.errors).toBeUndefined();
  return answer.data;
}

export interface BookOptions {
  readonly pool: string;
  /** Unrealized profit of each winner by ref, in whole units; its owner is `owner-<ref>`. */
  readonly winners: Record<string, number>;
  /** The deficit that the loser will have, in whole units. */
  readonly deficit: number;
  readonly fund?: number;
  readonly rules?: Record<string, unknown>;
}

/** A pool with winners in profit and one account beyond its collateral, ready to be reported. */
export async function openBook(
  root: Caller,
  venue: Caller,
  { pool, winners, deficit, fund, rules }: BookOptions,
): Promise<void> {
  await succeed(root, 'createPool', { name: pool, asset: 'USDC', decimals: 6, rules });
  await succeed(venue, 'upsertMarkets', {
    pool,
    markets: [{ symbol: 'BTC', initialMarginRate: '0.1', maintenanceMarginRate: '0.05' }],
  });
  const refs = Object.keys(winners);
  const total = Object.values(winners).reduce((sum, profit) => sum + profit, 0);
  await succeed(venue, 'upsertAccounts', {
    pool,
    accounts: [
      ...refs.map((ref) => ({ ref, owner: `owner-${ref}` })),
      { ref: 'loser', owner: 'owner-loser' },
      { ref: 'venue', owner: 'venue' },
    ],
  });
  // Bought at 100, marked at 101: a size of n is a profit of n.
  await succeed(venue, 'applyUpdates', {
    pool,
    idempotencyKey: 'open the book',
    marks: [{ market: 'BTC', price: '101' }],
    positions: [
      ...refs.map((account) => ({
        account,
        market: 'BTC',
        size: String(winners[account]),
        entryPrice: '100',
      })),
      { account: 'loser', market: 'BTC', size: String(-total), entryPrice: '100' },
    ],
    transfers: [
      ...refs.map((account) => ({ account, kind: 'DEPOSIT', amount: '1000000' })),
      ...(total > deficit ? [{ account: 'loser', kind: 'DEPOSIT', amount: String(total - deficit) }] : []),
    ],
  });
  if (fund) {
    await succeed(venue, 'contributeToFund', {
      pool,
      idempotencyKey: 'fund',
      amount: String(fund),
      kind: 'OPERATOR_CONTRIBUTION',
    });
  }
}

export const bankruptcy = (pool: string) => ({
  pool,
  idempotencyKey: 'bankruptcy',
  ref: 'loss-1',
  account: 'loser',
  takeoverAccount: 'venue',
});
