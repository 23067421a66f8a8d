import type { ExecutionResult, GraphQLError } from 'graphql';

export interface QuietStream extends AsyncIterableIterator<ExecutionResult> {
  /** Ends it at once with a last result that says why, whatever it waits for. */
  end(why: GraphQLError): void;
}

type Step = IteratorResult<ExecutionResult, undefined>;

const OVER: Step = { done: true, value: undefined };

/**
 * A stream whose failure is its last result: server-sent events have no other way to say why they end.
 * @param onEnd called once, however it ends
 */
export function endQuietly(
  results: AsyncIterable<ExecutionResult>,
  mask: (error: unknown) => GraphQLError,
  onEnd: () => void,
): QuietStream {
  const source = results[Symbol.asyncIterator]();
  let isOver = false;
  /** What is still to be told when it is over. */
  let last: Step = OVER;
  /** Answers the next() under way. */
  let tell: ((step: Step) => void) | null = null;
  const finish = () => {
    if (!isOver) onEnd();
    isOver = true;
  };
  const failure = (error: unknown): Step => ({ done: false, value: { errors: [mask(error)] } });

  const take = async (): Promise<Step> => {
    try {
      const step = await source.next();
      if (step.done) finish();
      return step.done ? OVER : step;
    } catch (error) {
      finish();
      return failure(error);
    }
  };
  const takeLast = (): Step => {
    const step = last;
    last = OVER;
    return step;
  };

  // Not a generator: the return() of one waits for the next() under way, which may wait for a notice for ever.
  return {
    next() {
      if (isOver) return Promise.resolve(takeLast());
      return new Promise((resolve) => {
        tell = (step) => {
          tell = null;
          resolve(step);
        };
        void take().then((step) => tell?.(step));
      });
    },
    async return() {
      finish();
      await source.return?.();
      return OVER;
    },
    end(why) {
      if (isOver) return;
      finish();
      last = failure(why);
      source.return?.().catch(() => {});
      tell?.(takeLast());
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
