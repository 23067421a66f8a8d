import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { useQuery } from 'urql';
import { PoolNoticesDocument, PoolVersionDocument, type TypedDocumentString } from '../generated/graphql.ts';
import { useHeard } from './api.tsx';
import { againInMs } from './failure.ts';

interface PoolLife {
  /** The pool's sequence as it was last heard of: whatever is shown of the pool is asked for anew when it moves. */
  readonly sequence: string | null;
}

const Life = createContext<PoolLife>({ sequence: null });
export const usePoolLife = (): PoolLife => useContext(Life);

/** What has no notice of its own (marks, transfers, the fund's income) is noticed by asking for the sequence alone. */
const ASK_MS = 3_000;

/** Hears of a pool, for everything below that shows it. */
export function LivePool({ pool, children }: { pool: string; children: ReactNode }) {
  // What was last heard stays while nobody answers: then nothing is asked for anew that would not be answered either.
  const [sequence, setSequence] = useState<string | null>(null);
  const [{ data }, ask] = useTyped(PoolVersionDocument, { pool });
  useHeard(
    PoolNoticesDocument,
    { pool },
    {
      isEndless: true,
      onData: ({ lossNotices }) => setSequence((known) => later(known, lossNotices.sequence)),
      // What was told meanwhile was told to nobody.
      onBack: () => ask({ requestPolicy: 'network-only' }),
    },
  );
  const asked = data?.pool?.sequence;
  useEffect(() => {
    if (asked !== undefined) setSequence(asked);
  }, [asked]);
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') ask({ requestPolicy: 'network-only' });
    }, ASK_MS);
    return () => clearInterval(timer);
  }, [ask]);
  const life = useMemo(() => ({ sequence }), [sequence]);
  return <Life value={life}>{children}</Life>;
}

function later(known: string | null, heard: string): string {
  return known !== null && BigInt(known) > BigInt(heard) ? known : heard;
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

/**
 * The same, asked again when the pool moves, and where nobody answered. What was answered before stays until the next answer is there. An
 * answer that says of which sequence of its pool it is is asked for again where the pool had moved before anybody listened.
 */
export function useLive<Data, Variables extends object>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  { pause = false }: { pause?: boolean } = {},
) {
  const { sequence } = usePoolLife();
  const [result, ask] = useTyped(document, variables, { pause });
  const shown = useRef(sequence);
  const answered = sequenceOf(result.data);
  useEffect(() => {
    const hasMoved = shown.current !== null && shown.current !== sequence;
    // Behind alone: in a pool that moves all the time an answer is ahead of what was heard, and another would be too.
    const isBehind = answered !== null && sequence !== null && BigInt(answered) < BigInt(sequence);
    shown.current = sequence;
    if ((hasMoved || isBehind) && sequence !== null && !pause) ask({ requestPolicy: 'network-only' });
  }, [sequence, answered, ask, pause]);

  const { error, fetching } = result;
  const again = error === undefined || fetching || pause ? null : againInMs(error);
  useEffect(() => {
    if (again === null) return;
    const timer = setTimeout(() => ask({ requestPolicy: 'network-only' }), again);
    return () => clearTimeout(timer);
  }, [again, ask]);
  return [result, ask] as const;
}

interface OfPool {
  readonly pool?: { readonly sequence?: string } | null;
}

/** Of the pool that an answer is of, where it says it. */
function sequenceOf(data: unknown): string | null {
  const { pool, node } = (data ?? {}) as OfPool & { readonly node?: OfPool | null };
  return (pool ?? node?.pool)?.sequence ?? null;
}
