import type { Link } from './chain.ts';
import {
  type HaircutNoticeFieldsFragment,
  HaircutNoticesDocument,
  LossNoticesDocument,
  type LossNoticesSubscription,
  MarginAlertsDocument,
  type MarginAlertsSubscription,
  ProvenHaircutNoticesDocument,
} from './generated/graphql.ts';

/** A haircut, a refund or a reversal of an account. With `verify` its haircut carries the proof that was checked. */
export type HaircutNotice = HaircutNoticeFieldsFragment & {
  readonly haircut: { readonly proof?: { readonly document: string } | null };
};
/** A loss opened, settled, recovered or taken back in a pool, or that the pool was halted or resumed. */
export type LossNotice = LossNoticesSubscription['lossNotices'];
/** A change of an account's health. */
export type MarginAlert = MarginAlertsSubscription['marginAlerts'];

/** A subscription whose notices have cursors and hang together: one row for each of the API's. */
export interface Feed<Notice> {
  readonly query: string;
  readonly noticeOf: (data: unknown) => Notice;
  readonly linkOf: (notice: Notice) => Link;
  /** Whether its numbers are the pool's sequence, so that the pool says what is the last. */
  readonly isBySequence: boolean;
}

const field =
  <Notice>(name: string) =>
  (data: unknown): Notice =>
    (data as Record<string, Notice>)[name]!;

const haircutFeed = (query: string): Feed<HaircutNotice> => ({
  query,
  noticeOf: field('haircutNotices'),
  linkOf: ({ sequence, previousSequence, cursor, haircut }) => ({
    chain: haircut.account.ref,
    number: sequence,
    previous: previousSequence ?? null,
    id: cursor,
  }),
  isBySequence: true,
});

export const haircutNotices = haircutFeed(HaircutNoticesDocument.toString());
export const provenHaircutNotices = haircutFeed(ProvenHaircutNoticesDocument.toString());

export const lossNotices: Feed<LossNotice> = {
  query: LossNoticesDocument.toString(),
  noticeOf: field('lossNotices'),
  linkOf: ({ sequence, previousSequence, cursor }) => ({
    chain: '',
    number: sequence,
    previous: previousSequence ?? null,
    id: cursor,
  }),
  isBySequence: true,
};

export const marginAlerts: Feed<MarginAlert> = {
  query: MarginAlertsDocument.toString(),
  noticeOf: field('marginAlerts'),
  linkOf: ({ number, previousNumber, cursor, account }) => ({
    chain: account.ref,
    number,
    previous: previousNumber ?? null,
    id: cursor,
  }),
  isBySequence: false,
};
