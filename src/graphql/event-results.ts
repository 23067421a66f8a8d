import type { ExecutionResult } from 'graphql';
import { isOurs } from './errors.ts';

/** Not a generator: the return() of one waits for the next() under way, which may wait for a notice for ever. */
export function mapEach<T, U>(
  source: AsyncIterable<T>,
  map: (item: T) => U | Promise<U>,
): AsyncIterableIterator<U> {
  const items = source[Symbol.asyncIterator]();
  return {
    async next() {
      const { done, value } = await items.next();
      if (done) return { done, value: undefined };
      const mapped = map(value);
      return { done: false, value: mapped instanceof Promise ? await mapped : mapped };
    },
    async return() {
      await items.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** The results of a stream, up to the first that failed for a reason of ours: a database that was gone just then. */
export function untilFailure(
  results: AsyncIterableIterator<ExecutionResult>,
): AsyncIterableIterator<ExecutionResult> {
  let failed = false;
  return {
    async next() {
      if (failed) return { done: true, value: undefined };
      const result = await results.next();
      failed = !result.done && (result.value.errors?.some(isOurs) ?? false);
      if (failed) await results.return?.();
      return result;
    },
    async return() {
      await results.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
