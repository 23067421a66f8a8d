import type { Duplex } from 'node:stream';
import type { ExecutionResult, GraphQLError } from 'graphql';
import type { WebSocket } from 'ws';
import { printResult } from '../graphql/printed.ts';

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
  { socket, wire }: Line,
  id: string,
  result: ExecutionResult,
  mask: (error: unknown) => GraphQLError,
): Promise<void> | null {
  if (socket.readyState !== socket.OPEN) return null;
  const text = `{"id":${JSON.stringify(id)},"type":"next","payload":${printResult(result, mask)}}`;
  if (socket.bufferedAmount === 0) {
    // What fails here closes the socket, and its streams with it.
    const frame = frameOf(text);
    if (frame) wire.write(frame);
    else socket.send(text);
    return null;
  }
  return new Promise((resolve, reject) => {
    socket.send(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** A socket, and the connection below it. */
export interface Line {
  readonly socket: WebSocket;
  readonly wire: Duplex;
}

/** FIN, and the opcode of text. */
const WHOLE_TEXT = 0x81;
/** Says that the length follows in two bytes. */
const TWO_BYTES = 126;

/**
 * The frame of a short text in one piece (RFC 6455, section 5.2), null for a long one. `ws` would write head and text as two, which
 * takes a third more of the time that it costs to tell somebody something; nothing of its own is under way where nothing is buffered.
 */
function frameOf(text: string): Buffer | null {
  const length = Buffer.byteLength(text);
  if (length < TWO_BYTES || length > 0xffff) return null;
  const frame = Buffer.allocUnsafe(4 + length);
  frame[0] = WHOLE_TEXT;
  frame[1] = TWO_BYTES;
  frame.writeUInt16BE(length, 2);
  frame.write(text, 4);
  return frame;
}
