import type { IncomingMessage } from 'node:http';

/** Room for 10,000 items of the longest kind, and no more. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;

export class BodyTooLarge extends Error {
  override name = 'BodyTooLarge';
}

const tooLarge = () =>
  new BodyTooLarge(`The request is larger than ${MAX_BODY_BYTES} bytes: send fewer items a call.`);

/** Reads a request's body, and stops at the limit whatever its headers say. */
export async function readBody(req: IncomingMessage): Promise<Buffer> {
  if (Number(req.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}
