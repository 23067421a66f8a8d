import type { ExecutionResult, GraphQLError } from 'graphql';

export interface QuietStream extends AsyncIterableIterator<ExecutionResult> {
  /** Ends it with a last result that says why. */
  end(why: GraphQLError): void;
}

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
  let why: GraphQLError | null = null;
  const end = () => {
    if (!isOver) onEnd();
    isOver = true;
  };
  // Not a generator: the return() of one waits for the next() under way, which may wait for a notice for ever.
  return {
    async next() {
      if (isOver) return { done: true, value: undefined };
      try {
        const result = await source.next();
        if (!result.done) return result;
        end();
        return why ? { done: false, value: { errors: [mask(why)] } } : result;
      } catch (error) {
        end();
        return { done: false, value: { errors: [mask(error)] } };
      }
    },
    async return() {
      end();
      await source.return?.();
      return { done: true, value: undefined };
    },
    end(reason) {
      why = reason;
      source.return?.().catch(() => {});
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
