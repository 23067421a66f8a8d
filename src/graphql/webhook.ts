import { allows, mayUsePool } from '../auth/viewer.ts';
import type { WebhookRow } from '../db/rows.ts';
import { WEBHOOK_STREAMS } from '../db/schema.ts';
import { findable } from '../settlement/locked-pool.ts';
import { webhookOf, webhooksOf } from '../webhooks/webhooks.ts';
import { poolName } from './amounts.ts';
import { access, builder } from './builder.ts';
import type { Context } from './context.ts';
import { namedPool } from './named-pool.ts';
import { PoolRef } from './refs.ts';

export const WebhookStream = builder.enumType('WebhookStream', { values: WEBHOOK_STREAMS });

export const Webhook = builder.objectRef<WebhookRow>('Webhook').implement({
  fields: (t) => ({
    id: t.id({ resolve: (row, _, context) => webhookGlobalId(context, row) }),
    pool: t.field({ type: PoolRef, resolve: async (row, _, { loaders }) => (await loaders.pool.load(row))! }),
    url: t.exposeString('url'),
    description: t.exposeString('description', { nullable: true }),
    stream: t.expose('stream', { type: WebhookStream }),
    accounts: t.stringList({
      nullable: true,
      resolve: ({ accounts }) => (accounts === null ? null : (JSON.parse(accounts) as string[])),
    }),
    withProofs: t.exposeBoolean('hasProofs'),
    enabled: t.exposeBoolean('enabled'),
    deliveredSequence: t.expose('deliveredSequence', { type: 'Sequence', nullable: true }),
    deliveredAt: t.expose('deliveredAt', { type: 'DateTime', nullable: true }),
    failures: t.exposeInt('failures'),
    failingSince: t.expose('failingSince', { type: 'DateTime', nullable: true }),
    nextAttemptAt: t.expose('nextAttemptAt', { type: 'DateTime', nullable: true }),
    problem: t.exposeString('problem', { nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

/** An id is the pool's name and what the webhook is called in it. */
export const webhookGlobalId = (context: Context, { poolId, webhookId }: WebhookRow): string =>
  Buffer.from(JSON.stringify(['Webhook', poolName(context, poolId), webhookId])).toString('base64url');

/** Whether the roles of its owner still allow what the webhook hears. */
const isIn = ({ viewer }: Context, { owner }: WebhookRow): boolean =>
  owner !== null || allows(viewer!, 'write');

/** The viewer's webhook of an id; null where there is none: another's is as if it were not there. */
export async function findWebhook(context: Context, id: string): Promise<WebhookRow | null> {
  const { loaders, viewer, pools } = context;
  let keys: unknown;
  try {
    keys = JSON.parse(Buffer.from(id, 'base64url').toString());
  } catch {
    return null;
  }
  if (!Array.isArray(keys) || keys.length !== 3 || keys[0] !== 'Webhook') return null;
  const [, name, webhookId] = keys as [string, unknown, unknown];
  if (typeof name !== 'string' || typeof webhookId !== 'string') return null;
  if (!findable(name) || !findable(webhookId) || !mayUsePool(viewer!, name)) return null;
  const pool = await loaders.poolByName.load(name);
  if (!pool) return null;
  await pools.resolve([pool.poolId]);
  const row = await webhookOf(context, { poolId: pool.poolId, webhookId }, viewer!.subject);
  return row && isIn(context, row) ? row : null;
}

builder.queryFields((t) => ({
  webhook: t.field({
    type: Webhook,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    ...access('notify'),
    resolve: (_, { id }, context) => findWebhook(context, id),
  }),
  webhooks: t.field({
    type: [Webhook],
    args: { pool: t.arg.string({ required: true }) },
    ...access('notify'),
    resolve: async (_, args, context) => {
      const pool = await namedPool(context, args.pool);
      await context.pools.resolve([pool.poolId]);
      const rows = await webhooksOf(context, pool.poolId, context.viewer!.subject);
      return rows.filter((row) => isIn(context, row));
    },
  }),
}));
