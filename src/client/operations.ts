import { Refusal, ShearwaterError } from './errors.ts';
import type * as inputs from './generated/graphql.ts';
import * as documents from './generated/graphql.ts';

/** A GraphQL document with the types of its answer and variables, as GraphQL Code Generator writes it; or a plain text. */
export interface Document<Result, Variables> {
  toString(): string;
  __apiType?: (variables: Variables) => Result;
}

/** Asks the API, and answers with the data. */
export type Ask = <Result, Variables>(
  document: Document<Result, Variables>,
  variables: Variables,
) => Promise<Result>;

/** What a union of a success and refusals is when it is no refusal. */
type Success<Result> = Exclude<Result, { code: inputs.ErrorCode }>;

function successOf<Result>(result: Result): Success<Result> {
  if (typeof result === 'object' && result !== null && 'code' in result) {
    const { code, message, path } = result as unknown as Refusal;
    throw new Refusal(code, message, path);
  }
  return result as Success<Result>;
}

/** A document of one field, which is a success or a refusal. */
const oneOf =
  (ask: Ask) =>
  async <Result extends object, Variables>(
    document: Document<Result, Variables>,
    variables: Variables,
  ): Promise<Success<Result[keyof Result]>> => {
    const data = await ask(document, variables);
    return successOf(Object.values(data)[0] as Result[keyof Result]);
  };

/** The API's mutations: each answers with what was done, or throws a Refusal. schema.graphql describes their inputs. */
export function mutationsOf(ask: Ask) {
  const run = oneOf(ask);
  return {
    /** Creates a pool. Needs the role ADMIN. */
    createPool: (input: inputs.CreatePoolInput) => run(documents.CreatePoolDocument, { input }),
    /** Creates markets, or changes their terms. */
    upsertMarkets: (input: inputs.UpsertMarketsInput) => run(documents.UpsertMarketsDocument, { input }),
    /** Sets the marks that positions are valued at. */
    publishMarks: (input: inputs.PublishMarksInput) => run(documents.PublishMarksDocument, { input }),
    /** Creates accounts; those that exist already are left as they are. */
    upsertAccounts: (input: inputs.UpsertAccountsInput) => run(documents.UpsertAccountsDocument, { input }),
    /** Sets positions to what they now are. */
    upsertPositions: (input: inputs.UpsertPositionsInput) =>
      run(documents.UpsertPositionsDocument, { input }),
    /** Books deposits, withdrawals, realized PnL, fees and funding. */
    postTransfers: (input: inputs.PostTransfersInput) => run(documents.PostTransfersDocument, { input }),
    /** Records fills, for pools whose positions come from fills. */
    recordFills: (input: inputs.RecordFillsInput) => run(documents.RecordFillsDocument, { input }),
    /** Marks, positions and transfers of one moment, in one transaction. */
    applyUpdates: (input: inputs.ApplyUpdatesInput) => run(documents.ApplyUpdatesDocument, { input }),
    /** Pays into the insurance fund. */
    contributeToFund: (input: inputs.ContributeToFundInput) =>
      run(documents.ContributeToFundDocument, { input }),
    /** Takes money out of the insurance fund. Needs the role ADMIN. */
    withdrawFromFund: (input: inputs.WithdrawFromFundInput) =>
      run(documents.WithdrawFromFundDocument, { input }),
    /** Closes as much of an account in trouble as brings it back. */
    liquidate: (input: inputs.LiquidateInput) => run(documents.LiquidateDocument, { input }),
    /** Closes a bankrupt account out, and opens a loss event over what is left below zero. */
    reportBankruptcy: (input: inputs.ReportBankruptcyInput) =>
      run(documents.ReportBankruptcyDocument, { input }),
    /** Runs the waterfall over open losses, jointly, and books what follows. */
    settleLosses: (input: inputs.SettleLossesInput) => run(documents.SettleLossesDocument, { input }),
    /** Pays back what a bankrupt brought in after its loss was opened. */
    recordRecovery: (input: inputs.RecordRecoveryInput) => run(documents.RecordRecoveryDocument, { input }),
    /** Takes a settlement back. Needs the role ADMIN. */
    reverseSettlement: (input: inputs.ReverseSettlementInput) =>
      run(documents.ReverseSettlementDocument, { input }),
    /** Gives the pool its next version of rules. Needs the role ADMIN. */
    updatePoolRules: (input: inputs.UpdatePoolRulesInput) =>
      run(documents.UpdatePoolRulesDocument, { input }),
    /** Gives accounts a haircut cap of their own, or takes it back. Needs the role ADMIN. */
    setHaircutCaps: (input: inputs.SetHaircutCapsInput) => run(documents.SetHaircutCapsDocument, { input }),
    /** Halts a pool. Needs the role ADMIN. */
    haltPool: (input: inputs.HaltPoolInput) => run(documents.HaltPoolDocument, { input }),
    /** Resumes a halted pool. Needs the role ADMIN. */
    resumePool: (input: inputs.ResumePoolInput) => run(documents.ResumePoolDocument, { input }),
    /** Cuts a session. Needs the role ADMIN. */
    startSession: (input: inputs.StartSessionInput) => run(documents.StartSessionDocument, { input }),
    /** Takes back the tokens of a subject that were issued so far. Needs the role ADMIN. */
    revokeTokens: (input: inputs.RevokeTokensInput) => run(documents.RevokeTokensDocument, { input }),
    /** Queues a simulation; `simulationProgress` tells how far it is. */
    startSimulation: (input: inputs.StartSimulationInput) =>
      run(documents.StartSimulationDocument, { input }),
    /** Ends a simulation before its time. */
    cancelSimulation: (id: string) => run(documents.CancelSimulationDocument, { id }),
    /**
     * Has notices posted to a URL. The secret that they are signed with is in the first answer alone: keep it. Where that was lost and the
     * client asked again it is null: ask for another by `rotateWebhookSecret`.
     */
    createWebhook: (input: inputs.CreateWebhookInput) => run(documents.CreateWebhookDocument, { input }),
    /** Changes a webhook, or enables it. */
    updateWebhook: (input: inputs.UpdateWebhookInput) => run(documents.UpdateWebhookDocument, { input }),
    /** Ends a webhook. */
    deleteWebhook: (id: string) => run(documents.DeleteWebhookDocument, { id }),
    /** Lets a webhook go on from another place. */
    replayWebhook: (input: inputs.ReplayWebhookInput) => run(documents.ReplayWebhookDocument, { input }),
    /** Gives a webhook a new secret. */
    rotateWebhookSecret: (input: inputs.RotateWebhookSecretInput) =>
      run(documents.RotateWebhookSecretDocument, { input }),
  };
}

interface Page<Node> {
  readonly edges: readonly { readonly node: Node }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor?: string | null };
}

/** A list, asked for page by page as it is read. What it is a list of may not be there: then it is null. */
async function* pages<Node>(
  read: (after: string | null) => Promise<Page<Node> | null | undefined>,
  whatIsMissing: string,
): AsyncGenerator<Node, void, undefined> {
  let after: string | null = null;
  do {
    const page: Page<Node> | null | undefined = await read(after);
    if (!page) throw new ShearwaterError('BAD_USER_INPUT', `There is no ${whatIsMissing} that you may read`);
    for (const { node } of page.edges) yield node;
    after = page.pageInfo.hasNextPage ? (page.pageInfo.endCursor ?? null) : null;
  } while (after !== null);
}

/** The usual questions. Lists are async iterables that fetch the next page when it is read. */
export function queriesOf(ask: Ask) {
  const run = oneOf(ask);
  return {
    /** Who is calling, as the token says. */
    viewer: async () => (await ask(documents.ViewerDocument, {})).viewer,
    /** A pool by its name; null where there is none. */
    pool: async (name: string) => (await ask(documents.PoolDocument, { name })).pool ?? null,
    /** Every pool that the caller may read. */
    pools: () => pages(async (after) => (await ask(documents.PoolsDocument, { after })).page, 'pool'),
    /** An account; null where there is none that the caller may read. */
    account: async (pool: string, ref: string) =>
      (await ask(documents.AccountDocument, { pool, ref })).pool?.account ?? null,
    /** The accounts of a pool, by ref. */
    accounts: (pool: string, filter?: inputs.AccountFilter) =>
      pages(
        async (after) => (await ask(documents.AccountsDocument, { pool, filter, after })).pool?.page,
        `pool ${pool}`,
      ),
    /** The caller's own accounts. */
    myAccounts: () =>
      pages(async (after) => (await ask(documents.MyAccountsDocument, { after })).page, 'account'),
    /** The accounts that are nearest to bankruptcy, nearest first. */
    accountsAtRisk: async (variables: inputs.AccountsAtRiskQueryVariables) =>
      (await ask(documents.AccountsAtRiskDocument, variables)).accountsAtRisk.edges.map(({ node }) => node),
    /** The loss events of a pool, oldest first. */
    lossEvents: (pool: string, status?: inputs.LossEventStatus) =>
      pages(
        async (after) => (await ask(documents.LossEventsDocument, { pool, status, after })).pool?.page,
        `pool ${pool}`,
      ),
    /** The settlements of a pool, oldest first. */
    settlements: (pool: string) =>
      pages(
        async (after) => (await ask(documents.SettlementsDocument, { pool, after })).pool?.page,
        `pool ${pool}`,
      ),
    /** The haircuts of a settlement, by account ref, by the settlement's `id`. */
    settlementHaircuts: (id: string) =>
      pages(async (after) => {
        const { node } = await ask(documents.SettlementHaircutsDocument, { id, after });
        return node && 'page' in node ? node.page : null;
      }, 'settlement of that id'),
    /** The haircuts that an account bore, oldest first. */
    accountHaircuts: (pool: string, ref: string) =>
      pages(
        async (after) =>
          (await ask(documents.AccountHaircutsDocument, { pool, ref, after })).pool?.account?.page,
        `account ${ref} in pool ${pool}`,
      ),
    /** What went in and out of a pool's insurance fund, oldest first. */
    fundEntries: (pool: string) =>
      pages(
        async (after) => (await ask(documents.FundEntriesDocument, { pool, after })).pool?.insuranceFund.page,
        `pool ${pool}`,
      ),
    /** The caller's webhooks in a pool, oldest first. */
    webhooks: async (pool: string) => (await ask(documents.WebhooksDocument, { pool })).webhooks,
    /** What `settleLosses` would do now, with the `first` largest haircuts: 100 when omitted. */
    previewSettlement: (input: inputs.PreviewSettlementInput, first?: number) =>
      run(documents.PreviewSettlementDocument, { input, first }),
    /** What settling now would come to under each method. */
    compareAllocations: (input: inputs.CompareAllocationsInput) =>
      run(documents.CompareAllocationsDocument, { input }),
    /** Whether an account would stand after a trade. */
    checkTrade: (input: inputs.CheckTradeInput) => run(documents.CheckTradeDocument, { input }),
    /** What shocks to the marks would come to. */
    stressTest: (input: inputs.StressTestInput) => run(documents.StressTestDocument, { input }),
    /** A simulation and its main results; null where there is none that the caller may read. */
    simulation: async (id: string) => (await ask(documents.SimulationDocument, { id })).simulation ?? null,
  };
}
