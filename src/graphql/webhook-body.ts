import { type ExecutionResult, type GraphQLSchema, parse } from 'graphql';
import type { WebhookRow } from '../db/rows.ts';
import type { WebhookStream } from '../db/schema.ts';
import type { Batch } from '../webhooks/batch.ts';
import { createContext, type Services } from './context.ts';
import { Engine } from './engine.ts';
import { readData } from './printed.ts';

/** What each stream's notices are called: as the subscription that tells the same. */
const NAMES: Record<WebhookStream, string> = {
  HAIRCUT_NOTICES: 'haircutNotices',
  LOSS_NOTICES: 'lossNotices',
  MARGIN_ALERTS: 'marginAlerts',
};

const SETTLEMENT = 'sequence method deficit fundDraw residual socialized haircutCount';

/** What is told of a notice: nothing that changes later, so that a repetition says the same. */
const FIELDS: Record<WebhookStream, string> = {
  HAIRCUT_NOTICES: `cursor sequence previousSequence kind amount committedAt explanation
    haircut { id sequence amount profit cap balanceBefore balanceAfter account { ref owner } settlement { ${SETTLEMENT} } PROOF }`,
  LOSS_NOTICES: `cursor sequence previousSequence kind committedAt haltReason
    lossEvent { ref deficit } settlement { ${SETTLEMENT} } recovery { sequence amount }`,
  MARGIN_ALERTS: `cursor number previousNumber account { ref owner } health previousHealth equity initialMargin maintenanceMargin
    sequence raisedAt`,
};

/**
 * Writes the bodies of deliveries: each notice is what the schema answers to a subscription of the same fields, so that nothing is
 * formatted a second time.
 */
export function webhookBodies(
  schema: GraphQLSchema,
  services: Services,
): (webhook: WebhookRow, batch: Batch) => Promise<string> {
  const engine = new Engine(schema);
  const documentOf = (stream: WebhookStream, proof: string) =>
    parse(`subscription { ${NAMES[stream]}(pool: "") { ${FIELDS[stream].replace('PROOF', proof)} } }`);
  const documents = Object.fromEntries(
    Object.keys(NAMES).map((stream) => [
      stream,
      {
        bare: documentOf(stream as WebhookStream, ''),
        proven: documentOf(stream as WebhookStream, 'proof { document }'),
      },
    ]),
  ) as Record<WebhookStream, Record<'bare' | 'proven', ReturnType<typeof parse>>>;

  return async (webhook, { notices, committedAt }) => {
    const { poolId, stream, hasProofs, subject, owner } = webhook;
    await services.pools.resolve([poolId]);
    // It may read what the webhook may hear, and the webhook says what that is.
    const viewer = {
      subject,
      roles: [owner === null ? ('INTEGRATOR' as const) : ('TRADER' as const)],
      ...{ pools: null, expiresAt: 0, issuedAt: null, keyId: null },
    };
    const context = createContext(services, viewer);
    const document = documents[stream][hasProofs ? 'proven' : 'bare'];
    const answers = await Promise.all(
      notices.map((notice) => engine.execute({ schema, document, rootValue: notice, contextValue: context })),
    );
    return JSON.stringify({
      type: NAMES[stream],
      timestamp: committedAt,
      data: {
        pool: services.pools.get(poolId).name,
        notices: answers.map((answer) => noticeOf(answer, NAMES[stream])),
      },
    });
  };
}

function noticeOf(answer: ExecutionResult, name: string): unknown {
  if (answer.errors) throw answer.errors[0];
  return readData(answer)![name];
}
