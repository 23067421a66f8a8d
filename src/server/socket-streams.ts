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
  send: (result: ExecutionResult) => Promise<void> | null,
  onEnd: () => void,
): AsyncIterableIterator<never> {
  return {
    async next() {
      try {
        for (;;) {
          const { done, value } = await results.next();
          if (done) return { done, value: undefined };
          const sent = send(value);
          if (sent) await sent;
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

/**
 * Sends a result. While the socket has not taken one before it this resolves when it has taken both, so that who reads slowly is pulled
 * from slowly; else nobody need wait, which is null.
 */
export function send(
  socket: WebSocket,
  id: string,
  result: ExecutionResult,
  mask: (error: unknown) => GraphQLError,
): Promise<void> | null {
  if (socket.readyState !== socket.OPEN) return null;
  const payload = result instanceof SharedAnswer ? result.text : printResult(result, mask);
  const text = `{"id":${JSON.stringify(id)},"type":"next","payload":${payload}}`;
  if (socket.bufferedAmount === 0) {
    // What fails here closes the socket, and its streams with it.
    socket.send(text);
    return null;
  }
  return new Promise((resolve, reject) => {
    socket.send(text, (error) => (error ? reject(error) : resolve()));
  });
}
