import { useEffect, useState } from 'react';
import { type Client, type CombinedError, useClient } from 'urql';
import {
  StressDocument,
  type StressQuery,
  type StressQueryVariables,
  type StressTestInput,
} from '../generated/graphql.ts';
import { usePoolLife } from '../kit/live.tsx';

type Answer = StressQuery['stressTest'];

/** How long to wait where the server has as many of the reader's stress tests under way as it takes at once. */
const BUSY_MS = 300;

/**
 * Asks until it is answered: questions that were left, and other pages of the same reader, may be under way on the server still.
 *
 * @returns null once nobody waits for it any more
 */
export async function askStress(
  client: Client,
  input: StressTestInput,
  isLeft: () => boolean,
): Promise<Answer | CombinedError | null> {
  for (;;) {
    const { data, error } = await client
      .query<StressQuery, StressQueryVariables>(
        String(StressDocument),
        { input },
        { requestPolicy: 'network-only' },
      )
      .toPromise();
    if (isLeft()) return null;
    if (!data) return error!;
    const { stressTest } = data;
    if (stressTest.__typename !== 'LimitExceededError') return stressTest;
    await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
    if (isLeft()) return null;
  }
}

export interface Stress {
  /** The last one that came, also while the next is on its way. */
  readonly answer: Answer | null;
  readonly error: CombinedError | null;
  readonly fetching: boolean;
  readonly ask: () => void;
}

/** What a shock would come to, asked again when it changes or the pool moves. */
export function useStress(input: StressTestInput): Stress {
  const client = useClient();
  const { sequence } = usePoolLife();
  const [state, setState] = useState<Omit<Stress, 'ask'>>({ answer: null, error: null, fetching: true });
  const [asked, setAsked] = useState(0);
  const key = JSON.stringify(input);

  // biome-ignore lint/correctness/useExhaustiveDependencies: when the pool moves, so does the answer.
  useEffect(() => {
    let left = false;
    setState((was) => ({ ...was, fetching: true }));
    void askStress(client, JSON.parse(key), () => left).then((found) => {
      if (found === null) return;
      if ('__typename' in found) setState({ answer: found, error: null, fetching: false });
      else setState((was) => ({ ...was, error: found, fetching: false }));
    });
    return () => {
      left = true;
    };
  }, [client, key, sequence, asked]);
  return { ...state, ask: () => setAsked((times) => times + 1) };
}
