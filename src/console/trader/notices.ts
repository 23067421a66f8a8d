import { useEffect, useMemo, useRef, useState } from 'react';
import { useClient } from 'urql';
import {
  AccountHaircutsDocument,
  type AccountHaircutsQuery,
  AccountNoticesDocument,
  type AccountNoticesSubscription,
} from '../generated/graphql.ts';
import { useHeard } from '../kit/api.tsx';
import { added, type Gap, gapsOf, type Link } from './chain.ts';

export interface Told {
  /** Oldest first. */
  readonly chain: readonly Link[];
  readonly gaps: readonly Gap[];
  /** How many were found by a query after the subscription had left them out. */
  readonly mended: number;
  readonly problem: string | null;
}

/** Everything that an account was told and is told, each once. A gap in the sequence is asked after at once. */
export function useNotices(pool: string, ref: string): Told {
  const client = useClient();
  const [chain, setChain] = useState<readonly Link[]>([]);
  const last = useRef('0');
  const gaps = useMemo(() => gapsOf(chain), [chain]);
  const problem = useHeard(
    AccountNoticesDocument,
    { pool, ref, after: '0' },
    {
      isEndless: true,
      onData({ haircutNotices }) {
        last.current = haircutNotices.cursor;
        setChain((known) => added(known, [linkOf(haircutNotices)]));
      },
      // Where something is missing, all is told again: what is known already is dropped.
      resume: () => ({ after: gaps.length === 0 ? last.current : '0' }),
    },
  );
  const gap = gaps.map(({ after, before }) => `${after}-${before}`).join();

  useEffect(() => {
    if (gap === '') return;
    let left = false;
    const variables = { pool, ref };
    void client
      .query<AccountHaircutsQuery>(String(AccountHaircutsDocument), variables, {
        requestPolicy: 'network-only',
      })
      .toPromise()
      .then(({ data }) => {
        const found = data?.pool?.account?.haircuts.edges.map(({ node }) => asLink(node)) ?? [];
        if (!left) setChain((known) => added(known, found));
      });
    return () => {
      left = true;
    };
  }, [client, gap, pool, ref]);

  const mended = chain.filter(({ explanation }) => explanation === null).length;
  return { chain, gaps, mended, problem };
}

type Notice = AccountNoticesSubscription['haircutNotices'];
type Found = NonNullable<
  NonNullable<AccountHaircutsQuery['pool']>['account']
>['haircuts']['edges'][number]['node'];

const linkOf = ({
  sequence,
  previousSequence,
  kind,
  amount,
  explanation,
  committedAt,
  haircut,
}: Notice): Link => ({
  ...{ sequence, previousSequence: previousSequence ?? null, kind, amount, explanation, haircut },
  at: committedAt,
});

const asLink = (haircut: Found): Link => ({
  sequence: haircut.sequence,
  previousSequence: haircut.previousSequence ?? null,
  kind: 'HAIRCUT',
  amount: `-${haircut.amount}`,
  explanation: null,
  at: haircut.settlement.settledAt,
  haircut,
});
