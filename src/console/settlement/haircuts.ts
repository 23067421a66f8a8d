import { useEffect, useState } from 'react';
import { useClient } from 'urql';
import { SettlementHaircutsDocument, type SettlementHaircutsQuery } from '../generated/graphql.ts';
import { againInMs } from '../kit/failure.ts';
import type { Haircut } from './haircut.ts';

export interface Haircuts {
  /** In the byte order of account refs; all of them once `isDone`. */
  readonly rows: readonly Haircut[];
  readonly total: number | null;
  readonly isDone: boolean;
  readonly problem: string | null;
}

const NONE: Haircuts = { rows: [], total: null, isDone: false, problem: null };

/**
 * Reads every haircut of a settlement that the reader may see, page by page. Haircuts never change; only when something is given back
 * are they read again, and what is shown stays until all are there.
 *
 * @param givenBack what came back of the settlement, in a text that is another whenever more did: read and not heard, so that
 * nothing is missed that came back while nobody listened
 */
export function useHaircuts(settlement: string, givenBack: string): Haircuts {
  const client = useClient();
  const [read, setRead] = useState(NONE);
  // biome-ignore lint/correctness/useExhaustiveDependencies: read again when something was given back.
  useEffect(() => {
    let left = false;
    const run = async () => {
      const rows: Haircut[] = [];
      let after: string | null = null;
      for (;;) {
        const variables: { id: string; after: string | null } = { id: settlement, after };
        const { data, error } = await client
          .query<SettlementHaircutsQuery>(String(SettlementHaircutsDocument), variables, {
            requestPolicy: 'network-only',
          })
          .toPromise();
        if (left) return;
        const page = data?.node && 'haircuts' in data.node ? data.node.haircuts : null;
        if (!page) {
          const problem = error?.message ?? 'The settlement is not there any more.';
          setRead((known) => ({ ...known, problem }));
          const again = error === undefined ? null : againInMs(error);
          if (again === null) return;
          await new Promise((resolve) => setTimeout(resolve, again));
          if (left) return;
          continue;
        }
        for (const { node } of page.edges) {
          const { id, amount, profit, cap, recovered, account } = node;
          rows.push({ id, account: account.ref, amount, profit, cap, recovered });
        }
        after = page.pageInfo.endCursor ?? null;
        const isDone = !page.pageInfo.hasNextPage;
        const found: Haircuts = {
          rows: isDone ? rows : rows.slice(),
          total: page.totalCount,
          isDone,
          problem: null,
        };
        setRead((known) => (known.isDone && !isDone ? known : found));
        if (isDone) return;
      }
    };
    void run();
    return () => {
      left = true;
    };
  }, [client, settlement, givenBack]);
  return read;
}
