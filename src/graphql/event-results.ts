import type { ExecutionResult } from 'graphql';
import { isOurs } from './errors.ts';

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * The results of a subscription's events, up to the first that failed for a reason of ours: a database that was gone just then. Not a
 * generator: the return() of one waits for the next() under way, which may wait for a notice for ever. Nor async functions: each
 * would make a notice wait in line once more behind the thousands of a settlement.
 */
export function resultsOf<T>(
  events: AsyncIterable<T>,
  answer: (event: T) => ExecutionResult | Promise<ExecutionResult>,
): AsyncIterableIterator<ExecutionResult> {
  const items = events[Symbol.asyncIterator]();
  let failed = false;
  const told = (result: ExecutionResult) => {
    failed = result.errors?.some(isOurs) ?? false;
    const step = { done: false as const, value: result };
    return failed ? end().then(() => step) : step;
  };
  const heard = (event: IteratorResult<T>) => {
    if (event.done) return DONE;
    const result = answer(event.value);
    return result instanceof Promise ? result.then(told) : told(result);
  };
  const end = async () => {
    await items.return?.();
    return DONE;
  };
  return {
    next: () => (failed ? Promise.resolve(DONE) : items.next().then(heard)),
    return: end,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
