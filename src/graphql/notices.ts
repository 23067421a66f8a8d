import { onlyOwner } from '../auth/viewer.ts';
import type { PoolRow } from '../db/rows.ts';
import { formatCursor, historyMark, type Position, parseAfter } from '../outbox/notice.ts';
import {
  type HaircutNoticeRow,
  type LossNoticeRow,
  type MarginAlertNotice,
  type NoticeFilter,
  type Numbering,
  readCommittedAt,
} from '../outbox/read.ts';
import type { Subscriber } from '../outbox/subscriber.ts';
import { MAX_ITEMS } from '../settlement/check.ts';
import { findable } from '../settlement/locked-pool.ts';
import { ACCOUNT_NAME } from './account-view.ts';
import { amount } from './amounts.ts';
import { access, builder } from './builder.ts';
import { type Context, renewLoaders } from './context.ts';
import { badUserInput, forbidden, otherHistory, unauthenticated } from './errors.ts';
import { explain } from './explain.ts';
import { namedPool } from './named-pool.ts';
import {
  AccountHealth,
  AccountRef,
  HaircutRef,
  LossEventRef,
  PoolRef,
  RecoveryRef,
  SettlementRef,
} from './refs.ts';

const HaircutNoticeKind = builder.enumType('HaircutNoticeKind', {
  values: ['HAIRCUT', 'REFUND', 'REVERSAL'] as const,
});
const LossNoticeKind = builder.enumType('LossNoticeKind', {
  values: ['LOSS_OPENED', 'SETTLED', 'RECOVERED', 'REVERSED', 'HALTED', 'RESUMED'] as const,
});

const HaircutNotice = builder.objectRef<HaircutNoticeRow>('HaircutNotice').implement({
  fields: (t) => ({
    cursor: t.string({ resolve: ({ position, committedAt }) => formatCursor(position, committedAt) }),
    sequence: t.field({ type: 'Sequence', resolve: ({ haircut }) => haircut.sequence }),
    previousSequence: t.field({
      type: 'Sequence',
      nullable: true,
      resolve: ({ haircut }) => haircut.previousSequence,
    }),
    kind: t.expose('kind', { type: HaircutNoticeKind }),
    amount: t.field({
      type: 'Decimal',
      resolve: ({ haircut }, _, context) => amount(context, haircut.poolId, -haircut.amount),
    }),
    haircut: t.field({
      type: HaircutRef,
      resolve: async ({ haircut }, _, { loaders }) =>
        haircut.restores === null
          ? haircut
          : (await loaders.haircutOf.load({ ...haircut, sequence: haircut.restores }))!,
    }),
    committedAt: t.expose('committedAt', { type: 'DateTime' }),
    explanation: t.string({ resolve: (notice, _, context) => explain(context, notice) }),
  }),
});

const LossNotice = builder.objectRef<LossNoticeRow>('LossNotice').implement({
  fields: (t) => ({
    cursor: t.string({ resolve: ({ position, committedAt }) => formatCursor(position, committedAt) }),
    sequence: t.expose('sequence', { type: 'Sequence' }),
    previousSequence: t.expose('previousSequence', { type: 'Sequence', nullable: true }),
    kind: t.expose('kind', { type: LossNoticeKind }),
    lossEvent: t.field({
      type: LossEventRef,
      nullable: true,
      resolve: async (notice, _, { loaders }) => {
        if (notice.kind === 'LOSS_OPENED') return loaders.lossEvent.load(notice);
        if (notice.kind !== 'RECOVERED') return null;
        const { poolId, eventSequence } = (await loaders.recovery.load(notice))!;
        return loaders.lossEvent.load({ poolId, sequence: eventSequence });
      },
    }),
    settlement: t.field({
      type: SettlementRef,
      nullable: true,
      resolve: (notice, _, { loaders }) =>
        notice.kind === 'SETTLED'
          ? loaders.settlement.load(notice)
          : notice.kind === 'REVERSED'
            ? loaders.reversedSettlement.load(notice)
            : null,
    }),
    recovery: t.field({
      type: RecoveryRef,
      nullable: true,
      resolve: (notice, _, { loaders }) =>
        notice.kind === 'RECOVERED' ? loaders.recovery.load(notice) : null,
    }),
    pool: t.field({
      type: PoolRef,
      resolve: async (notice, _, { loaders }) => (await loaders.pool.load(notice))!,
    }),
    haltReason: t.exposeString('reason', { nullable: true }),
    committedAt: t.expose('committedAt', { type: 'DateTime' }),
  }),
});

/** Where a reader begins, in the pool as it is: what it read up to there is what the database has. */
export async function startAfter(
  { db }: Context,
  after: string | null | undefined,
  pool: PoolRow,
  numbering: Numbering = 'commits',
): Promise<Position | null> {
  if (after == null) return null;
  const position = parseAfter(after);
  if (!position) throw badUserInput('`after` is neither the cursor of a notice nor a number to begin after.');
  const last = numbering === 'commits' ? pool.sequence : pool.alertCount;
  if (position.sequence > last) {
    throw badUserInput(
      `\`after\` is beyond the pool's last, ${last}: it is of another pool, of another database, or of commits that a restore took back. Read the pool anew and listen without \`after\`.`,
    );
  }
  if (position.history !== null) {
    const committedAt = await readCommittedAt(db, pool.poolId, numbering, position.sequence);
    if (committedAt === null || historyMark(committedAt) !== position.history) throw otherHistory();
  }
  return position;
}

/**
 * Whose notices are asked for. A trader may ask for its own accounts only, and others are as if they were not there.
 *
 * @param owner whose accounts they are cut down to; null for all
 */
export async function noticeFilter(
  { loaders, viewer }: Context,
  pool: PoolRow,
  refs: readonly string[] | null | undefined,
  owner = onlyOwner(viewer!),
): Promise<NoticeFilter> {
  if (refs == null) return owner === null ? { all: true } : { owner };
  if (refs.length === 0)
    throw badUserInput('`accounts` is empty: leave it out for all that you may hear of.');
  if (refs.length > MAX_ITEMS)
    throw badUserInput(`\`accounts\` names more than ${MAX_ITEMS}: leave it out, or subscribe in parts.`);
  const byRef = loaders.accountByRef(ACCOUNT_NAME);
  const accounts = await Promise.all(
    [...new Set(refs)].map((ref) => (findable(ref) ? byRef.load({ poolId: pool.poolId, ref }) : null)),
  );
  const readable = accounts.filter(
    (account) => account !== null && (owner === null || account.owner === owner),
  );
  if (readable.length !== accounts.length) {
    throw owner === null
      ? badUserInput(
          '`accounts` names an account that the pool does not have: upsert it first, or mend the ref.',
        )
      : forbidden('`accounts` names an account that is not yours.');
  }
  return { accountNos: readable.map((account) => account!.accountNo) };
}

/** A stream lives no longer than the token that opened it, whatever the transport. */
function untilExpiry<S extends Pick<Subscriber<never>, 'failAt'>>(
  { viewer, transport }: Context,
  subscriber: S,
): S {
  if (transport.endsWithToken) return subscriber;
  subscriber.failAt(
    viewer!.expiresAt * 1_000,
    unauthenticated('The token has expired: resume with a new one.'),
  );
  return subscriber;
}

const MarginAlert = builder.objectRef<MarginAlertNotice>('MarginAlert').implement({
  fields: (t) => {
    const sum = (name: 'equity' | 'initial' | 'maintenance') =>
      t.field({
        type: 'Decimal',
        resolve: (alert, _, context) => amount(context, alert.poolId, alert[name]),
      });
    return {
      cursor: t.string({ resolve: ({ position, raisedAt }) => formatCursor(position, raisedAt) }),
      number: t.expose('alertNo', { type: 'Sequence' }),
      previousNumber: t.expose('previousAlertNo', { type: 'Sequence', nullable: true }),
      account: t.field({
        type: AccountRef,
        resolve: ({ poolId, accountNo, accountRef, accountOwner }) => ({
          poolId,
          accountNo,
          ref: accountRef,
          owner: accountOwner,
        }),
      }),
      health: t.expose('health', { type: AccountHealth }),
      previousHealth: t.expose('previousHealth', { type: AccountHealth }),
      equity: sum('equity'),
      initialMargin: sum('initial'),
      maintenanceMargin: sum('maintenance'),
      sequence: t.expose('sequence', { type: 'Sequence' }),
      raisedAt: t.expose('raisedAt', { type: 'DateTime' }),
    };
  },
});

builder.subscriptionFields((t) => ({
  marginAlerts: t.field({
    type: MarginAlert,
    args: {
      pool: t.arg.string({ required: true }),
      accounts: t.arg.stringList(),
      after: t.arg.string(),
    },
    ...access('read'),
    subscribe: async (_, args, context) => {
      const pool = await namedPool(context, args.pool);
      const filter = await noticeFilter(context, pool, args.accounts);
      const after = await startAfter(context, args.after, pool, 'alerts');
      // Who listens wants to hear of what nobody told yet, after a restart too.
      context.books.wake(pool.poolId);
      return untilExpiry(
        context,
        await context.hub.alerts(pool.poolId, filter, after, context.transport.cut),
      );
    },
    resolve: (alert: MarginAlertNotice, _, context) => {
      renewLoaders(context);
      return alert;
    },
  }),
  haircutNotices: t.field({
    type: HaircutNotice,
    args: {
      pool: t.arg.string({ required: true }),
      accounts: t.arg.stringList(),
      after: t.arg.string(),
    },
    ...access('read'),
    subscribe: async (_, args, context) => {
      const pool = await namedPool(context, args.pool);
      const filter = await noticeFilter(context, pool, args.accounts);
      const after = await startAfter(context, args.after, pool);
      return untilExpiry(
        context,
        await context.hub.haircuts(pool.poolId, filter, after, context.transport.cut),
      );
    },
    resolve: (notice: HaircutNoticeRow, _, context) => {
      // A subscription's events come one after the other: each reads afresh, but for what never changes.
      renewLoaders(context, notice.settlement);
      return notice;
    },
  }),
  lossNotices: t.field({
    type: LossNotice,
    args: { pool: t.arg.string({ required: true }), after: t.arg.string() },
    extensions: { ...access('read').extensions, heardByMany: true },
    subscribe: async (_, args, context) => {
      const pool = await namedPool(context, args.pool);
      const after = await startAfter(context, args.after, pool);
      return untilExpiry(context, await context.hub.losses(pool.poolId, after, context.transport.cut));
    },
    resolve: (notice: LossNoticeRow, _, context) => {
      renewLoaders(context);
      return notice;
    },
  }),
}));
