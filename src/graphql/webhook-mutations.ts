import { GraphQLError } from 'graphql';
import { allows, type Viewer } from '../auth/viewer.ts';
import { type Path, Refusal } from '../core/refusal.ts';
import type { PoolRow, WebhookRow } from '../db/rows.ts';
import type { WebhookStream as Stream } from '../db/schema.ts';
import { afterSequence, type Position } from '../outbox/notice.ts';
import { findable } from '../settlement/locked-pool.ts';
import { unknownPool } from '../settlement/pool-refusals.ts';
import {
  createWebhook,
  deleteWebhook,
  type Holder,
  replayWebhook,
  rotateSecret,
  updateWebhook,
} from '../webhooks/webhooks.ts';
import { access, builder } from './builder.ts';
import type { Context } from './context.ts';
import { forbidden } from './errors.ts';
import { noticeFilter, startAfter } from './notices.ts';
import { typed } from './refs.ts';
import { orRefusal, resultType, type Typed } from './refusals.ts';
import { findWebhook, Webhook, WebhookStream } from './webhook.ts';

const CreateWebhookInput = builder.inputType('CreateWebhookInput', {
  fields: (t) => ({
    pool: t.string({ required: true }),
    idempotencyKey: t.string({ required: true }),
    url: t.string({ required: true }),
    stream: t.field({ type: WebhookStream, required: true }),
    accounts: t.stringList(),
    after: t.string(),
    withProofs: t.boolean({ required: true, defaultValue: false }),
    description: t.string(),
  }),
});
const UpdateWebhookInput = builder.inputType('UpdateWebhookInput', {
  fields: (t) => ({
    id: t.id({ required: true }),
    url: t.string(),
    description: t.string(),
    enabled: t.boolean(),
  }),
});
const ReplayWebhookInput = builder.inputType('ReplayWebhookInput', {
  fields: (t) => ({ id: t.id({ required: true }), after: t.string({ required: true }) }),
});
const RotateWebhookSecretInput = builder.inputType('RotateWebhookSecretInput', {
  fields: (t) => ({
    id: t.id({ required: true }),
    overlapHours: t.int({ required: true, defaultValue: 24 }),
  }),
});

interface WithSecret extends Typed {
  readonly webhook: WebhookRow;
  readonly secret: string | null;
}
const CreateWebhookPayload = builder.objectRef<WithSecret>('CreateWebhookPayload').implement({
  fields: (t) => ({
    webhook: t.expose('webhook', { type: Webhook }),
    secret: t.exposeString('secret', { nullable: true }),
  }),
});
const RotateWebhookSecretPayload = builder.objectRef<WithSecret>('RotateWebhookSecretPayload').implement({
  fields: (t) => ({
    webhook: t.expose('webhook', { type: Webhook }),
    secret: t.string({ resolve: ({ secret }) => secret! }),
  }),
});
const DeleteWebhookPayload = builder
  .objectRef<Typed & { readonly id: string }>('DeleteWebhookPayload')
  .implement({ fields: (t) => ({ id: t.exposeID('id') }) });

const created = resultType('CreateWebhookResult', CreateWebhookPayload, [
  'NOT_FOUND',
  'INVALID_INPUT',
  'LIMIT_EXCEEDED',
  'IDEMPOTENCY_CONFLICT',
]);
const updated = resultType('UpdateWebhookResult', Webhook, ['NOT_FOUND', 'INVALID_INPUT']);
const deleted = resultType('DeleteWebhookResult', DeleteWebhookPayload, ['NOT_FOUND']);
const replayed = resultType('ReplayWebhookResult', Webhook, ['NOT_FOUND', 'INVALID_INPUT']);
const rotated = resultType('RotateWebhookSecretResult', RotateWebhookSecretPayload, [
  'NOT_FOUND',
  'INVALID_INPUT',
  'LIMIT_EXCEEDED',
]);

function holderOf(viewer: Viewer): Holder {
  return {
    subject: viewer.subject,
    owner: allows(viewer, 'write') ? null : viewer.subject,
    // A token that does not say when it was issued counts as issued before all others, as it does when tokens are revoked.
    authorizedAt: new Date((viewer.issuedAt ?? 0) * 1_000).toISOString(),
  };
}

/** What a subscription refuses as an error, a mutation refuses as a result. */
async function refusing<T>(path: Path, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof GraphQLError && error.extensions.code !== 'INTERNAL_SERVER_ERROR')
      throw new Refusal('INVALID_INPUT', error.message, path);
    throw error;
  }
}

/** Where a reader of that stream begins: past what it names, or past all that there is. */
async function placeAfter(
  context: Context,
  pool: PoolRow,
  stream: Stream,
  after: string | null | undefined,
): Promise<Position> {
  const numbering = stream === 'MARGIN_ALERTS' ? 'alerts' : 'commits';
  const named = await refusing(['input', 'after'], () => startAfter(context, after, pool, numbering));
  return named ?? afterSequence(numbering === 'alerts' ? pool.alertCount : pool.sequence);
}

async function wanted(context: Context, id: string, path: Path): Promise<WebhookRow> {
  const row = await findWebhook(context, id);
  if (!row) throw unknownWebhook(path);
  return row;
}

const unknownWebhook = (path: Path): Refusal =>
  new Refusal('NOT_FOUND', 'You have no webhook of that id: mend the id.', path);
const ID: Path = ['input', 'id'];

builder.mutationFields((t) => ({
  createWebhook: t.field({
    type: created.union,
    args: { input: t.arg({ type: CreateWebhookInput, required: true }) },
    ...access('notify'),
    resolve: (_, { input }, context) => {
      const { loaders, viewer, webhooks, pools, books } = context;
      const { stream, accounts = null, after } = input;
      const holder = holderOf(viewer!);
      if (holder.owner !== null && stream === 'LOSS_NOTICES')
        throw forbidden(
          'Webhooks of loss notices take the role INTEGRATOR or ADMIN: subscribe to lossNotices.',
        );
      return orRefusal(context, created.codes, async () => {
        const pool = findable(input.pool) ? await loaders.poolByName.load(input.pool) : null;
        if (!pool) throw unknownPool();
        const { poolId } = pool;
        const start = async () => {
          if (accounts !== null && stream === 'LOSS_NOTICES')
            throw new Refusal('INVALID_INPUT', 'Loss notices are of no account: leave `accounts` out.', [
              'input',
              'accounts',
            ]);
          await refusing(['input', 'accounts'], () => noticeFilter(context, pool, accounts, holder.owner));
          return placeAfter(context, pool, stream, after);
        };
        const { url, description = null, withProofs: hasProofs, idempotencyKey } = input;
        const asked = { url, description, stream, accounts, hasProofs, idempotencyKey };
        const made = await createWebhook(context, webhooks.policy, {
          ...asked,
          poolId,
          holder,
          input,
          start,
        });
        await pools.resolve([poolId]);
        // Alerts are raised while somebody listens.
        if (stream === 'MARGIN_ALERTS') books.wake(poolId);
        webhooks.wake();
        return typed('CreateWebhookPayload', made);
      });
    },
  }),
  updateWebhook: t.field({
    type: updated.union,
    args: { input: t.arg({ type: UpdateWebhookInput, required: true }) },
    ...access('notify'),
    resolve: (_, { input }, context) =>
      orRefusal(context, updated.codes, async () => {
        const { viewer, webhooks } = context;
        const row = await wanted(context, input.id, ID);
        const now = await updateWebhook(context, webhooks.policy, row, holderOf(viewer!), input);
        if (!now) throw unknownWebhook(ID);
        webhooks.wake();
        return typed('Webhook', now);
      }),
  }),
  deleteWebhook: t.field({
    type: deleted.union,
    args: { id: t.arg.id({ required: true }) },
    ...access('notify'),
    resolve: (_, { id }, context) =>
      orRefusal(context, deleted.codes, async () => {
        const row = await wanted(context, id, ['id']);
        if (!(await deleteWebhook(context, row))) throw unknownWebhook(['id']);
        return typed('DeleteWebhookPayload', { id });
      }),
  }),
  replayWebhook: t.field({
    type: replayed.union,
    args: { input: t.arg({ type: ReplayWebhookInput, required: true }) },
    ...access('notify'),
    resolve: (_, { input }, context) =>
      orRefusal(context, replayed.codes, async () => {
        const row = await wanted(context, input.id, ID);
        const pool = (await context.loaders.pool.load(row))!;
        const place = await placeAfter(context, pool, row.stream, input.after);
        const now = await replayWebhook(context, row, place);
        if (!now) throw unknownWebhook(ID);
        context.webhooks.wake();
        return typed('Webhook', now);
      }),
  }),
  rotateWebhookSecret: t.field({
    type: rotated.union,
    args: { input: t.arg({ type: RotateWebhookSecretInput, required: true }) },
    ...access('notify'),
    resolve: (_, { input }, context) =>
      orRefusal(context, rotated.codes, async () => {
        const webhook = await wanted(context, input.id, ID);
        const secret = await rotateSecret(context, webhook, input.overlapHours);
        if (secret === null) throw unknownWebhook(ID);
        return typed('RotateWebhookSecretPayload', { webhook, secret });
      }),
  }),
}));
