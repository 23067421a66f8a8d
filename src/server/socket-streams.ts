import type { ExecutionResult, GraphQLError } from 'graphql';
import type { WebSocket } from 'ws';
import { printResult } from '../graphql/printed.ts';
import { SharedAnswer } from '../graphql/shared-answers.ts';

/**
 * A stream that sends its results by itself and hands graphql-ws its end only: passing every result through it costs more than
 * the rest of the way together.
 * @param onEnd called however it ends
 */
export function sendEach(
  results: AsyncIterableIterator<ExecutionResult>,
  send: (result: ExecutionResult) => Promise<void>,
  onEnd: () => void,
): AsyncIterableIterator<never> {
  return {
    async next() {
      try {
        for (;;) {
          const { done, value } = await results.next();
          if (done) return { done, value: undefined };
          await send(value);
        }
      } finally {
        onEnd();
      }
    },
    async return() {
      onEnd();
      await results.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Resolves when the socket has taken the message, so that who reads slowly is pulled from slowly. */
export function send(
  socket: WebSocket,
  id: string,
  result: ExecutionResult,
  mask: (error: unknown) => GraphQLError,
): Promise<void> {
  const payload = result instanceof SharedAnswer ? result.text : printResult(result, mask);
  const text = `{"id":${JSON.stringify(id)},"type":"next","payload":${payload}}`;
  return new Promise((resolve, reject) => {
    if (socket.readyState !== socket.OPEN) return resolve();
    socket.send(text, (error) => (error ? reject(error) : resolve()));
  });
}
