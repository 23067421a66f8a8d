import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from 'react';
import { useQuery, useSubscription } from 'urql';
import {
  PoolNoticesDocument,
  type PoolNoticesSubscription,
  PoolVersionDocument,
  type TypedDocumentString,
} from '../generated/graphql.ts';

export type LossNotice = PoolNoticesSubscription['lossNotices'];

interface PoolLife {
  /** The pool's sequence as it was last heard of: whatever is shown of the pool is asked for anew when it moves. */
  readonly sequence: string | null;
  /** Newest first. */
  readonly notices: readonly LossNotice[];
}

const Life = createContext<PoolLife>({ sequence: null, notices: [] });
export const usePoolLife = (): PoolLife => useContext(Life);

/** What has no notice of its own (marks, transfers, the fund's income) is noticed by asking for the sequence alone. */
const ASK_MS = 3_000;
const MOST_NOTICES = 20;

/** Hears of a pool, for everything below that shows it. */
export function LivePool({ pool, children }: { pool: string; children: ReactNode }) {
  const [notices, setNotices] = useState<readonly LossNotice[]>([]);
  useSubscription<PoolNoticesSubscription, void>(
    { query: String(PoolNoticesDocument), variables: { pool } },
    (_, { lossNotices }) => setNotices((known) => [lossNotices, ...known].slice(0, MOST_NOTICES)),
  );
  const [{ data }, ask] = useTyped(PoolVersionDocument, { pool });
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') ask({ requestPolicy: 'network-only' });
    }, ASK_MS);
    return () => clearInterval(timer);
  }, [ask]);
  const sequence = later(data?.pool?.sequence, notices[0]?.sequence);
  return <Life value={{ sequence, notices }}>{children}</Life>;
}

function later(a: string | undefined, b: string | undefined): string | null {
  if (a === undefined || b === undefined) return a ?? b ?? null;
  return BigInt(a) > BigInt(b) ? a : b;
}

/** A query of a generated document. */
export function useTyped<Data, Variables extends object>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  { pause = false } = {},
) {
  return useQuery<Data, Variables & Record<string, unknown>>({
    query: String(document),
    variables: variables as Variables & Record<string, unknown>,
    requestPolicy: 'cache-and-network',
    pause,
  });
}

/** The same, asked again when the pool moves. What was answered before stays until the next answer is there. */
export function useLive<Data, Variables extends object>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  options: { pause?: boolean } = {},
) {
  const { sequence } = usePoolLife();
  const [result, ask] = useTyped(document, variables, options);
  const asked = useRef(sequence);
  const { pause = false } = options;
  useEffect(() => {
    if (asked.current !== null && asked.current !== sequence && !pause)
      ask({ requestPolicy: 'network-only' });
    asked.current = sequence;
  }, [sequence, ask, pause]);
  return [result, ask] as const;
}
